package control

import (
	"cmp"
	"errors"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/prometheus/common/model"

	"standin/engine"
	"standin/engine/call"
	"standin/engine/refusal"
	"standin/engine/world"
	"standin/spec"
)

// faultView is a fault in requests and answers.
type faultView struct {
	Name        string            `json:"name,omitempty"`
	Preset      string            `json:"preset,omitempty"`
	Operation   string            `json:"operation,omitempty"`
	Customer    string            `json:"customer,omitempty"`
	Status      int               `json:"status,omitzero"`
	Headers     map[string]string `json:"headers,omitempty"`
	Body        jsontext.Value    `json:"body,omitzero"`
	Latency     string            `json:"latency,omitempty"`
	Drop        bool              `json:"drop,omitzero"`
	Hold        bool              `json:"hold,omitzero"`
	When        string            `json:"when,omitempty"`
	Times       int               `json:"times,omitzero"`
	Skip        int               `json:"skip,omitzero"`
	Probability *float64          `json:"probability,omitempty"`
	Undeclared  bool              `json:"undeclared,omitzero"`
}

type faultCountView struct {
	faultView `json:",embed"`
	Hits      int `json:"hits"`
	Waiting   int `json:"waiting"`
}

type presetView struct {
	Preset      string    `json:"preset"`
	Description string    `json:"description"`
	Fault       faultView `json:"fault"`
}

// presets are faults that storefronts meet in production.
var presets = []presetView{ //nolint:gochecknoglobals // A table.
	{"too-many-requests", "The gateway throttles: 429, to be tried again after a second.", faultView{
		Name: "too-many-requests", Status: http.StatusTooManyRequests, Headers: map[string]string{"Retry-After": "1"}, Undeclared: true,
	}},
	{"gateway-unavailable", "The gateway has no service behind it: 503 in the gateway's own words.", faultView{
		Name: "gateway-unavailable", Status: http.StatusServiceUnavailable, Undeclared: true,
	}},
	{"refresh-race", "A refresh whose answer is lost: the token is rotated, and the client never learns the new one.", faultView{
		Name: "refresh-race", Operation: "refreshToken", When: "after", Drop: true, Times: 1,
	}},
	{"opt-in-twice", "A mail scanner has clicked the activation link first: the account is active, and the shopper is told 400.", faultView{
		Name: "opt-in-twice", Operation: "confirmOptIn", When: "after", Status: http.StatusBadRequest, Times: 1,
	}},
}

// listPresets answers the presets.
//
// GET /_standin/presets
func listPresets(*engine.ControlCall) (spec.Reply, error) {
	return call.Answer(http.StatusOK, map[string]any{"presets": presets})
}

// getFaults answers the faults, with the number of exchanges that each has changed.
//
// GET /_standin/tenants/{tenant}/faults
func getFaults(c *engine.ControlCall) (spec.Reply, error) {
	views := []faultCountView{}
	for _, one := range c.World.Faults().List() {
		views = append(views, viewFault(one))
	}
	return call.Answer(http.StatusOK, map[string]any{"faults": views})
}

func viewFault(f world.FaultCount) faultCountView {
	view := faultCountView{Hits: f.Hits, Waiting: f.Waiting, faultView: faultView{
		Name: f.Name, Operation: f.Operation, Customer: f.Customer, Status: f.Status, Drop: f.Drop, Hold: f.Hold,
		Times: f.Times, Skip: f.Skip, Undeclared: f.Undeclared,
	}}
	if f.Latency > 0 {
		view.Latency = model.Duration(f.Latency).String()
	}
	if f.After {
		view.When = "after"
	}
	if f.Probability > 0 {
		view.Probability = &f.Probability
	}
	for name := range f.Header {
		if view.Headers == nil {
			view.Headers = map[string]string{}
		}
		view.Headers[name] = http.Header(f.Header).Get(name)
	}
	if f.Body != nil {
		if view.Body = f.Body; f.MediaType != "application/json" {
			view.Body, _ = json.Marshal(string(f.Body)) // A string can always be encoded.
		}
	}
	return view
}

