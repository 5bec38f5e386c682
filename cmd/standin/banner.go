package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/url"
	"strings"
	"text/tabwriter"

	"standin/contracts/suite"
	"standin/fixtures"
	"standin/spec/curl"
)

// greet prints the addresses of the server, the personas, and curl commands to try. The texts of a fixture may contain anything, so
// control characters are escaped.
func (s *serveCommand) greet(out io.Writer, fixture *fixtures.Fixture, on listeners) {
	to := &strings.Builder{}
	s.introduce(to, fixture, on)
	s.suggest(to, fixture, s.origin(on.service))
	fmt.Fprint(out, suite.Printable(to.String()))
}

// introduce writes the addresses of the server and the personas.
func (s *serveCommand) introduce(to io.Writer, fixture *fixtures.Fixture, on listeners) {
	fmt.Fprintln(to, "standin stands in for the customer service.")
	for _, l := range on.service {
		everywhere := ""
		if address := l.Addr().String(); reachable(address) != address {
			everywhere = " (and every address of this machine)"
		}
		fmt.Fprintf(to, "  %s%s\n", s.origin([]net.Listener{l}), everywhere)
	}
	if s.Control {
		fmt.Fprintf(to, "  %s/ shows and controls it in a browser\n", s.origin(on.ofControl())+controlPath)
	}
	tenant := homeOf(s.Tenant)
	personas := fixture.Personas()
	others := "every name is a separate tenant unless --tenant names some"
	if len(s.Tenant) > 0 {
		others = "served: " + strings.Join(s.Tenant, ", ") + ", as " + s.tenantFrom + " says"
	}
	fmt.Fprintf(to, "\nFixture %s, tenant %s (%s).\n", s.Fixture, tenant, others)
	if len(personas) > 0 {
		fmt.Fprintln(to)
		table := tabwriter.NewWriter(to, 0, 0, 2, ' ', 0)
		for _, p := range personas {
			fmt.Fprintf(table, "  %s\t%s\t%s\t%s\n", p.Name, p.Email, p.Password, p.Description)
		}
		_ = table.Flush()
	}
}

// suggest writes curl commands to try.
func (s *serveCommand) suggest(to io.Writer, fixture *fixtures.Fixture, origin string) {
	command, tenant := "curl -s", homeOf(s.Tenant)
	if s.TLSCert != "" {
		command = "curl -sk"
	}
	fmt.Fprintf(to, "\nTry it:\n")
	fmt.Fprintf(to, "  TOKEN=$(%s '%s/customerlogin/auth/anonymous/login?tenant=%s&client_id=%s' | sed 's/.*\"access_token\":\"\\([^\"]*\\)\".*/\\1/')\n", command, origin, tenant, url.QueryEscape(fixture.ClientID()))
	for _, p := range fixture.Personas() {
		if p.Password == "" || p.Status != "active" {
			continue
		}
		fmt.Fprintf(to, "  TOKEN=$(%s %s/customer/%s/login -H \"Authorization: Bearer $TOKEN\" -d %s -H 'Content-Type: application/json' | sed 's/.*\"accessToken\":\"\\([^\"]*\\)\".*/\\1/')\n", command, origin, tenant, curl.Quote(loginBody(p.Email, p.Password)))
		break
	}
	fmt.Fprintf(to, "  %s '%s/customer/%s/me?expand=addresses' -H \"Authorization: Bearer $TOKEN\"\n\n", command, origin, tenant)
}

// loginBody returns the body of a login.
func loginBody(email, password string) string {
	var text strings.Builder
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)                                                // It is read by people.
	_ = encoder.Encode(map[string]string{"email": email, "password": password}) // Encoding strings never fails.
	return strings.TrimSpace(text.String())
}
