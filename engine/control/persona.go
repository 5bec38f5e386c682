package control

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"standin/engine"
	"standin/engine/call"
	"standin/engine/refusal"
	"standin/engine/service"
	"standin/engine/world"
	"standin/spec"
	"standin/spec/curl"
	"standin/state"
)

type personaLine struct {
	Name           string `json:"name"`
	Description    string `json:"description,omitempty"`
	Email          string `json:"email"`
	Password       string `json:"password,omitempty"`
	CustomerNumber string `json:"customerNumber"`
	Status         string `json:"status"`
}

type personaView struct {
	personaLine `json:",embed"`
	Tokens      *tokenView `json:"tokens,omitempty"`
}

func viewPersona(p world.Persona) personaLine {
	return personaLine{
		Name: p.Name, Description: p.Description, Email: p.Email, Password: p.Password, CustomerNumber: p.Number, Status: p.Status,
	}
}

func viewPersonas(f *world.Fixture) []personaLine {
	views := []personaLine{}
	for _, persona := range f.Personas {
		views = append(views, viewPersona(persona))
	}
	return views
}

// become returns a persona, with new tokens if its customer exists and is active.
func become(in *call.Call, persona world.Persona) (personaView, error) {
	view := personaView{personaLine: viewPersona(persona)}
	row, ok := in.Txn.CustomerByNumber(persona.Number)
	if ok {
		view.Status = string(row.Status)
	}
	if !ok || row.Status != state.Active {
		return view, nil
	}
	minted, err := service.MintToken(in, service.Mint{Kind: string(state.CustomerToken), CustomerNumber: persona.Number})
	tokens := viewToken(minted)
	view.Tokens = &tokens
	return view, err
}

// listPersonas answers the personas of the tenant's fixture.
//
// GET /_standin/tenants/{tenant}/personas
func listPersonas(c *engine.ControlCall) (spec.Reply, error) {
	return call.Answer(http.StatusOK, map[string]any{"personas": viewPersonas(c.World.Fixture())})
}

type becameView struct {
	Persona          *personaLine  `json:"persona,omitempty"`
	Tokens           tokenView     `json:"tokens"`
	Curl             []string      `json:"curl"`
	StorageState     *storageState `json:"storageState,omitempty"`
	StorageStateHint string        `json:"storageStateHint,omitempty"`
}

// storageState is the initial state of a browser in Playwright.
type storageState struct {
	Cookies []map[string]any `json:"cookies"`
	Origins []map[string]any `json:"origins"`
}

// personaOf returns a persona of the tenant's fixture.
func personaOf(c *engine.ControlCall, name string) (world.Persona, error) {
	var names []string
	for _, persona := range c.World.Fixture().Personas {
		if persona.Name == name {
			return persona, nil
		}
		names = append(names, persona.Name)
	}
	if len(names) == 0 {
		return world.Persona{}, refusal.NotFound("There is no persona %s: the fixture %s has none.", name, c.World.Fixture().Name)
	}
	return world.Persona{}, refusal.NotFound("There is no persona %s. There are %s.", name, strings.Join(names, ", "))
}

// getPersona answers one persona, with its current status.
//
// GET /_standin/tenants/{tenant}/personas/{persona}
func getPersona(c *engine.ControlCall) (spec.Reply, error) {
	persona, err := personaOf(c, c.Param("persona"))
	if err != nil {
		return spec.Reply{}, err
	}
	view := viewPersona(persona)
	c.World.View(func(txn *state.Txn) {
		view.Status = "deleted"
		if row, ok := txn.CustomerByNumber(persona.Number); ok {
			view.Status = string(row.Status)
		}
	})
	return call.Answer(http.StatusOK, view)
}

// becomePersona answers what a client needs to act as a persona: tokens, curl lines, and the state of a browser.
//
// POST /_standin/tenants/{tenant}/personas/{persona}/become
func (p *Control) becomePersona(c *engine.ControlCall) (spec.Reply, error) {
	persona, err := personaOf(c, c.Param("persona"))
	if err != nil {
		return spec.Reply{}, err
	}
	view := becameView{Persona: &personaLine{}}
	err = c.Server.Change(c.World, func(in *call.Call) error {
		became, err := become(in, persona)
		if err != nil {
			return err
		}
		if _, ok := in.Txn.CustomerByNumber(persona.Number); !ok {
			return refusal.NotFound("%s is not there any more: customer %s was deleted. POST …/reset brings everybody back.", persona.Name, persona.Number)
		}
		if became.Tokens == nil {
			return refusal.NotFound("%s cannot log in as it is now: its status is %s. POST …/customers/%s/activate makes it active.", persona.Name, became.Status, persona.Number)
		}
		*view.Persona = became.personaLine
		return p.equip(c, in, became, &view)
	})
	return spec.Reply{Status: http.StatusOK, Body: view}, err
}