// putFaults replaces all faults.
//
// PUT /_standin/tenants/{tenant}/faults
func putFaults(c *engine.ControlCall) (spec.Reply, error) {
	in, err := call.Body[struct {
		Faults []jsontext.Value `json:"faults"`
	}](c.Request)
	if err != nil {
		return spec.Reply{}, err
	}
	var faults []world.Fault
	var names []string
	for i, said := range in.Faults {
		field := "faults." + strconv.Itoa(i)
		view, err := whole(said, field)
		if err != nil {
			return spec.Reply{}, err
		}
		if view.Name == "" {
			view.Name = "fault-" + strconv.Itoa(i+1)
		}
		if slices.Contains(names, view.Name) {
			return spec.Reply{}, refusal.Value(field+".name", "is the name of an earlier fault; give each its own")
		}
		names = append(names, view.Name)
		fault, err := view.fault(c, field+".")
		if err != nil {
			return spec.Reply{}, err
		}
		faults = append(faults, fault)
	}
	if err := c.World.Faults().Set(faults); err != nil {
		return spec.Reply{}, refusal.Value("faults", "are too large: %v", err)
	}
	return getFaults(c)
}

// createFault adds one fault after the others.
//
// POST /_standin/tenants/{tenant}/faults
func createFault(c *engine.ControlCall) (spec.Reply, error) {
	view, err := whole(c.Raw, "")
	if err != nil {
		return spec.Reply{}, err
	}
	fault, err := view.fault(c, "")
	if err != nil {
		return spec.Reply{}, err
	}
	added, err := c.World.Faults().Add(fault)
	if err != nil {
		return spec.Reply{}, refusal.Conflict("No fault %s is made: %v.", cmp.Or(fault.Name, "of any name"), err)
	}
	return call.Answer(http.StatusCreated, viewFault(added))
}

// whole returns a fault with the members of its preset filled in.
func whole(said jsontext.Value, field string) (faultView, error) {
	var view faultView
	if err := call.Decode(said, &view); err != nil {
		return view, unusable(err, field)
	}
	if view.Preset == "" {
		return view, nil
	}
	var known []string
	for _, preset := range presets {
		known = append(known, preset.Preset)
		if preset.Preset == view.Preset {
			merged := preset.Fault
			_ = call.Decode(said, &merged) // It cannot fail: the same was decoded into this type above.
			return merged, nil
		}
	}
	return view, refusal.NotFound("There is no preset %s. There are %s.", view.Preset, strings.Join(known, ", "))
}

// unusable returns a refusal that names the first member whose value does not fit its type.
func unusable(err error, field string) error {
	if semantic, ok := errors.AsType[*json.SemanticError](err); ok && semantic.JSONPointer != "" {
		field = strings.TrimPrefix(field+"."+strings.ReplaceAll(string(semantic.JSONPointer[1:]), "/", "."), ".")
	}
	return refusal.Value(field, "has a value that cannot be used")
}

// fault returns the fault of the engine, and refuses one that contradicts itself or the document.
func (v faultView) fault(c *engine.ControlCall, field string) (world.Fault, error) {
	out := world.Fault{
		Name: v.Name, Operation: v.Operation, Customer: v.Customer, Status: v.Status, Drop: v.Drop, Hold: v.Hold,
		After: v.When == "after", Times: v.Times, Skip: v.Skip, Undeclared: v.Undeclared,
	}
	var err error
	if out.Latency, err = duration(field+"latency", v.Latency); err != nil {
		return out, err
	}
	if out.Latency > mostWait {
		return out, refusal.Value(field+"latency", "must be at most %s", mostWait)
	}
	if v.Probability != nil {
		if out.Probability = *v.Probability; out.Probability == 0 {
			return out, refusal.Value(field+"probability", "must be above 0: else it never strikes")
		}
	}
	if v.Status == 0 && !v.Drop && !v.Hold && v.Latency == "" {
		return out, refusal.Value(strings.TrimSuffix(field, "."), "does nothing: it takes status, latency, drop or hold")
	}
	if v.Drop && v.Status != 0 {
		return out, refusal.Value(field+"drop", "leaves no answer, so status says nothing")
	}
	if v.Status == 0 && (v.Body != nil || v.Headers != nil) {
		return out, refusal.Value(field+"status", "is required with body or headers")
	}
	if bodiless := []int{http.StatusNoContent, http.StatusResetContent, http.StatusNotModified}; v.Body != nil && slices.Contains(bodiless, v.Status) {
		return out, refusal.Value(field+"body", "cannot be sent: an answer of status %d has none", v.Status)
	}
	if out.Header, err = v.header(field); err != nil {
		return out, err
	}
	out.Body, out.MediaType = faultBody(v.Body)
	return out, v.documented(c, field)
}

