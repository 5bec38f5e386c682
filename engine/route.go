package engine

import (
	"cmp"
	"errors"
	"strings"

	"standin/engine/journal"
	"standin/engine/refusal"
	"standin/engine/service"
	"standin/spec"
)

// route finds the operation that the request is for.
func (x *exchange) route(router *spec.Router) error {
	if len(x.request.Method) > journal.MaxMethod {
		return refusal.LongMethod.Of(len(x.request.Method), journal.MaxMethod)
	}
	match, err := router.Match(x.request)
	if err != nil {
		return err
	}
	x.match, x.declared, x.operation, x.Operation = match, match.Operation, x.server.operations[match.Operation], match.Operation.ID
	return nil
}

// unrouted answers a request that no document has: by a fault that is declared for it, as METHOD /path below the tenant, or
// with a refusal.
func (s *Server) unrouted(x *exchange, router *spec.Router, noRoute error) (spec.Sealed, error) {
	if refused, ok := errors.AsType[*refusal.Error](noRoute); ok {
		return spec.Sealed{}, refused
	}
	if s.config.Control != nil && isControl(x.request.URL.Path) {
		return spec.Sealed{}, s.noControlRoute(router, noRoute)
	}
	tenant, rest, _ := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(x.request.URL.Path, "/customer"), "/"), "/")
	world, err := s.worlds.Find(tenant, journal.SandboxOf(x.request.Header))
	if err != nil || !world.Listed() {
		return spec.Sealed{}, refusedRoute(noRoute)
	}
	x.Operation, x.Request = x.request.Method+" /"+rest, &spec.Request{}
	if x.fault = x.strike(world); x.fault == nil {
		x.Operation, x.Request = "", nil
		return spec.Sealed{}, refusedRoute(noRoute)
	}
	x.enter(world)
	if instead, err := s.suffer(x); x.replaced {
		return instead, err
	}
	return spec.Sealed{}, refusedRoute(noRoute) // The fault only delayed the request.
}

// noControlRoute returns the refusal of a path that the control API does not have here.
func (s *Server) noControlRoute(router *spec.Router, noRoute error) error {
	if router == s.router && s.config.ControlOrigin != "" {
		return refusal.ControlMoved.Of(s.config.ControlOrigin)
	}
	if _, ok := errors.AsType[*spec.MethodError](noRoute); ok {
		return refusedRoute(noRoute)
	}
	return refusal.UnknownControlPath
}

// refusedRoute returns the refusal of a request whose route was not found.
func refusedRoute(err error) error {
	if method, ok := errors.AsType[*spec.MethodError](err); ok {
		allow := strings.Join(method.Allow, ", ")
		return refusal.Method.Of(allow).WithHeader("Allow", allow)
	}
	return refusal.UnknownPath
}

// enterWorld finds the world of the request's tenant and enters it. A tenant without a world yet is served from its fixture;
// the first commit makes it a world.
func (s *Server) enterWorld(x *exchange) error {
	tenant, err := s.tenantOf(x)
	x.Tenant = journal.Brief(tenant)
	if err != nil {
		return err
	}
	x.tenant = tenant
	return s.reenter(x)
}

// reenter enters the world that the tenant has now.
func (s *Server) reenter(x *exchange) error {
	world, err := s.worlds.Find(x.tenant, journal.SandboxOf(x.request.Header))
	if err != nil {
		return err
	}
	x.enter(world)
	return nil
}

// tenantOf returns the name of the tenant that the request is for.
func (s *Server) tenantOf(x *exchange) (string, error) {
	switch x.declared.TenantFrom {
	case "query":
		query := x.request.URL.Query()
		return cmp.Or(query.Get("tenant"), query.Get("hybris-tenant")), nil // Older storefronts use the second name.
	case "form":
		data, err := x.body()
		if err != nil {
			return "", err
		}
		return s.tenantOfClient(x.declared.Check(x.match, x.request, data).Value(), journal.SandboxOf(x.request.Header)), nil
	default:
		return x.match.Path["tenant"], nil
	}
}

// tenantOfClient returns the tenant of a request for a service token: the tenant that lists the client, else the one that the
// scope names, else the server's first (SERVICE-TOKEN).
func (s *Server) tenantOfClient(body any, sandbox string) string {
	form, _ := body.(map[string]any)
	clientID, _ := form["client_id"].(string)
	scope, _ := form["scope"].(string)
	named := service.ScopedTenant(scope)
	if sandbox != "" {
		return cmp.Or(named, sandbox)
	}
	return s.worlds.OfClient(clientID, named)
}

// isControl reports whether a path belongs to the control API.
func isControl(path string) bool {
	trimmed := strings.TrimSuffix(path, "/")
	return isHealth(trimmed) || isPage(path) || trimmed == "/metrics" || strings.HasPrefix(path, "/_standin/")
}

// isHealth reports whether a path asks for the server's health.
func isHealth(path string) bool {
	return path == "/livez" || path == "/readyz"
}

// isPage reports whether a path is one of the console's.
func isPage(path string) bool {
	return strings.TrimSuffix(path, "/") == "/_standin" || strings.HasPrefix(path, "/_standin/console/")
}
