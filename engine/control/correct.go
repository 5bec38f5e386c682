package control

import (
	"cmp"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"standin/engine"
	"standin/engine/entropy"
	"standin/engine/journal"
	"standin/engine/refusal"
	"standin/engine/service"
	"standin/engine/world"
	"standin/spec"
	"standin/spec/curl"
	"standin/state"
)

type correctedView struct {
	Method  string            `json:"method"`
	URL     string            `json:"url"`
	Headers map[string]string `json:"headers"`
	Body    jsontext.Value    `json:"body,omitzero"`
	Curl    string            `json:"curl"`
	Token   *tokenOrder       `json:"token,omitempty"`
}

// tokenOrder is the body of the POST …/tokens whose answer has the token for $TOKEN.
type tokenOrder struct {
	Kind           string   `json:"kind"`
	CustomerNumber string   `json:"customerNumber,omitempty"`
	Scopes         []string `json:"scopes,omitempty"`
}

// correctable are the rules that depend on the request and its token alone, so that another request can succeed. A refusal that
// depends on the state has no corrected request.
var correctable = []string{ //nolint:gochecknoglobals // A table.
	"W-INPUT", "W-LIBERAL", "T-401", "T-LIFE", "T-KIND", "T-SCOPE", "PASSWORD-LENGTH", "EMAIL-FORM", "B2B-RULE",
	"SIGNUP-CONTACT", "SIGNUP-ADDRESS", "PROFILE-PATCH", "ADDR-TAGS",
}

// attempt is a request that is being corrected.
type attempt struct {
	op     *spec.Operation
	copied *world.World // the dry run happens here
	target *url.URL
	header http.Header
	body   any
	token  *tokenOrder // nil if the request needs no token
}

// correct returns a request that succeeds in the place of one that was refused; nil if it finds none. It tries each on a copy of
// the world first.
func (p *Control) correct(c *engine.ControlCall, op *spec.Operation, e *journal.Entry) *correctedView {
	if !slices.Contains(correctable, e.Refusal.Rule) {
		return nil
	}
	target, err := url.ParseRequestURI(e.Target)
	if err != nil {
		return nil
	}
	a := &attempt{op: op, copied: c.World.Copy(), target: target, header: http.Header{}}
	for _, header := range e.Request.Header {
		if slices.Contains(sent, header[0]) && header[0] != "Prefer" && header[0] != "Content-Type" {
			a.header.Set(header[0], header[1])
		}
	}
	a.header.Set("Standin-Sandbox", c.World.Name())
	a.authorize(c, e)
	a.takeBody(e)
	a.repair(e.Refusal.Details)
	const rounds = 4
	for range rounds {
		body := a.bytes() // This also sets the content type.
		answer, err := c.Server.DryRun(a.copied, &http.Request{Method: op.Method, URL: a.target, Header: a.header, ContentLength: int64(len(body))}, body)
		if err == nil && answer.Status < http.StatusMultipleChoices {
			return a.view(c, p.apiOrigin(c))
		}
		details := refusal.Details(err)
		if len(details) == 0 {
			a.anew() // The error has no details.
		}
		a.repair(details)
	}
	return nil
}

// authorize gives the request a token of a kind that the operation accepts: the caller's own kind, if it is one of them.
func (a *attempt) authorize(c *engine.ControlCall, e *journal.Entry) {
	if a.op.Accepts("ClientId") {
		query := a.target.Query()
		query.Set("client_id", clientID(c))
		a.target.RawQuery = query.Encode()
	}
	kinds := engine.Accepts(a.op)
	if len(kinds) == 0 {
		return
	}
	order := service.Mint{Kind: kinds[0], Scopes: a.op.Scopes[:min(len(a.op.Scopes), 1)]}
	switch {
	case slices.Contains(kinds, e.Caller.Kind):
		order.Kind = e.Caller.Kind
	case slices.Contains(kinds, string(state.CustomerToken)):
		order.Kind = string(state.CustomerToken)
	}
	if order.Kind == string(state.CustomerToken) {
		order.CustomerNumber = somebody(c, e.Caller.CustomerNumber)
	}
	if minted, err := c.Server.Mint(a.copied, order); err == nil {
		a.header.Set("Authorization", "Bearer "+minted.AccessToken)
		a.token = &tokenOrder{Kind: order.Kind, CustomerNumber: order.CustomerNumber, Scopes: order.Scopes}
	}
}

// clientID returns a client id that the tenant accepts.
func clientID(c *engine.ControlCall) string {
	id := c.World.Fixture().ClientID
	c.World.View(func(txn *state.Txn) {
		if own := txn.Settings().ClientIDs; len(own) > 0 {
			id = own[0]
		}
	})
	return id
}

// somebody returns the number of the caller if it is an active customer, else of any active customer; "" if there is none.
func somebody(c *engine.ControlCall, number string) string {
	c.World.View(func(txn *state.Txn) {
		if row, ok := txn.CustomerByNumber(number); ok && row.Status == state.Active {
			return
		}
		number = ""
		txn.EachCustomer("", func(row state.Customer) bool {
			if row.Status == state.Active && len(txn.LoginsOf(row.Number)) > 0 {
				number = row.Number
			}
			return number == ""
		})
	})
	return number
}

