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

// Access says who may steer.
type Access struct {
	// Off leaves nothing but the health checks.
	Off bool
	// Token, if any, must be shown as a bearer.
	Token string
	// AnyHost lets requests name any host: for a server that is reached under names that it does not know. Without
	// it and without a token only names of this machine are good, so that no page can reach it by a name of its own
	// that leads here (DNS rebinding).
	AnyHost bool
	// Origins are the origins, besides the server's own, whose pages may steer.
	Origins []string
}

// health are the operations that are always there.
var health = []string{"getLiveness", "getReadiness"} //nolint:gochecknoglobals // A table.

// Guard refuses who may not steer, for the engine's configuration.
func (p *Control) Guard(r *http.Request, operation string) error {
	access := p.options.Access
	if slices.Contains(health, operation) {
		return nil
	}
	if access.Off {
		return refusal.Absent()
	}
	if !access.answersTo(r.Host) {
		return refusal.ControlForbidden(foreignHost)
	}
	if access.foreign(r) {
		return refusal.ControlForbidden("Pages of other origins may not use the handle. Call it from the test, not from the page, or name the page's origin when the server is started: --control-origin http://localhost:3000. The scheme, the host as the browser shows it and the port have to match.")
	}
	if access.Token != "" && !shows(r, access.Token) {
		return refusal.ControlUnauthorized("The handle wants the token that the server was started with: Authorization: Bearer …")
	}
	return nil
}

// foreign says whether a page of another origin asks. Of what it embeds, such as a picture, a browser says no origin. A link
// that somebody follows is no such request.
func (a Access) foreign(r *http.Request) bool {
	origins := r.Header.Values("Origin")
	if len(origins) == 0 {
		followed := r.Method == http.MethodGet && r.Header.Get("Sec-Fetch-Mode") == "navigate"
		return r.Header.Get("Sec-Fetch-Site") == "cross-site" && !followed
	}
	return slices.ContainsFunc(origins, func(one string) bool { return !sameOrigin(one, r) && !slices.Contains(a.Origins, one) })
}

const foreignHost = "The handle answers to names of this machine only, such as localhost; --control-token or --control-open allows others."

func (a Access) answersTo(host string) bool { return a.AnyHost || a.Token != "" || local(host) }

// Pages guards the pages for people. They are the same for everybody and hold no data, so they want no token; they ask
// for it, and show it with what they ask of the handle.
func (p *Control) Pages(pages http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !p.options.Access.answersTo(r.Host) {
			http.Error(w, foreignHost, http.StatusForbidden)
			return
		}
		pages.ServeHTTP(w, r)
	})
}

func shows(r *http.Request, token string) bool {
	scheme, sent, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	return strings.EqualFold(scheme, "Bearer") && subtle.ConstantTimeCompare([]byte(strings.TrimSpace(sent)), []byte(token)) == 1
}

// local says whether a host is this machine's in any case: localhost, or an address of the loopback interface.
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

func sameOrigin(origin string, r *http.Request) bool {
	u, err := url.Parse(origin)
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	return err == nil && u.Scheme == scheme && strings.EqualFold(u.Host, r.Host)
}
