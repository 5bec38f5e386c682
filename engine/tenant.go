package engine

import (
	"net/http"
	"slices"
	"strings"

	"standin/spec"
	"standin/state"
)

// tenantOf finds the name of the tenant that a request is for. A form names it in its body, which is then read
// first; the reader that comes back answers the same bytes again.
func (s *Server) tenantOf(m spec.Match, r *http.Request, read func() ([]byte, error)) (string, func() ([]byte, error), error) {
	switch m.Operation.TenantFrom {
	case "query":
		query := r.URL.Query()
		// Older storefronts use the second name.
		return first(query.Get("tenant"), query.Get("hybris-tenant")), read, nil
	case "form":
		data, err := read()
		if err != nil {
			return "", nil, err
		}
		again := func() ([]byte, error) { return data, nil }
		return s.tenantOfForm(data, sandboxOf(r.Header)), again, nil
	default:
		return m.Path["tenant"], read, nil
	}
}

// tenantOfForm finds the tenant of a request for a service token: one that lists the client, else the one that the
// scope names, else the first that the server was given, else demo (SERVICE-TOKEN). Of several that list the client
// the one goes first that the scope names, then the server's own, then the first by name.
func (s *Server) tenantOfForm(data []byte, sandbox string) string {
	decoded, _ := spec.DecodeForm(data) // What is wrong with it is the document's to say.
	form, _ := decoded.(map[string]any)
	clientID, _ := form["client_id"].(string)
	scope, _ := form["scope"].(string)
	named := scopedTenant(scope)
	if sandbox != "" {
		return first(named, sandbox)
	}
	own := s.config.Home()
	for _, tenant := range []string{named, own} {
		if w, err := s.worlds.find(tenant, ""); err == nil && listsClient(w, clientID) {
			return tenant
		}
	}
	for _, tenant := range s.config.Tenants { // They are there from the beginning.
		s.worlds.named(tenant)
	}
	return first(s.worlds.clients.first(clientID), named, own)
}

func listsClient(w *World, clientID string) bool {
	txn := w.db.Load().View()
	defer txn.Abort()
	return slices.ContainsFunc(txn.Settings().ServiceClients, func(one state.ServiceClient) bool { return one.ClientID == clientID })
}

const tenantScope = "tenant="

func scopedTenant(scope string) string {
	for one := range strings.FieldsSeq(scope) {
		if tenant, ok := strings.CutPrefix(one, tenantScope); ok {
			return tenant
		}
	}
	return ""
}

// first is the first text that is not empty.
func first(texts ...string) string {
	for _, text := range texts {
		if text != "" {
			return text
		}
	}
	return ""
}
