package control

import (
	"bytes"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"standin/engine"
	"standin/engine/call"
	"standin/engine/entropy"
	"standin/engine/refusal"
	"standin/engine/service"
	"standin/fixtures"
	"standin/spec"
	"standin/state"
)

type newCustomerView struct {
	CustomerNumber string     `json:"customerNumber"`
	Status         string     `json:"status"`
	Email          string     `json:"email"`
	Password       string     `json:"password,omitempty"`
	Tokens         *tokenView `json:"tokens,omitempty"`
}

// numberMark is replaced by the number of each of several customers, in any text.
const numberMark = "{n}"

// createCustomers makes customers in any state that a fixture can describe: all of them, or none. Their passwords are initial
// ones, unless the request or the persona says otherwise (LOGIN-INITIAL).
//
// POST /_standin/tenants/{tenant}/customers
func (p *Control) createCustomers(c *engine.ControlCall) (spec.Reply, error) {
	entries, err := p.entries(c)
	if err != nil {
		return spec.Reply{}, err
	}
	source, err := json.Marshal(map[string]any{"customers": entries})
	if err != nil {
		return spec.Reply{}, err
	}
	ctx, cancel := p.bounded(c, "to make the customers")
	defer cancel()
	read, err := p.parse(ctx, "body", source)
	if err != nil {
		return spec.Reply{}, refusedCustomers(err)
	}
	w := c.World
	options := p.options.build(w.Clock().Now(), nil)
	options.Random, options.InitialPassword = w.ControlEntropy(), true
	options.Hash = func(password string) (string, error) { return p.options.Hash.Hash(options.Random, password) }
	built, err := read.Build(ctx, options)
	if err != nil {
		return spec.Reply{}, refusedCustomers(err)
	}
	numbers := make([]string, len(entries))
	views := make([]newCustomerView, len(entries))
	for i, entry := range entries {
		var said struct {
			Number   string `json:"number"`
			Password string `json:"password"`
		}
		_ = json.Unmarshal(entry, &said) // It is well-formed: it was parsed as a fixture before.
		numbers[i], views[i].Password = said.Number, said.Password
	}
	numbers, err = c.Server.Take(w, built, numbers)
	if errors.Is(err, state.ErrTaken) {
		return spec.Reply{}, refusal.Conflict("Nobody was made: an e-mail address, a number or a token of theirs is taken in %s.", w.Name())
	}
	if err != nil {
		return spec.Reply{}, err
	}
	err = c.Server.Change(w, func(in *call.Call) error {
		for i, number := range numbers {
			if err := views[i].complete(in, number); err != nil {
				return err
			}
		}
		return nil
	})
	return spec.Reply{Status: http.StatusCreated, Body: map[string]any{"customers": views}}, err
}

// complete fills in a new customer's number and logins, and tokens if the customer is active.
func (v *newCustomerView) complete(in *call.Call, number string) error {
	row, ok := in.Txn.CustomerByNumber(number)
	v.CustomerNumber, v.Status = number, string(row.Status)
	for _, login := range in.Txn.LoginsOf(number) {
		v.Email = login.Email
		break
	}
	if !ok || row.Status != state.Active {
		return nil
	}
	minted, err := service.MintToken(in, service.Mint{Kind: string(state.CustomerToken), CustomerNumber: number})
	tokens := viewToken(minted)
	v.Tokens = &tokens
	return err
}

// entries returns the customers of a request in the form of a fixture.
func (p *Control) entries(c *engine.ControlCall) ([]jsontext.Value, error) {
	in, err := call.Body[map[string]jsontext.Value](c.Request)
	if err != nil {
		return nil, err
	}
	var order struct {
		Count   int    `json:"count"`
		Persona string `json:"persona"`
	}
	_ = call.Decode(c.Raw, &order) // It is well-formed: the request was checked against the document.
	count, name := max(order.Count, 1), order.Persona
	delete(in, "count")
	delete(in, "persona")
	entry, err := json.Marshal(in)
	if err != nil {
		return nil, err
	}
	if name != "" {
		persona, err := personaOf(c, name)
		if err != nil {
			return nil, err
		}
		if entry, err = spec.Merge([]byte(persona.Like), entry); err != nil {
			return nil, err
		}
	}
	said, mailed := in["email"]
	if mailed && count > 1 && !strings.Contains(string(said), numberMark) {
		return nil, refusal.Value("email", "needs %s in it for %d customers: each has its own", numberMark, count)
	}
	if count > fixtures.MaxBytes/len(entry) {
		return nil, refusal.Value("count", "makes more than %d MiB of such customers; make fewer at once", fixtures.MaxBytes>>20)
	}
	return numbered(c, entry, count, mailed)
}

// numbered returns an entry once for each number. If it has no e-mail address, a random one is added.
func numbered(c *engine.ControlCall, entry []byte, count int, mailed bool) ([]jsontext.Value, error) {
	random := c.World.ControlEntropy()
	entries := make([]jsontext.Value, count)
	for i := range entries {
		one := bytes.ReplaceAll(entry, []byte(numberMark), strconv.AppendInt(nil, int64(i+1), 10))
		if !mailed {
			email := `{"email":"` + entropy.LowerText(random, 12) + `@example.com"}`
			var err error
			if one, err = spec.Merge(one, []byte(email)); err != nil {
				return nil, err
			}
		}
		entries[i] = one
	}
	return entries, nil
}

// refusedCustomers returns a refusal that names the problems of the first customer by the fields of the request.
func refusedCustomers(err error) error {
	wrong, ok := errors.AsType[*fixtures.Error](err)
	if !ok {
		return refusal.Value("body", "%v", err)
	}
	var details []spec.Detail
	for _, finding := range wrong.Findings {
		field := strings.TrimPrefix(finding.Field, "customers.")
		number, rest, _ := strings.Cut(field, ".")
		if _, err := strconv.Atoi(number); err == nil && rest != "" {
			field = rest
		}
		if at := (spec.Detail{Field: field, Type: "value", Message: finding.Message}); len(details) == 0 || details[len(details)-1] != at {
			details = append(details, at)
		}
	}
	const most = 100
	return refusal.Fields(details[:min(len(details), most)]...)
}
