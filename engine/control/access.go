package control

import (
	"crypto/subtle"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"standin/engine/refusal"
)

// Access restricts who may use the control API.
type Access struct {
	// Off turns everything off but the health checks.
	Off bool
	// Token, if any, is the bearer token that a request must have.
	Token string
	// AnyHost accepts requests to any host name, for a server that is reached under names that it does not know. Without
	// AnyHost and without Token only names of this machine are accepted, so that a page cannot send requests through its
	// own host name with the address of this machine (DNS rebinding).
	AnyHost bool
	// Origins are the origins, besides the server's own, whose pages may use the control API.
	Origins []string
}

// health are the operations that Off leaves on.
var health = []string{"getLiveness", "getReadiness"} //nolint:gochecknoglobals // A table.

// Guard refuses a control request that Access does not allow. It is for the engine's configuration.
func (p *Control) Guard(r *http.Request, operation string) error {
	access := p.options.Access
	if slices.Contains(health, operation) {
		return nil
	}
	if access.Off {
		return refusal.ControlOff
	}
	if !access.answersTo(r.Host) {
		return refusal.ControlForbidden(foreignHost)
	}
	if access.foreign(r) {
		return refusal.ControlForbidden("Pages of other origins may not use the control API. Call it from the test, not from the page, or name the page's origin when the server is started: --control-origin http://localhost:3000. The scheme, the host as the browser shows it and the port have to match.")
	}
	if access.Token != "" && !shows(r, access.Token) {
		return refusal.ControlUnauthorized("The control API requires the token that the server was started with: Authorization: Bearer …")
	}
	return nil
}

// foreign reports whether a page of another origin sends the request. A browser sends no Origin for what a page embeds, such as
// a picture; Sec-Fetch-Site then tells. Following a link does not count.
func (a Access) foreign(r *http.Request) bool {
	origins := r.Header.Values("Origin")
	if len(origins) == 0 {
		followed := r.Method == http.MethodGet && r.Header.Get("Sec-Fetch-Mode") == "navigate"
		return r.Header.Get("Sec-Fetch-Site") == "cross-site" && !followed
	}
	return slices.ContainsFunc(origins, func(one string) bool { return !sameOrigin(one, r) && !slices.Contains(a.Origins, one) })
}

const foreignHost = "The control API answers to names of this machine only, such as localhost; --control-token or --control-open allows others."

// answersTo reports whether a request may name a host.
func (a Access) answersTo(host string) bool { return a.AnyHost || a.Token != "" || local(host) }

// Pages returns the pages of the console, for hosts that Access allows. They hold no data, so they need no token. The pages ask
// for the token, and send it with their control requests.
func (p *Control) Pages(pages http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !p.options.Access.answersTo(r.Host) {
			http.Error(w, foreignHost, http.StatusForbidden)
			return
		}
		pages.ServeHTTP(w, r)
	})
}

// shows reports whether a request has the bearer token.
func shows(r *http.Request, token string) bool {
	scheme, sent, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	return strings.EqualFold(scheme, "Bearer") && subtle.ConstantTimeCompare([]byte(strings.TrimSpace(sent)), []byte(token)) == 1
}

// local reports whether a host is always this machine: localhost, or an address of the loopback interface.
func local(hostPort string) bool {
	host := hostPort
	if name, _, err := net.SplitHostPort(hostPort); err == nil {
		host = name
	}
	host = strings.ToLower(strings.TrimSuffix(strings.Trim(host, "[]"), "."))
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	address, err := netip.ParseAddr(host)
	return err == nil && address.IsLoopback()
}

// sameOrigin reports whether an origin is the one that a request was sent to.
func sameOrigin(origin string, r *http.Request) bool {
	u, err := url.Parse(origin)
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	return err == nil && u.Scheme == scheme && strings.EqualFold(u.Host, r.Host)
}
