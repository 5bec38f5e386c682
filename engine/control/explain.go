package control

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"

	"standin/engine"
	"standin/engine/call"
	"standin/spec"
)

type explanationView struct {
	ID        uint64         `json:"id"`
	Status    int            `json:"status"`
	Operation string         `json:"operation,omitempty"`
	Rule      *ruleView      `json:"rule,omitempty"`
	Message   string         `json:"message"`
	Problems  []problemView  `json:"problems"`
	State     []factView     `json:"state"`
	Corrected *correctedView `json:"corrected,omitempty"`
}

type ruleView struct {
	ID        string `json:"id"`
	Grade     string `json:"grade"`
	Statement string `json:"statement"`
	Setting   string `json:"setting,omitempty"`
}

type problemView struct {
	Field    string `json:"field"`
	Pointer  string `json:"pointer,omitempty"`
	Type     string `json:"type"`
	Expected string `json:"expected"`
	Found    any    `json:"found,omitempty"`
}

type factView struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// explainEntry answers why an exchange was answered as it was, and a request that would have succeeded.
//
// GET /_standin/tenants/{tenant}/journal/{entry}/explain, and GET /_standin/journal/{entry}/explain
func (p *Control) explainEntry(c *engine.ControlCall) (spec.Reply, error) {
	e, _, err := entryOf(c)
	if err != nil {
		return spec.Reply{}, err
	}
	view := explanationView{
		ID: e.ID, Status: e.Status, Operation: e.Operation, Message: "It was not refused.", Problems: []problemView{}, State: []factView{},
	}
	if e.Fault != "" {
		view.Message = "The fault " + e.Fault + " took the place of the true answer."
		return call.Answer(http.StatusOK, view)
	}
	if e.Refusal == nil {
		return call.Answer(http.StatusOK, view)
	}
	view.Message = e.Refusal.Message
	if view.Rule, err = ruleOf(e.Refusal.Rule); err != nil {
		return spec.Reply{}, err
	}
	op := operationOf(c, e.Operation)
	var body any
	_ = json.Unmarshal(e.Request.JSON(), &body) // If it was not kept, nothing is shown of it.
	for _, detail := range e.Refusal.Details {
		view.Problems = append(view.Problems, problemOf(op, body, detail))
	}
	for _, fact := range e.Refusal.Facts {
		view.State = append(view.State, factView(fact))
	}
	if op != nil && c.World != nil {
		view.Corrected = p.correct(c, op, e)
	}
	return call.Answer(http.StatusOK, view)
}

// ruleOf returns the rule of an id; nil if there is none.
func ruleOf(id string) (*ruleView, error) {
	rules, err := spec.Rules()
	if err != nil {
		return nil, err
	}
	for _, rule := range rules {
		if rule.ID == id {
			return &ruleView{ID: rule.ID, Grade: rule.Grade, Statement: rule.Statement, Setting: rule.Setting}, nil
		}
	}
	return nil, nil //nolint:nilnil // An internal error breaks no rule of the service.
}

// operationOf returns an operation of any document; nil if there is none.
func operationOf(c *engine.ControlCall, id string) *spec.Operation {
	for _, document := range c.Server.Documents() {
		if op, ok := document.Operation(id); ok {
			return op
		}
	}
	return nil
}

// problemOf returns a detail of a refusal with what the body has at its place.
func problemOf(op *spec.Operation, body any, detail spec.Detail) problemView {
	view := problemView{Field: detail.Field, Type: detail.Type, Expected: detail.Message}
	if op == nil {
		return view
	}
	if in, _ := op.Parameter(detail.Field); in != "" {
		return view
	}
	if !op.TakesBody() || detail.Field == "body" {
		return view
	}
	path := strings.Split(detail.Field, ".")
	view.Pointer, view.Found = "/"+strings.Join(path, "/"), at(body, path)
	return view
}

// at returns the value at a path of a JSON value; nil if there is none.
func at(value any, path []string) any {
	for _, name := range path {
		switch inside := value.(type) {
		case map[string]any:
			value = inside[name]
		case []any:
			index, err := strconv.Atoi(name)
			if err != nil || index < 0 || index >= len(inside) {
				return nil
			}
			value = inside[index]
		default:
			return nil
		}
	}
	return value
}