// takeBody sets the body to the one that was sent, or to the document's example if that is not JSON. Members that were masked
// come from the example, too.
func (a *attempt) takeBody(e *journal.Entry) {
	if !a.op.TakesBody() {
		return
	}
	if json.Unmarshal(e.Request.JSON(), &a.body) != nil || a.body == nil {
		a.body = put(a.op.RequestExample(), []string{"metadata"}, nil)
		return
	}
	for _, pointer := range e.Request.Masked {
		path := strings.Split(strings.TrimPrefix(pointer, "/"), "/")
		a.body = put(a.body, path, cmp.Or(at(a.op.RequestExample(), path), any("Password-123")))
	}
}

// repair replaces each wrong member by that of the document's example, and removes it if the example does not have it.
func (a *attempt) repair(details []spec.Detail) {
	for _, detail := range details {
		if in, example := a.op.Parameter(detail.Field); in != "" && !a.op.MembersFromQuery {
			a.repairParameter(in, detail.Field, example)
			continue
		}
		if !a.op.TakesBody() {
			a.target.RawQuery = "" // Only the query can hold an undeclared name then.
			continue
		}
		if detail.Field == "body" {
			a.anew()
			continue
		}
		path := strings.Split(detail.Field, ".")
		a.body = put(a.body, path, at(a.op.RequestExample(), path))
		if strings.HasSuffix(strings.ToLower(detail.Field), "email") && at(a.body, path) != nil {
			a.body = put(a.body, path, a.freshEmail())
		}
	}
}

func (a *attempt) repairParameter(in, name, example string) {
	switch in {
	case "query":
		query := a.target.Query()
		query.Set(name, example)
		a.target.RawQuery = query.Encode()
	case "header":
		a.header.Set(name, example)
	}
}

// anew sets the body to the document's example without its version, which is not the stored one. A new account gets an unused
// e-mail address.
func (a *attempt) anew() {
	a.body = put(a.op.RequestExample(), []string{"metadata"}, nil)
	if body, ok := a.body.(map[string]any); ok && body["email"] != nil {
		a.body = put(body, []string{"email"}, a.freshEmail())
	}
}

// freshEmail returns a random e-mail address, which no account has.
func (a *attempt) freshEmail() string {
	return entropy.LowerText(a.copied.ControlEntropy(), 10) + "@example.com"
}

// put returns a copy of a JSON value in which the value at a path is replaced. A replacement of nil removes it.
func put(value any, path []string, replacement any) any {
	if len(path) == 0 {
		return replacement
	}
	name, rest := path[0], path[1:]
	if list, ok := value.([]any); ok {
		return putItem(list, name, rest, replacement)
	}
	object, ok := value.(map[string]any)
	if !ok && replacement == nil {
		return value
	}
	out := map[string]any{}
	maps.Copy(out, object)
	if out[name] = put(out[name], rest, replacement); out[name] == nil {
		delete(out, name)
	}
	return out
}

// putItem does the same for a list and the index of an item.
func putItem(list []any, index string, rest []string, replacement any) []any {
	at, err := strconv.Atoi(index)
	if err != nil || at < 0 || at >= len(list) {
		return list
	}
	out := slices.Clone(list)
	if out[at] = put(list[at], rest, replacement); out[at] == nil {
		out = slices.Delete(out, at, at+1)
	}
	return out
}

// bytes returns the body, and sets the content type.
func (a *attempt) bytes() []byte {
	if !a.op.TakesBody() || a.body == nil {
		return nil
	}
	types := a.op.MediaTypes()
	if slices.Contains(types, "application/json") {
		encoded, err := json.Marshal(a.body, json.Deterministic(true))
		if err != nil {
			return nil
		}
		a.header.Set("Content-Type", "application/json")
		return encoded
	}
	form := url.Values{}
	if fields, ok := a.body.(map[string]any); ok {
		for name, value := range fields {
			if text, ok := value.(string); ok {
				form.Set(name, text)
			}
		}
	}
	a.header.Set("Content-Type", types[0])
	return []byte(form.Encode())
}

func (a *attempt) view(c *engine.ControlCall, origin string) *correctedView {
	if c.World.Public() == c.World.Name() {
		a.header.Del("Standin-Sandbox") // The path has the name.
	}
	body := a.bytes()
	view := &correctedView{Method: a.op.Method, URL: origin + a.target.String(), Headers: map[string]string{}, Body: asJSON(body), Token: a.token}
	shown := curl.Request{Method: a.op.Method, Origin: origin, Target: a.target.RequestURI(), Body: body}
	if a.token != nil { // Reading an explanation mints no token.
		shown.Bearer = bearerVariable
		a.header.Del("Authorization")
		view.Headers["Authorization"] = "Bearer $" + bearerVariable
	}
	for _, name := range sortedNames(a.header) {
		view.Headers[name] = a.header.Get(name)
		shown.Header = append(shown.Header, [2]string{name, a.header.Get(name)})
	}
	view.Curl = shown.Line()
	return view
}
