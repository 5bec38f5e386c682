package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// difference is a kind of difference from the vendor's documents.
type difference struct {
	Operation string // id of the operation here; method and path if there is none
	What      string
}

func (d difference) String() string { return d.Operation + ": " + d.What }

// judged returns the differences of exchanges from the facts, each with the number of exchanges that show it.
func (f facts) judged(exchanges []exchange) map[difference]int {
	all := map[difference]int{}
	met := map[difference]bool{} // values of answers, by operation and path
	judged := map[string]*operation{}
	for _, e := range exchanges {
		op := f[e.at]
		if op == nil {
			all[difference{e.op.ID, "is not in their document"}]++
			continue
		}
		judged[e.op.ID] = op
		for _, what := range slices.Concat(op.judgeRequest(&e), op.judgeAnswer(&e, met)) {
			all[difference{e.op.ID, what}]++
		}
	}
	for id, op := range judged {
		for _, what := range op.unmet(func(path string) bool { return met[difference{id, path}] }) {
			all[difference{id, what}]++
		}
	}
	return all
}

// unmet returns the values of good answers that no answer has had, but for those in such a value.
func (op *operation) unmet(met func(path string) bool) []string {
	var all []string
	for status, forms := range op.Answers {
		for path := range forms {
			at := func(path string) string { return fmt.Sprintf("%d %s", status, path) }
			if status < http.StatusBadRequest && !met(at(path)) && met(at(above(path))) {
				all = append(all, fmt.Sprintf("never answers %d with %s", status, path))
			}
		}
	}
	return all
}

// above returns the path of the value that a value is in.
func above(path string) string {
	if outer, is := strings.CutSuffix(path, "[]"); is {
		return outer
	}
	return path[:max(0, strings.LastIndex(path, "."))]
}

// judgeAnswer returns the differences of an answer, and adds the paths of its members to met.
func (op *operation) judgeAnswer(e *exchange, met map[difference]bool) []string {
	status := e.answer.Status
	forms, documented := op.Answers[status]
	body := decode(e.answer.Header.Get("Content-Type"), e.answer.Body)
	switch {
	case !documented:
		return []string{fmt.Sprintf("answers %d", status)}
	case len(forms) == 0 && len(e.answer.Body) > 0:
		return []string{fmt.Sprintf("answers %d with a body", status)}
	case len(forms) == 0:
		return nil
	case len(e.answer.Body) == 0:
		return []string{fmt.Sprintf("answers %d without a body", status)}
	}
	var all []string
	forms.walk("", body, func(path string) { met[difference{e.op.ID, fmt.Sprintf("%d %s", status, path)}] = true }, func(path, what string) {
		all = append(all, strings.Join(strings.Fields(fmt.Sprintf("answers %d: %s %s", status, path, what)), " "))
	})
	return all
}

// judgeRequest returns in what a request that was accepted breaks the facts, or what of a request was refused that they allow.
func (op *operation) judgeRequest(e *exchange) []string {
	var broken []string
	note := func(path, what string) { broken = append(broken, strings.TrimSpace(path)+" "+what) }
	for place, f := range op.Parameters {
		in, name, _ := strings.Cut(place, " ")
		value, given := e.parameter(in, name)
		switch {
		case !given && f.Required:
			note(place, "is missing")
		case given && f.breaksParameter(value) != "":
			note(place, f.breaksParameter(value))
		}
	}
	media, _, _ := mime.ParseMediaType(e.answer.Request.Header.Get("Content-Type"))
	if op.Body != nil && len(e.sent) > 0 {
		if !slices.Contains(op.Media, media) {
			note("body", "is not of its media types")
		} else {
			op.Body.walk("", decode(media, e.sent), func(string) {}, func(path, what string) {
				if what != unknown {
					note("body "+path, what)
				}
			})
		}
	}
	return verdict(e, broken)
}

// verdict returns the differences of a request that breaks the facts in some ways.
func verdict(e *exchange, broken []string) []string {
	switch status := e.answer.Status; {
	case status < http.StatusBadRequest:
		for i := range broken {
			broken[i] = "accepts: " + broken[i]
		}
		return broken
	case len(broken) > 0 || status != http.StatusBadRequest:
		return nil
	}
	var refusal struct {
		Message string            `json:"message"`
		Details []json.RawMessage `json:"details"`
	}
	_ = json.Unmarshal(e.answer.Body, &refusal) // An answer in another form has no details.
	all := []string{}
	for _, one := range refusal.Details {
		if refused := refusedField(one); refused != "" {
			all = append(all, "refuses: "+refused)
		}
	}
	if len(refusal.Details) == 0 {
		all = append(all, "refuses: "+refusal.Message)
	}
	return all
}

// refusedField returns the field of a detail and what is wrong with it; "" if it is refused for what is stored, since no document
// says that. In the form of the platform's other services a detail is a text.
func refusedField(raw json.RawMessage) string {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return text
	}
	var detail struct {
		Field string `json:"field"`
		Type  string `json:"type"`
	}
	_ = json.Unmarshal(raw, &detail) // It has been held to our document.
	ofState := []string{"value", "gone"}
	if slices.Contains(ofState, detail.Type) || strings.HasPrefix(detail.Field, "Standin-") {
		return ""
	}
	return detail.Field + " " + detail.Type
}

// parameter returns the value of a parameter of the request, and whether there is one.
func (e *exchange) parameter(in, name string) (string, bool) {
	switch in {
	case "path":
		value, ok := e.match.Path[name]
		return value, ok
	case "query":
		return e.query().Get(name), e.query().Has(name)
	}
	return e.answer.Request.Header.Get(name), e.answer.Request.Header.Get(name) != ""
}

// unknown is said of a member that the facts do not have.
const unknown = "is not in their document"

// walk calls met with the path of every value that has a form, and note with every difference.
func (v values) walk(path string, value any, met func(path string), note func(path, what string)) {
	f, known := v[path]
	if !known {
		note(path, unknown)
		return
	}
	met(path)
	if what := f.breaks(value); what != "" {
		note(path, what)
		return
	}
	switch value := value.(type) {
	case map[string]any:
		v.walkMembers(path, value, met, note)
	case []any:
		for _, one := range value {
			v.walk(inside(path, list), one, met, note)
		}
	}
}

// walkMembers is walk for what is in an object or a map.
func (v values) walkMembers(path string, members map[string]any, met func(path string), note func(path, what string)) {
	for name, member := range members {
		if at, judged := v.member(path, name); judged {
			v.walk(at, member, met, note)
		}
	}
	for _, name := range v.required(path) {
		if _, given := members[name]; !given {
			note(below(path, name), "is missing")
		}
	}
}

// member returns the path of the form of a member, and whether the member is judged: those of a map are only if they have a form.
func (v values) member(path, name string) (string, bool) {
	if v[path].Type == object {
		return below(path, name), true
	}
	_, known := v[inside(path, free)]
	return inside(path, free), known
}

// required returns the names of the required members of an object.
func (v values) required(path string) []string {
	var names []string
	for at, f := range v {
		if name := at[strings.LastIndex(at, ".")+1:]; f.Required && at == below(path, name) {
			names = append(names, name)
		}
	}
	return names
}

// decode returns the value of a body: the members of a form, or JSON. It returns the text of a body that is neither.
func decode(media string, body []byte) any {
	if media == "application/x-www-form-urlencoded" {
		sent, _ := url.ParseQuery(string(body))
		form := map[string]any{}
		for name := range sent {
			form[name] = sent.Get(name)
		}
		return form
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil || decoder.More() {
		return string(body)
	}
	return value
}