var (
	headerName  = regexp.MustCompile("^[!#$%&'*+.^_`|~0-9A-Za-z-]+$")
	headerValue = regexp.MustCompile(`^[\t\x20-\x7e\x{80}-\x{10ffff}]*$`)
)

// framing are the headers that belong to the connection and to the length of the body.
var framing = []string{"Connection", "Content-Length", "Keep-Alive", "Te", "Trailer", "Transfer-Encoding", "Upgrade"} //nolint:gochecknoglobals // A table.

// header returns the headers of the injected answer. It refuses those that cannot be sent, or would break the connection.
func (v faultView) header(field string) (http.Header, error) {
	var out http.Header
	for _, name := range sortedNames(v.Headers) {
		switch at := field + "headers." + name; {
		case !headerName.MatchString(name) || !headerValue.MatchString(v.Headers[name]):
			return nil, refusal.Value(at, "is no header that can be sent")
		case slices.Contains(framing, http.CanonicalHeaderKey(name)):
			return nil, refusal.Value(at, "belongs to the connection; a fault that breaks one is drop: true")
		}
		if out == nil {
			out = http.Header{}
		}
		out.Set(name, v.Headers[name])
	}
	return out, nil
}

// undeclaredForm matches the method and path of an operation that no document has: GET /me/coupons.
var undeclaredForm = regexp.MustCompile(`^[A-Z]{1,20} /\S*$`)

// faultBody returns the body of an injected answer and its media type. A JSON string is sent as plain text.
func faultBody(said jsontext.Value) ([]byte, string) {
	var text string
	if said.Kind() == '"' && json.Unmarshal(said, &text) == nil {
		return []byte(text), "text/plain; charset=utf-8"
	}
	return said, "application/json"
}

// documented refuses an operation that no document has, and a status that the document does not give the operation, unless the
// fault is undeclared on purpose.
func (v faultView) documented(c *engine.ControlCall, field string) error {
	var all []string
	has := false
	for _, document := range c.Server.Documents() {
		if document.Name == spec.Control {
			continue
		}
		for _, op := range document.Operations {
			all = append(all, op.ID)
			has = has || (v.Operation == "" || op.ID == v.Operation) && op.Documents(v.Status)
		}
	}
	if v.Operation != "" && !slices.Contains(all, v.Operation) {
		if v.Undeclared && undeclaredForm.MatchString(v.Operation) {
			return nil
		}
		return refusal.NotFound("There is no operation %s. There are %s; and with undeclared: true any METHOD /path below the tenant.", v.Operation, strings.Join(all, ", "))
	}
	if v.Status == 0 || has || v.Undeclared {
		return nil
	}
	return refusal.Value(field+"status", "is not a status that the document has for %s; undeclared: true allows it", cmp.Or(v.Operation, "any operation"))
}

// deleteFaults removes all faults.
//
// DELETE /_standin/tenants/{tenant}/faults
func deleteFaults(c *engine.ControlCall) (spec.Reply, error) {
	c.World.Faults().Clear()
	return call.Done(http.StatusNoContent)
}

// deleteFault removes one fault.
//
// DELETE /_standin/tenants/{tenant}/faults/{fault}
func deleteFault(c *engine.ControlCall) (spec.Reply, error) {
	if !c.World.Faults().Remove(c.Param("fault")) {
		return spec.Reply{}, noFault(c)
	}
	return call.Done(http.StatusNoContent)
}

// noFault returns a refusal that lists the faults that there are.
func noFault(c *engine.ControlCall) error {
	var names []string
	for _, one := range c.World.Faults().List() {
		names = append(names, one.Name)
	}
	return refusal.NotFound("There is no fault %s. There are %s.", c.Param("fault"), cmp.Or(strings.Join(names, ", "), "none"))
}

// releaseFault lets the requests continue that a fault holds.
//
// POST /_standin/tenants/{tenant}/faults/{fault}/release
func releaseFault(c *engine.ControlCall) (spec.Reply, error) {
	released, ok := c.World.Faults().Release(c.Param("fault"))
	if !ok {
		return spec.Reply{}, noFault(c)
	}
	return call.Answer(http.StatusOK, map[string]any{"released": released})
}
