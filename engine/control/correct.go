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

// tokenOrder is the body of a POST …/tokens that answers the token for $TOKEN.
type tokenOrder struct {
	Kind           string   `json:"kind"`
	CustomerNumber string   `json:"customerNumber,omitempty"`
	Scopes         []string `json:"scopes,omitempty"`
}

// correctable are the rules whose refusal lies in the request or its token alone, so that another request can do
// better. What the state refuses is explained by it.
var correctable = []string{ //nolint:gochecknoglobals // A table.
	"W-INPUT", "W-LIBERAL", "T-401", "T-LIFE", "T-KIND", "T-SCOPE", "PASSWORD-LENGTH", "EMAIL-FORM", "B2B-RULE",
	"SIGNUP-CONTACT", "SIGNUP-ADDRESS", "PROFILE-PATCH", "ADDR-TAGS",
}

// attempt is a request on its way to being right.
type attempt struct {
	op     *spec.Operation
	copied *world.World // where it is tried
	target *url.URL
	header http.Header
	body   any
	token  *tokenOrder // nil if it needs none
}

// correct makes a request that succeeds out of one that was refused, and tries it on a copy of the world before it
// promises anything; nil if it finds none.
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
		body := a.bytes() // It sets the content type, too.
		answer, err := c.Server.DryRun(a.copied, &http.Request{Method: op.Method, URL: a.target, Header: a.header, ContentLength: int64(len(body))}, body)
		if err == nil && answer.Status < http.StatusMultipleChoices {
			return a.view(c, p.apiOrigin(c))
		}
		details := refusal.Details(err)
		if len(details) == 0 {
			a.anew() // Nothing says what is wrong.
		}
		a.repair(details)
	}
	return nil
}

// authorize gives the request a token of the kind that the operation asks for: the caller's own, if it can be.
func (a *attempt) authorize(c *engine.ControlCall, e *journal.Entry) {
	if in, _ := a.op.Parameter("client_id"); in != "" {
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

// clientID is one that the tenant accepts.
func clientID(c *engine.ControlCall) string {
	id := c.World.Fixture().ClientID
	c.World.View(func(txn *state.Txn) {
		if own := txn.Settings().ClientIDs; len(own) > 0 {
			id = own[0]
		}
	})
	return id
}

// somebody is the customer who asked, else an active one; "" if there is none.
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

// takeBody takes what was sent, or what the document shows where nothing of it is of use. What was masked is taken
// from there, too.
func (a *attempt) takeBody(e *journal.Entry) {
	if !a.op.TakesBody() {
		return
	}
	if json.Unmarshal(e.Request.JSON(), &a.body) != nil || a.body == nil {
		a.body = put(a.op.RequestExample(), []string{"metadata"}, nil)
		return
	}
	for _, pointer := range e.Request.Masked {
		steps := strings.Split(strings.TrimPrefix(pointer, "/"), "/")
		a.body = put(a.body, steps, cmp.Or(at(a.op.RequestExample(), steps), any("Password-123")))
	}
}

// repair puts what the document shows in the place of what is wrong, and drops what it does not show.
func (a *attempt) repair(details []spec.Detail) {
	for _, detail := range details {
		if in, example := a.op.Parameter(detail.Field); in != "" {
			a.repairParameter(in, detail.Field, example)
			continue
		}
		if !a.op.TakesBody() {
			a.target.RawQuery = "" // The only thing left that nobody reads.
			continue
		}
		if detail.Field == "body" {
			a.anew()
			continue
		}
		steps := strings.Split(detail.Field, ".")
		a.body = put(a.body, steps, at(a.op.RequestExample(), steps))
		if strings.HasSuffix(strings.ToLower(detail.Field), "email") && at(a.body, steps) != nil {
			a.body = put(a.body, steps, a.freshEmail())
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

// anew takes all of the document's example but its version, which is not the stored one. A new account gets an
// address that nobody has.
func (a *attempt) anew() {
	a.body = put(a.op.RequestExample(), []string{"metadata"}, nil)
	if body, ok := a.body.(map[string]any); ok && body["email"] != nil {
		a.body = put(body, []string{"email"}, a.freshEmail())
	}
}

// freshEmail draws an address that no account has.
func (a *attempt) freshEmail() string {
	return entropy.LowerText(a.copied.ControlEntropy(), 10) + "@example.com"
}

// put is a value with another one behind some steps; nil removes what is there.
func put(value any, steps []string, replacement any) any {
	if len(steps) == 0 {
		return replacement
	}
	step, rest := steps[0], steps[1:]
	if list, ok := value.([]any); ok {
		return putItem(list, step, rest, replacement)
	}
	object, ok := value.(map[string]any)
	if !ok && replacement == nil {
		return value
	}
	out := map[string]any{}
	maps.Copy(out, object)
	if out[step] = put(out[step], rest, replacement); out[step] == nil {
		delete(out, step)
	}
	return out
}

func putItem(list []any, step string, rest []string, replacement any) []any {
	out := []any{}
	for i, one := range list {
		if step == strconv.Itoa(i) {
			one = put(one, rest, replacement)
		}
		if one != nil {
			out = append(out, one)
		}
	}
	return out
}

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
		a.header.Del("Standin-Sandbox") // Its own name suffices.
	}
	body := a.bytes()
	view := &correctedView{Method: a.op.Method, URL: origin + a.target.String(), Headers: map[string]string{}, Body: asJSON(body), Token: a.token}
	shown := curl.Request{Method: a.op.Method, Origin: origin, Target: a.target.RequestURI(), Body: body}
	if a.token != nil { // To read an explanation mints none.
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
