package session

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"standin/spec"
)

// box is the sandbox of the generated steps. The last chapter makes it.
const box = "edges"

// callers returns the callers that send a request to every operation of the service. A caller's token is the value with the
// caller's name after "edge".
func callers() []string {
	return []string{"nobody", "stranger", "shopper", "customer", "entitled", "late", "service"}
}

// refusals returns the steps that are generated from the documents: each operation with every caller, under each of its paths,
// with every fault that its body can have, and with a request to inject each status.
func refusals() ([]Step, error) {
	var steps []Step
	// The companions are last: an operation that only one of the servers has changes the numbers of the entries after it.
	for _, name := range []string{spec.Customer, spec.Control, spec.Companions} {
		document, err := spec.Load(name)
		if err != nil {
			return nil, err
		}
		for _, op := range document.Operations {
			ofOne := serviceSteps(op)
			if name == spec.Control {
				ofOne = controlSteps(op)
			}
			for _, one := range ofOne {
				one.Name, one.Generated = op.ID+": "+one.Name, true
				one.Chapter = strings.TrimSuffix(name, ".yaml")
				steps = append(steps, one)
			}
		}
	}
	return steps, nil
}

// serviceSteps returns the generated steps for an operation of the service.
func serviceSteps(op *spec.Operation) []Step {
	var steps []Step
	path := op.Templates()[0]
	for _, caller := range callers() {
		steps = append(steps, request(op, path, box, Step{Name: "by " + caller, As: bearer(caller)}))
	}
	steps = append(steps, request(op, path, "No-Tenant", Step{Name: "of a bad tenant", As: "$edgecustomer"}))
	for _, alias := range append(op.Templates()[1:], path+"/") {
		steps = append(steps, request(op, alias, box, Step{Name: "under " + strings.ReplaceAll(alias, "{tenant}", box), As: "$edgecustomer"}))
	}
	steps = append(steps, wrongMethod(op, path, box))
	for _, status := range append(op.Statuses(), http.StatusTooManyRequests, http.StatusServiceUnavailable, http.StatusTeapot) {
		steps = append(steps, request(op, path, box, Step{
			Name: fmt.Sprintf("asked for %d", status), As: "$edgecustomer", Headers: map[string]string{"Prefer": fmt.Sprintf("code=%d, delay=1", status)},
		}))
	}
	odd := request(op, path, box, Step{Name: "with an unknown parameter", As: "$edgecustomer"})
	odd.Send += separator(odd.Send) + "nonsense=1"
	return append(append(steps, odd), badBodies(op, path, "$edge"+taker(op))...)
}

// taker returns a caller that an operation accepts, so that it reads the body.
func taker(op *spec.Operation) string {
	if op.Accepts("CustomerAccessToken") {
		return "entitled"
	}
	return "shopper"
}

// bearer returns the token of a caller, as the name of a value if it is one.
func bearer(caller string) string {
	switch caller {
	case "nobody":
		return ""
	case "stranger":
		return "aYR3Lu3rpsQ9ODhBIR83b3txTr5K"
	}
	return "$edge" + caller
}

// controlSteps returns the generated steps for an operation of the control API. All but HEAD are refused, so that they do not
// change the state.
func controlSteps(op *spec.Operation) []Step {
	path := op.Path
	odd := request(op, path, box, Step{Name: "with an unknown parameter"})
	odd.Send += separator(odd.Send) + "nonsense=1"
	steps := []Step{
		odd,
		request(op, path, box, Step{Name: "from a page of another origin", Headers: map[string]string{"Origin": "https://evil.example"}}),
		request(op, path, box, Step{Name: "under a foreign name", Host: "evil.example"}),
		wrongMethod(op, path, box),
	}
	if strings.Contains(path, "{tenant}") {
		steps = append(steps, request(op, path, "nowhere", Step{Name: "of no tenant"}))
	}
	for _, bad := range badBodies(op, path, "") {
		// The control API accepts larger bodies than the service, and JSON as text/plain.
		if !strings.HasSuffix(bad.Name, "too large") && bad.Headers["Content-Type"] != "text/plain" {
			steps = append(steps, bad)
		}
	}
	for i := range steps {
		steps[i].Harmless = !slices.Contains([]string{"getLiveness", "getReadiness"}, op.ID) // These have no access rules.
	}
	if op.Method == http.MethodGet {
		head := request(op, path, box, Step{Name: "as HEAD"})
		head.Send = http.MethodHead + strings.TrimPrefix(head.Send, http.MethodGet)
		steps = append(steps, head)
	}
	return steps
}

// badBodies returns steps with the faults that the body of an operation can have.
func badBodies(op *spec.Operation, path, as string) []Step {
	var steps []Step
	for _, one := range op.Negatives() {
		headers := map[string]string{"Content-Type": one.MediaType}
		if one.Encoding != "" {
			headers["Content-Encoding"] = one.Encoding
		}
		if one.Status == http.StatusRequestEntityTooLarge { // A server without the operation answers before it has read the body.
			headers["Expect"] = "100-continue"
		}
		bad := request(op, path, box, Step{Name: "body " + one.Name, As: as, Headers: headers})
		bad.Body = Text(one.Body)
		steps = append(steps, bad)
	}
	return steps
}

// wrongMethod returns a step with a method that no operation has.
func wrongMethod(op *spec.Operation, path, tenant string) Step {
	wrong := request(op, path, tenant, Step{Name: "with an unknown method"})
	wrong.Send = "LINK" + strings.TrimPrefix(wrong.Send, op.Method)
	return wrong
}

// request returns a step completed with the document's examples for the operation.
func request(op *spec.Operation, path, tenant string, s Step) Step {
	target := strings.ReplaceAll(path, "{tenant}", tenant)
	for _, name := range op.Parameters("path") {
		_, example := op.Parameter(name)
		target = strings.ReplaceAll(target, "{"+name+"}", url.PathEscape(cmp.Or(example, "nothing")))
	}
	query := url.Values{}
	for _, name := range op.Parameters("query") {
		if _, example := op.Parameter(name); example != "" && name != "wait" { // Waiting would take too long.
			query.Set(name, example)
		}
	}
	if op.TenantFrom == "query" {
		query.Set("tenant", tenant)
	}
	if len(query) > 0 {
		target += "?" + query.Encode()
	}
	headers := map[string]string{}
	for _, name := range op.Parameters("header") {
		if _, example := op.Parameter(name); example != "" {
			headers[name] = example
		}
	}
	maps.Copy(headers, s.Headers)
	s.Send, s.Headers = op.Method+" "+target, headers
	if types := op.MediaTypes(); len(types) > 0 && slices.Contains(types, "application/json") {
		raw, _ := json.Marshal(op.RequestExample()) // The document's examples are JSON.
		s.Body = Text(raw)
	}
	return s
}

// separator returns the character before a further query parameter.
func separator(send string) string {
	if strings.Contains(send, "?") {
		return "&"
	}
	return "?"
}
