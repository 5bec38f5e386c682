package control

import (
	"net/http"
	"strings"

	"standin/engine"
	"standin/engine/call"
	"standin/engine/refusal"
	"standin/spec"
)

// getLiveness answers as long as the process runs.
//
// GET /livez
func getLiveness(*engine.ControlCall) (spec.Reply, error) {
	return call.Answer(http.StatusOK, map[string]any{"status": "ok"})
}

// getReadiness answers once the engine has loaded its fixture.
//
// GET /readyz
func getReadiness(*engine.ControlCall) (spec.Reply, error) {
	return call.Answer(http.StatusOK, map[string]any{"status": "ok"})
}

// capabilities are the features that a test suite may rely on.
var capabilities = []string{ //nolint:gochecknoglobals // A table.
	"sandboxes", "snapshots", "clock", "inbox", "customers", "settings", "tokens", "scopes", "personas", "faults", "journal",
	"explain", "replay", "coverage", "prefer", "webhooks",
}

type infoView struct {
	Name         string            `json:"name"`
	URL          string            `json:"url"`
	Version      string            `json:"version"`
	Commit       string            `json:"commit,omitempty"`
	Tenant       string            `json:"tenant"`
	Tenants      []string          `json:"tenants,omitempty"`
	ClientID     string            `json:"clientId"`
	Fixture      string            `json:"fixture"`
	Documents    map[string]string `json:"documents"`
	Capabilities []string          `json:"capabilities"`
	Violations   int64             `json:"violations"`
}

// getInfo answers the version, documents and capabilities of this server.
//
// GET /_standin/info
func (p *Control) getInfo(c *engine.ControlCall) (spec.Reply, error) {
	config := c.Server.Config()
	view := infoView{
		Name: "standin", URL: p.apiOrigin(c), Version: p.options.Version, Commit: p.options.Commit, Tenant: config.Home(), Tenants: config.Tenants,
		ClientID: p.home.ClientID, Fixture: p.home.Name, Documents: map[string]string{}, Capabilities: capabilities,
		Violations: c.Server.Violations(),
	}
	for _, document := range c.Server.Documents() {
		view.Documents[document.Name] = document.Hash
	}
	return call.Answer(http.StatusOK, view)
}

// getDocument answers the source of a document.
//
// GET /_standin/documents/{document}
func getDocument(c *engine.ControlCall) (spec.Reply, error) {
	var names []string
	for _, document := range c.Server.Documents() {
		if document.Name == c.Param("document") {
			return spec.Reply{Status: http.StatusOK, Body: spec.Opaque{MediaType: "application/yaml", Bytes: document.Source()}}, nil
		}
		names = append(names, document.Name)
	}
	return spec.Reply{}, refusal.NotFound("There is no document %s. There are %s.", c.Param("document"), strings.Join(names, ", "))
}

// getMetrics answers the metrics in the format of Prometheus.
//
// GET /metrics
func (p *Control) getMetrics(c *engine.ControlCall) (spec.Reply, error) {
	text, mediaType, err := p.metrics.text(c.Server)
	return spec.Reply{Status: http.StatusOK, Body: spec.Opaque{MediaType: mediaType, Bytes: text}}, err
}
