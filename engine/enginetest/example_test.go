package enginetest_test

import (
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"strings"
	"time"

	"standin/engine/enginetest"
	"standin/engine/service"
)

// ask sends a request with a token and returns the status of the answer.
func ask(method, url, token, body string) string {
	request, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		log.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+token)
	request.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		log.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, answer.Body)
	_ = answer.Body.Close()
	return answer.Status
}

// A server that several tests share is started in TestMain.
func ExampleStart() {
	server, err := enginetest.Start(enginetest.WithFixture("demo"))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(ask("GET", server.URL+"/customer/acme/me", "demoShopperAccess00000000001", ""))
	fmt.Println(server.Close())
	// Output:
	// 200 OK
	// <nil>
}

// A token expires when the tenant's clock passes its deadline.
func ExampleTenant_Clock() {
	server, err := enginetest.Start(enginetest.WithFixture("demo"))
	if err != nil {
		log.Fatal(err)
	}
	shop := server.Tenant("acme")
	token, err := shop.Mint("customer", "john.doe@example.com", nil, time.Hour)
	if err != nil {
		log.Fatal(err)
	}
	shop.Clock().Freeze()
	shop.Clock().Advance(59 * time.Minute)
	fmt.Println(ask("GET", server.URL+"/customer/acme/me", token.AccessToken, ""))
	shop.Clock().Advance(time.Minute)
	fmt.Println(ask("GET", server.URL+"/customer/acme/me", token.AccessToken, ""))
	shop.Clock().Set(time.Date(2031, time.May, 1, 12, 0, 0, 0, time.UTC))
	fmt.Println(shop.Clock().Now())
	if err := server.Close(); err != nil {
		log.Fatal(err)
	}
	// Output:
	// 200 OK
	// 401 Unauthorized
	// 2031-05-01 12:00:00 +0000 UTC
}

// The mail of a password reset holds a token, with which the customer sets a new password.
func ExampleTenant_Mails() {
	server, err := enginetest.Start(enginetest.WithFixture("demo"))
	if err != nil {
		log.Fatal(err)
	}
	shop, url := server.Tenant("acme"), server.URL+"/customer/acme"
	const shopper = "demoShopperAccess00000000001" // The fixture has this anonymous token.
	fmt.Println(ask("POST", url+"/password/reset", shopper, `{"email": "john.doe@example.com"}`))
	mails := shop.Mails()
	last := mails[len(mails)-1]
	fmt.Println(last.Kind, last.To, last.Link == "http://localhost:3000/reset-password?token="+last.Token)
	fmt.Println(ask("POST", url+"/password/reset/update", shopper, `{"token": "`+last.Token+`", "password": "new-password"}`))
	if err := server.Close(); err != nil {
		log.Fatal(err)
	}
	// Output:
	// 204 No Content
	// password-reset john.doe@example.com true
	// 204 No Content
}

// An event of which a webhook is told. This one has no URL, so that its events are only listed.
func ExampleTenant_Events() {
	server, err := enginetest.Start(enginetest.WithFixture("demo"))
	if err != nil {
		log.Fatal(err)
	}
	shop := server.Tenant("acme")
	if err := shop.Configure(map[string]any{"webhooks": []any{map[string]any{"events": []any{"customer.logged.in"}}}}); err != nil {
		log.Fatal(err)
	}
	const shopper = "demoShopperAccess00000000001" // The fixture has this anonymous token.
	fmt.Println(ask("POST", server.URL+"/customer/acme/login", shopper, `{"email": "john.doe@example.com", "password": "password123"}`))
	for _, event := range shop.Events() {
		fmt.Println(event.Type, len(event.Deliveries))
	}
	if err := server.Close(); err != nil {
		log.Fatal(err)
	}
	// Output:
	// 200 OK
	// customer.logged.in 0
}

// Settings have the names and the form that they have in a fixture.
func ExampleTenant_Configure() {
	server, err := enginetest.Start()
	if err != nil {
		log.Fatal(err)
	}
	shop := server.Tenant("acme")
	err = shop.Configure(map[string]any{"passwordMinLength": 12, "lifetimes": map[string]any{"mailed": "2h"}})
	fmt.Println(err)
	shopper, err := shop.Mint("anonymous", "", nil, 0)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(ask("POST", server.URL+"/customer/acme/signup", shopper.AccessToken, `{"email": "ada@example.com", "password": "too-short"}`))
	fmt.Println(ask("POST", server.URL+"/customer/acme/signup", shopper.AccessToken, `{"email": "ada@example.com", "password": "long-enough-now"}`))
	fmt.Println(shop.Configure(map[string]any{"lockoutAfter": "soon"}))
	if err := server.Close(); err != nil {
		log.Fatal(err)
	}
	// Output:
	// <nil>
	// 400 Bad Request
	// 201 Created
	// lockoutAfter: must be of type integer
}

// Tokens of all kinds are made without a login.
func ExampleTenant_Mint() {
	server, err := enginetest.Start(enginetest.WithFixture("demo"))
	if err != nil {
		log.Fatal(err)
	}
	shop := server.Tenant("acme")
	customer, err := shop.Mint("customer", "john.doe@example.com", nil, 10*time.Minute)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(customer.ExpiresIn, ask("GET", server.URL+"/customer/acme/me", customer.AccessToken, ""))
	expired, err := shop.Mint("customer", "john.doe@example.com", nil, -time.Minute)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(expired.ExpiresIn, ask("GET", server.URL+"/customer/acme/me", expired.AccessToken, ""))
	_, err = shop.Mint("customer", "stranger@example.com", nil, 0)
	fmt.Println(errors.Is(err, service.ErrNoLogin))
	if err := server.Close(); err != nil {
		log.Fatal(err)
	}
	// Output:
	// 10m0s 200 OK
	// -1m0s 401 Unauthorized
	// true
}
