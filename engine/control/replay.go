package control

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"standin/engine"
	"standin/engine/call"
	"standin/engine/journal"
	"standin/engine/refusal"
	"standin/engine/service"
	"standin/spec"
	"standin/state"
)

type replayBody struct {
	Body  jsontext.Value    `json:"body"`
	Query map[string]string `json:"query"`
}

type replayedView struct {
	Entry   uint64            `json:"entry"`
	Status  int               `json:"status"`
	Headers map[string]string `json:"headers"`
	Body    jsontext.Value    `json:"body,omitzero"`
}

// replayEntry sends a request once more, with a new token for the same caller.
//
// POST /_standin/tenants/{tenant}/journal/{entry}/replay
func replayEntry(c *engine.ControlCall) (spec.Reply, error) {
	e, _, err := entryOf(c)
	if err != nil {
		return spec.Reply{}, err
	}
	in, err := call.Body[replayBody](c.Request)
	if err != nil {
		return spec.Reply{}, err
	}
	again, body, err := again(c, e, in)
	if err != nil {
		return spec.Reply{}, err
	}
	answer := c.Server.Send(again.WithContext(c.Context()), body)
	view := replayedView{Status: answer.Status, Headers: map[string]string{}, Body: asJSON(answer.Body)}
	for name := range answer.Header {
		view.Headers[name] = answer.Header.Get(name)
	}
	view.Entry, _ = strconv.ParseUint(answer.Header.Get("Standin-Entry"), 10, 64) // 0 if the connection was dropped.
	return call.Answer(http.StatusOK, view)
}

// again returns the request of an exchange, with the changes of the control request.
func again(c *engine.ControlCall, e *journal.Entry, in replayBody) (*http.Request, []byte, error) {
	target, err := url.ParseRequestURI(e.Target)
	if err != nil {
		return nil, nil, refusal.Value("entry", "names a request whose path cannot be sent again")
	}
	if target.RawQuery, err = queryAgain(operationOf(c, e.Operation), e, target.RawQuery, in.Query); err != nil {
		return nil, nil, err
	}
	if err := complete(e, target.EscapedPath(), in); err != nil {
		return nil, nil, err
	}
	body, err := bodyAgain(e.Request, in.Body)
	if err != nil {
		return nil, nil, err
	}
	out := &http.Request{
		Method: e.Method, URL: target, RequestURI: target.RequestURI(), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{}, Host: "localhost",
	}
	for _, header := range e.Request.Header {
		if slices.Contains(sent, header[0]) {
			out.Header.Add(header[0], header[1])
		}
	}
	out.Header.Set("Standin-Sandbox", c.World.Name())
	return out, body, authorizeAgain(c, e, out)
}

// queryAgain returns the query of an exchange, with the changes of the control request. A masked parameter that no document
// declares is left out, since it has no effect, unless the request may have been refused for it.
func queryAgain(op *spec.Operation, e *journal.Entry, raw string, said map[string]string) (string, error) {
	refused := e.Refusal != nil && slices.Contains([]string{"W-INPUT", "W-LIBERAL"}, e.Refusal.Rule)
	var pairs []string
	for pair := range strings.SplitSeq(raw, "&") {
		name, value, _ := strings.Cut(pair, "=")
		plain, err := url.QueryUnescape(name)
		_, anew := said[plain]
		masked := pair == journal.Masked || value == journal.Masked
		declared := op != nil && op.DeclaresQuery(plain)
		switch {
		case err != nil, anew, pair == "", masked && !declared && !refused:
		case masked && !declared:
			return "", refusal.Value("entry", "names a request that was refused, perhaps for a part of its query that the journal does not keep")
		case masked:
			return "", refusal.Value("query."+plain, "held a token, which the journal does not keep; give it anew")
		default:
			pairs = append(pairs, pair)
		}
	}
	for _, name := range sortedNames(said) {
		pairs = append(pairs, url.QueryEscape(name)+"="+url.QueryEscape(said[name]))
	}
	return strings.Join(pairs, "&"), nil
}

// bodyAgain returns the body of an exchange with a merge patch applied.
func bodyAgain(m journal.Message, patch jsontext.Value) ([]byte, error) {
	if len(patch) == 0 {
		return m.Body, nil
	}
	merged, err := spec.Merge(m.JSON(), patch)
	if err != nil {
		return nil, refusal.Value("body", "cannot be merged into the body of the exchange")
	}
	if !m.Form {
		return merged, nil
	}
	var fields map[string]string
	if json.Unmarshal(merged, &fields) != nil {
		return nil, refusal.Value("body", "must be an object of texts: the exchange sent a form")
	}
	form := url.Values{}
	for name, value := range fields {
		form.Set(name, value)
	}
	return []byte(form.Encode()), nil
}

// complete refuses a request of which the journal has not kept everything, unless the control request supplies the rest.
func complete(e *journal.Entry, path string, in replayBody) error {
	if slices.Contains(strings.Split(path, "/"), journal.Masked) {
		return refusal.Value("entry", "names a request whose path held a token, which the journal does not keep")
	}
	if e.Request.Omitted != "" {
		return refusal.Value("entry", "names a request whose body the journal did not keep: %s", e.Request.Omitted)
	}
	for _, pointer := range e.Request.Masked {
		if !given(in.Body, pointer) {
			return refusal.Value("body"+strings.ReplaceAll(pointer, "/", "."), "held a secret, which the journal does not keep; give it anew")
		}
	}
	return nil
}

// given reports whether a merge patch has a value at a JSON Pointer.
func given(patch jsontext.Value, pointer string) bool {
	var value any
	if json.Unmarshal(patch, &value) != nil {
		return false
	}
	return at(value, strings.Split(strings.TrimPrefix(pointer, "/"), "/")) != nil
}

// authorizeAgain gives the request a new token of the same caller.
func authorizeAgain(c *engine.ControlCall, e *journal.Entry, r *http.Request) error {
	switch e.Caller.Kind {
	case "none", "client":
		return nil
	case "unknown":
		r.Header.Set("Authorization", "Bearer unknown")
		return nil
	}
	order := service.Mint{Kind: e.Caller.Kind, CustomerNumber: e.Caller.CustomerNumber, LoginID: e.Caller.LoginID, SessionID: e.Caller.SessionID}
	order.Scopes = slices.DeleteFunc(strings.Fields(e.Caller.Scopes), func(scope string) bool { // A customer always has the ordinary scopes.
		return e.Caller.Kind == string(state.CustomerToken) && slices.Contains(strings.Fields(service.OrdinaryScopes()), scope)
	})
	if e.Refusal != nil && e.Refusal.Rule == "T-LIFE" { // The refused token was expired, so the new one is, too.
		order.Lifetime = -1
	}
	minted, err := c.Server.Mint(c.World, order)
	if err != nil {
		return refusal.Value("entry", "names a request of a customer who is not there any more")
	}
	r.Header.Set("Authorization", "Bearer "+minted.AccessToken)
	return nil
}
