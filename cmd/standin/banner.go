package main

import (
	"fmt"
	"io"
	"net"
	"net/url"
	"strings"
	"text/tabwriter"

	"standin/fixtures"
)

// greet prints the addresses of the server, the personas, and curl commands to try.
func (s *serveCommand) greet(to io.Writer, fixture *fixtures.Fixture, on listeners) {
	curl := "curl -s"
	if s.TLSCert != "" {
		curl = "curl -sk"
	}
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
	origin := s.origin(on.service)
	fmt.Fprintf(to, "\nTry it:\n")
	fmt.Fprintf(to, "  TOKEN=$(%s '%s/customerlogin/auth/anonymous/login?tenant=%s&client_id=%s' | sed 's/.*\"access_token\":\"\\([^\"]*\\)\".*/\\1/')\n", curl, origin, tenant, url.QueryEscape(fixture.ClientID()))
	for _, p := range personas {
		if p.Password == "" || p.Status != "active" {
			continue
		}
		fmt.Fprintf(to, "  TOKEN=$(%s %s/customer/%s/login -H \"Authorization: Bearer $TOKEN\" -d '{\"email\":\"%s\",\"password\":\"%s\"}' -H 'Content-Type: application/json' | sed 's/.*\"accessToken\":\"\\([^\"]*\\)\".*/\\1/')\n", curl, origin, tenant, p.Email, p.Password)
		break
	}
	fmt.Fprintf(to, "  %s '%s/customer/%s/me?expand=addresses' -H \"Authorization: Bearer $TOKEN\"\n\n", curl, origin, tenant)
}
