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
	"standin/spec"
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

// replayEntry sends a request once more, with a token minted for the same caller.
//
// POST /_standin/tenants/{tenant}/journal/{entry}/replay
func replayEntry(c *engine.Call) (spec.Reply, error) {
	e, _, err := entryOf(c)
	if err != nil {
		return spec.Reply{}, err
	}
	in, err := engine.Body[replayBody](c)
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
	return engine.Answer(http.StatusOK, view)
}

// again is the request of an exchange, completed by what the tester says.
func again(c *engine.Call, e *engine.Entry, in replayBody) (*http.Request, []byte, error) {
	target, err := url.Parse(e.Target)
	if err != nil {
		return nil, nil, err
	}
	query := target.Query()
	for name, value := range in.Query {
		query.Set(name, value)
	}
	target.RawQuery = query.Encode()
	if err := complete(e, target.Path, query, in); err != nil {
		return nil, nil, err
	}
	body := e.Request.Body
	if len(in.Body) > 0 {
		if body, err = spec.Merge(body, in.Body); err != nil {
			return nil, nil, engine.Invalid("body", "cannot be merged into the body of the exchange")
		}
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
	out.Header.Set("Standin-Sandbox", c.World().Name())
	return out, body, authorizeAgain(c, e, out)
}

// complete refuses a request of which the journal has not kept all, unless the tester says the rest.
func complete(e *engine.Entry, path string, query url.Values, in replayBody) error {
	if strings.Contains(path, engine.Masked) {
		return engine.Invalid("entry", "names a request whose path held a token, which the journal does not keep")
	}
	for _, name := range sortedNames(query) {
		if query.Get(name) == engine.Masked {
			return engine.Invalid("query."+name, "held a token, which the journal does not keep; give it anew")
		}
	}
	if e.Request.Omitted != "" {
		return engine.Invalid("entry", "names a request whose body the journal did not keep: %s", e.Request.Omitted)
	}
	for _, pointer := range e.Request.Masked {
		if !given(in.Body, pointer) {
			return engine.Invalid("body"+strings.ReplaceAll(pointer, "/", "."), "held a secret, which the journal does not keep; give it anew")
		}
	}
	return nil
}

// given says whether a merge patch says something at a JSON Pointer.
func given(patch jsontext.Value, pointer string) bool {
	var value any
	if json.Unmarshal(patch, &value) != nil {
		return false
	}
	return at(value, strings.Split(strings.TrimPrefix(pointer, "/"), "/")) != nil
}

// authorizeAgain gives the request a token of the same caller.
func authorizeAgain(c *engine.Call, e *engine.Entry, r *http.Request) error {
	switch e.Caller.Kind {
	case "none", "client":
		return nil
	case "unknown":
		r.Header.Set("Authorization", "Bearer unknown")
		return nil
	}
	minted, err := c.Server.Mint(c.World(), engine.Mint{Kind: e.Caller.Kind, CustomerNumber: e.Caller.CustomerNumber, LoginID: e.Caller.LoginID})
	if err != nil {
		return engine.Invalid("entry", "names a request of a customer who is not there any more")
	}
	r.Header.Set("Authorization", "Bearer "+minted.AccessToken)
	return nil
}
