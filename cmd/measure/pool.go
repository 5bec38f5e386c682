package main

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"sync"
)

// pool contains values of one tenant that valid requests need, such as tokens and ids.
type pool struct {
	tenant string

	mu    sync.Mutex
	known map[string][]string // values by kind
}

// The kinds of values in a pool.
const (
	anonymous = "anonymous" // access tokens
	customer  = "customer"  // access tokens
	sessions  = "sessionId"
	refreshes = "refreshToken"
	addresses = "addressId"
	emails    = "email"
	mailed    = "mailed"
)

// mostKnown is the greatest number of values of a kind. A further value replaces a random one.
const mostKnown = 64

// learn adds a value of a kind.
func (p *pool) learn(what, value string) {
	if value == "" {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.known[what]) < mostKnown {
		p.known[what] = append(p.known[what], value)
		return
	}
	p.known[what][rand.IntN(mostKnown)] = value
}

// any returns a random value of a kind, or "" if the pool has none.
func (p *pool) any(what string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.known[what]) == 0 {
		return ""
	}
	return p.known[what][rand.IntN(len(p.known[what]))]
}

// newPool makes a sandbox from the demo fixture and returns a pool for it.
func newPool(ctx context.Context, url string) (*pool, error) {
	var made struct {
		Tenant string `json:"tenant"`
	}
	order := map[string]any{"from": "demo", "settings": map[string]any{"doubleOptIn": rand.IntN(2) == 0, "lockoutAfter": rand.IntN(2) * 5}}
	if err := control(ctx, http.MethodPost, url+"/_standin/tenants", order, &made); err != nil {
		return nil, err
	}
	p := &pool{tenant: made.Tenant}
	return p, p.refill(ctx, url)
}

// refill replaces all values by new ones from the tenant. After a reset the old values are not valid.
func (p *pool) refill(ctx context.Context, url string) error {
	p.mu.Lock()
	p.known = map[string][]string{}
	p.mu.Unlock()
	var found struct {
		Customers []struct {
			Email string `json:"email"`
		} `json:"customers"`
	}
	at := url + "/_standin/tenants/" + p.tenant
	if err := control(ctx, http.MethodGet, at+"/customers", nil, &found); err != nil {
		return err
	}
	for _, one := range found.Customers {
		p.learn(emails, one.Email)
	}
	for range 4 {
		for _, kind := range []string{anonymous, customer} {
			order := map[string]string{"kind": kind}
			if kind == customer {
				order["email"] = p.any(emails)
			}
			var minted map[string]any
			if err := control(ctx, http.MethodPost, at+"/tokens", order, &minted); err != nil {
				return err
			}
			p.learnTokens(kind, minted)
		}
	}
	return nil
}

// learnTokens adds the values in a token answer.
func (p *pool) learnTokens(kind string, answer map[string]any) {
	for _, name := range []string{"accessToken", "access_token"} {
		p.learn(kind, text(answer[name]))
	}
	for _, name := range []string{"refreshToken", "refresh_token"} {
		p.learn(refreshes, text(answer[name]))
	}
	p.learn(sessions, text(answer["sessionId"]))
}

// text returns a string, or "" if value is not a string.
func text(value any) string {
	said, _ := value.(string)
	return said
}

// hear adds the values in a successful answer.
func (p *pool) hear(operation string, body []byte) {
	var answer map[string]any
	if json.Unmarshal(body, &answer) != nil {
		return
	}
	switch operation {
	case "login", "refreshToken", "confirmOptIn":
		p.learnTokens(customer, answer)
	case "anonymousLogin", "anonymousRefresh":
		p.learnTokens(anonymous, answer)
	case "addAddress":
		p.learn(addresses, text(answer["id"]))
	}
}

// readMails adds the tokens of the tenant's last mails.
func (p *pool) readMails(ctx context.Context, url string) error {
	var inbox struct {
		Mails []struct {
			Token string `json:"token"`
		} `json:"mails"`
	}
	err := control(ctx, http.MethodGet, url+"/_standin/tenants/"+p.tenant+"/mail?order=newest", nil, &inbox)
	for _, mail := range inbox.Mails {
		p.learn(mailed, mail.Token)
	}
	return err
}
