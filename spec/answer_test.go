package spec_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"standin/spec"
)

func operation(tb testing.TB, id string) *spec.Operation {
	tb.Helper()
	for _, d := range documents(tb) {
		if op, ok := d.Operation(id); ok {
			return op
		}
	}
	tb.Fatalf("no operation %s", id)
	return nil
}

func problem(status int) map[string]any {
	return map[string]any{"type": "x", "status": status, "message": "x"}
}

func TestSealRefuses(t *testing.T) {
	t.Parallel()
	fault := map[string]any{"fault": map[string]any{"faultstring": "x", "detail": map[string]any{"errorcode": "x"}}}
	for name, one := range map[string]struct {
		operation string
		reply     spec.Reply
		want      string // fields of the problems; "" for none
	}{
		"an undocumented status":         {"login", spec.Reply{Status: 201, Body: map[string]any{"id": "1"}}, "status"},
		"a body where none is":           {"logout", spec.Reply{Status: 204, Body: map[string]any{}}, "body"},
		"no body where one is":           {"signup", spec.Reply{Status: 201}, "Content-Type"},
		"a missing member":               {"signup", spec.Reply{Status: 201, Body: map[string]any{}}, "id"},
		"an undeclared member":           {"signup", spec.Reply{Status: 201, Body: map[string]any{"id": "1", "x": 1}}, "x"},
		"one in a list":                  {"login", spec.Reply{Status: 400, Body: map[string]any{"type": "x", "status": 400, "message": "x", "details": []any{map[string]any{"field": "a", "type": "b", "message": "c", "value": "d"}}}}, "details.0.value"},
		"one in one of two forms":        {"login", spec.Reply{Status: 401, Body: map[string]any{"type": "x", "status": 401, "message": "x", "x": 1}}, "x"},
		"neither of two forms":           {"login", spec.Reply{Status: 401, Body: map[string]any{"x": 1}}, "body"},
		"the gateway's words for a 404":  {"getAddress", spec.Reply{Status: 404, Body: fault}, "type"},
		"ordinary words for the gateway": {"getProfile", spec.Reply{Status: 401, Body: problem(401)}, "fault"},
		"half of the token names":        {"login", spec.Reply{Status: 200, Body: map[string]any{"accessToken": strings.Repeat("a", 28), "saasToken": "x"}}, "body"},
		"what cannot be encoded":         {"signup", spec.Reply{Status: 201, Body: map[string]any{"id": "\xff"}}, "body"},
		"a good answer":                  {"signup", spec.Reply{Status: 201, Body: map[string]any{"id": "1"}}, ""},
		"a good refusal":                 {"login", spec.Reply{Status: 401, Body: problem(401)}, ""},
		"a good fault":                   {"login", spec.Reply{Status: 401, Body: fault}, ""},
		"a good silence":                 {"logout", spec.Reply{Status: 204}, ""},
	} {
		_, err := operation(t, one.operation).Seal(one.reply)
		broken, _ := errors.AsType[*spec.ContractError](err)
		switch {
		case one.want == "" && err != nil:
			t.Errorf("%s: %v", name, err)
		case one.want != "" && (broken == nil || broken.Problems[0].Field != one.want):
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestEmptyObjectsFailEveryAnswer(t *testing.T) {
	t.Parallel()
	for _, d := range documents(t) {
		for _, op := range d.Operations {
			for _, status := range op.Statuses() {
				header := http.Header{"Content-Type": {"application/json"}}
				if len(op.CheckAnswer(status, header, []byte(`{}`))) == 0 {
					t.Errorf("%s %d takes {}", op.ID, status)
				}
			}
		}
	}
}

func TestFrames(t *testing.T) {
	t.Parallel()
	d := documents(t)[0]
	for frame, status := range map[string]int{
		"UnknownPath": 404, "ContentTooLarge": 413, "UnsupportedMediaType": 415, "MethodNotImplemented": 501, "InternalError": 500,
	} {
		if _, err := d.SealFrame(frame, spec.Reply{Status: status, Body: problem(status)}); err != nil {
			t.Error(err)
		}
	}
	if _, err := d.SealFrame("MethodNotAllowed", spec.Reply{Status: 405, Body: problem(405)}); err == nil {
		t.Error("a 405 without Allow passes")
	}
	if _, err := d.SealFrame("MethodNotAllowed", spec.Reply{Status: 405, Header: http.Header{"Allow": {"GET"}}, Body: problem(405)}); err != nil {
		t.Error(err)
	}
	if _, err := d.SealFrame("NoSuchFrame", spec.Reply{Status: 404, Body: problem(404)}); err == nil {
		t.Error("a frame that is not there passes")
	}
}

func BenchmarkSeal(b *testing.B) {
	op := operation(b, "getAddress")
	body := map[string]any{
		"id": "b05c20e034", "isDefault": true, "tags": []string{"A"}, "mixins": map[string]any{},
		"metadata": map[string]any{"version": 1, "mixins": map[string]any{}}, "city": "Berlin", "street": "Platz der Republik",
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := op.Seal(spec.Reply{Status: 200, Body: body}); err != nil {
			b.Fatal(err)
		}
	}
}

func TestAnswerMembers(t *testing.T) {
	members := operation(t, "login").AnswerMembers(http.StatusOK)
	if len(members["token_type"]) != 1 || len(members["token_type"][0].Check("Bearer")) > 0 || len(members["token_type"][0].Check("x")) == 0 || members["fault"] != nil {
		t.Errorf("a login answers %v", members)
	}
	if refused := operation(t, "login").AnswerMembers(http.StatusUnauthorized); refused["errorcode"] == nil || refused["message"] == nil {
		t.Errorf("a refused login answers %v", refused)
	}
	if none := operation(t, "login").AnswerMembers(http.StatusTeapot); len(none) > 0 {
		t.Errorf("an undocumented status has %v", none)
	}
}