// becomeCustomer answers the same as becomePersona for any active customer.
//
// POST /_standin/tenants/{tenant}/customers/{customer}/become
func (p *Control) becomeCustomer(c *engine.ControlCall) (spec.Reply, error) {
	view := becameView{}
	err := onCustomer(c, func(in *call.Call, row state.Customer) error {
		one := world.Persona{Number: row.Number}
		if logins := in.Txn.LoginsOf(row.Number); len(logins) > 0 {
			one.Email = logins[0].Email
		}
		became, err := become(in, one)
		if err != nil {
			return err
		}
		if became.Tokens == nil {
			return refusal.Conflict("Customer %s cannot log in: its status is %s. POST …/customers/%s/activate makes it active.", row.Number, row.Status, row.Number)
		}
		return p.equip(c, in, became, &view)
	})
	return spec.Reply{Status: http.StatusOK, Body: view}, err
}

// equip adds curl lines and the state of a browser to a customer's tokens.
func (p *Control) equip(c *engine.ControlCall, in *call.Call, became personaView, view *becameView) error {
	anonymous, err := service.MintToken(in, service.Mint{Kind: string(state.AnonymousToken)})
	if err != nil {
		return err
	}
	view.Tokens = *became.Tokens
	values := placeholders(c, in.Now, became.personaLine, view.Tokens, viewToken(anonymous))
	view.StorageState, view.StorageStateHint = browserState(in.Settings.Storefront, values)
	me := "/customer/" + c.World.Public() + "/me"
	for _, request := range []curl.Request{
		{Target: me + "?expand=addresses"},
		{Target: me + "/addresses"},
		{Method: http.MethodPatch, Target: me, Body: []byte(`{"firstName":"Ada"}`), Header: [][2]string{{"Content-Type", "application/json"}}},
	} {
		request.Origin = p.apiOrigin(c)
		request.Header = append([][2]string{{"Authorization", "Bearer " + view.Tokens.AccessToken}}, request.Header...)
		view.Curl = append(view.Curl, request.Line())
	}
	return nil
}

// placeholders returns the values of the names that the setting storefront may have in braces.
func placeholders(c *engine.ControlCall, now time.Time, persona personaLine, tokens, anonymous tokenView) map[string]string {
	return map[string]string{
		"accessToken": tokens.AccessToken, "refreshToken": tokens.RefreshToken, "saasToken": tokens.SaasToken,
		"expiresIn": strconv.FormatInt(tokens.ExpiresIn, 10), "sessionId": tokens.SessionID,
		"expiresAt":            strconv.FormatInt(now.Add(time.Duration(tokens.ExpiresIn)*time.Second).UnixMilli(), 10),
		"anonymousAccessToken": anonymous.AccessToken, "anonymousRefreshToken": anonymous.RefreshToken,
		"customerNumber": persona.CustomerNumber, "email": persona.Email, "tenant": c.World.Public(),
	}
}

var placeholder = regexp.MustCompile(`\{([A-Za-z]+)(:json)?\}`)

// fill replaces placeholders by their values. A placeholder whose name ends in :json is replaced by a JSON string.
func fill(text string, values map[string]string) string {
	return placeholder.ReplaceAllStringFunc(text, func(found string) string {
		parts := placeholder.FindStringSubmatch(found)
		value, known := values[parts[1]]
		if !known {
			return found
		}
		if parts[2] != "" {
			quoted, _ := json.Marshal(value) // A string can always be encoded.
			return string(quoted)
		}
		return value
	})
}

// cookieHost returns the host of an origin in the form that cookies have: without the port, and with the brackets of IPv6.
func cookieHost(origin string) string {
	u, err := url.Parse(origin)
	if err != nil {
		return ""
	}
	return strings.TrimSuffix(strings.TrimSuffix(u.Host, u.Port()), ":")
}

const storefrontHint = `Where a storefront keeps its tokens is its own business: say it in the setting storefront, for example ` +
	`PATCH …/settings {"storefront": {"origin": "http://localhost:3000", "localStorage": {"customerAccessToken": "{accessToken}"}}}.`

// browserState returns the state of a browser that is logged in, from the setting storefront; without that, it returns a hint.
func browserState(setting json.RawMessage, values map[string]string) (*storageState, string) {
	var storefront struct {
		Origin       string            `json:"origin"`
		LocalStorage map[string]string `json:"localStorage"`
		Cookies      []map[string]any  `json:"cookies"`
	}
	if len(setting) == 0 || json.Unmarshal(setting, &storefront) != nil {
		return nil, storefrontHint
	}
	out := &storageState{Cookies: []map[string]any{}, Origins: []map[string]any{}}
	items := []map[string]string{}
	for _, name := range sortedNames(storefront.LocalStorage) {
		items = append(items, map[string]string{"name": name, "value": fill(storefront.LocalStorage[name], values)})
	}
	out.Origins = append(out.Origins, map[string]any{"origin": storefront.Origin, "localStorage": items})
	host := cookieHost(storefront.Origin)
	for _, cookie := range storefront.Cookies {
		// Playwright requires all members, with these names.
		whole := map[string]any{
			"domain": host, "path": "/", "expires": -1, "httpOnly": false, "sameSite": "Lax",
			"secure": strings.HasPrefix(storefront.Origin, "https://"),
		}
		maps.Copy(whole, cookie)
		if text, ok := whole["value"].(string); ok {
			whole["value"] = fill(text, values)
		}
		out.Cookies = append(out.Cookies, whole)
	}
	return out, ""
}
