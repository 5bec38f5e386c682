package spec_test

import (
	"errors"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"standin/spec"
)

func TestWhatIsSealed(t *testing.T) {
	t.Parallel()
	header := http.Header{"Retry-After": {"1"}, "Content-Type": {"text/html"}}
	sealed, err := operation(t, "login").Seal(spec.Reply{Status: 401, Header: header, Body: map[string]any{"type": "x", "status": 401, "message": "<é>"}})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := string(sealed.Body), `{"message":"<é>","status":401,"type":"x"}`; got != want {
		t.Errorf("the body is %s, want %s", got, want)
	}
	if want := (http.Header{"Retry-After": {"1"}, "Content-Type": {jsonType}}); sealed.Status != 401 || !reflect.DeepEqual(sealed.Header, want) {
		t.Errorf("the head is %d %v", sealed.Status, sealed.Header)
	}
	if header.Get("Content-Type") != "text/html" {
		t.Error("the reply's own header was changed")
	}

	empty, err := operation(t, "logout").Seal(spec.Reply{Status: 204})
	if err != nil || empty.Body != nil || len(empty.Header) > 0 || empty.Header == nil {
		t.Errorf("an answer without a body is %+v, %v", empty, err)
	}
}

// A ContractError is logged, so its text must contain no values and no secrets.
func TestAContractErrorHoldsNoValue(t *testing.T) {
	t.Parallel()
	login := operation(t, "login")
	for _, body := range []any{
		planted,
		[]any{planted},
		map[string]any{"accessToken": planted, "x": planted},
		map[string]any{"accessToken": map[string]any{"a": planted}},
		map[string]any{"accessToken": planted + "\xff"},
		map[string]any{"accessToken": func() {}},
		map[string]any{"expiresIn": planted},
	} {
		_, err := login.Seal(spec.Reply{Status: 200, Body: body})
		broken, ok := errors.AsType[*spec.ContractError](err)
		if !ok || broken.Operation != "login" || broken.Status != 200 || len(broken.Problems) == 0 {
			t.Errorf("got %v", err)
			continue
		}
		if !strings.HasPrefix(err.Error(), "spec: login answered 200: ") || strings.Contains(err.Error(), planted) {
			t.Errorf("its text is %s", err)
		}
	}
	// These are the messages for keywords that other tests do not cover.
	body := map[string]any{
		"lastLogin": planted, "businessModel": planted, "customerNumber": planted,
		"metadata": map[string]any{"version": -4242424242, "mixins": map[string]any{}},
	}
	_, err := operation(t, "getProfile").Seal(spec.Reply{Status: 200, Body: body})
	for _, want := range []string{"lastLogin must be a time such as 2026-01-31T09:00:00Z", "businessModel must be one of", "metadata.version must be at least 1", "customerNumber must match", "accounts is required"} {
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), planted) || strings.Contains(err.Error(), "42424242") {
			t.Errorf("its text is %v, want %q in it", err, want)
		}
	}
}

func TestAnswersOverTheWire(t *testing.T) {
	t.Parallel()
	const good = `{"id":"13869000"}`
	for name, one := range map[string]struct {
		operation       string
		status          int
		mediaType, body string
		want            string // fields of the problems; empty for none
	}{
		"good":                         {"signup", 201, jsonType, good, ""},
		"with a charset":               {"signup", 201, "application/json; charset=utf-8", good, ""},
		"another type":                 {"signup", 201, "text/html", good, "Content-Type"},
		"a type nearby":                {"signup", 201, "application/problem+json", good, "Content-Type"},
		"no type":                      {"signup", 201, "", good, "Content-Type"},
		"a type that cannot be read":   {"signup", 201, "application/", good, "Content-Type"},
		"nothing":                      {"signup", 201, jsonType, "", "body"},
		"a name twice":                 {"signup", 201, jsonType, `{"id":"1","id":"1"}`, "id"},
		"bytes behind it":              {"signup", 201, jsonType, good + "x", "body"},
		"cut off":                      {"signup", 201, jsonType, good[:9], "body"},
		"bad UTF-8":                    {"signup", 201, jsonType, "{\"id\":\"\xff\"}", "body"},
		"a list":                       {"signup", 201, jsonType, `[` + good + `]`, "body"},
		"null":                         {"signup", 201, jsonType, `null`, "body"},
		"a name in another case":       {"signup", 201, jsonType, `{"Id":"1"}`, "id Id"},
		"a status of another":          {"signup", 200, jsonType, good, "status"},
		"a status of HTTP's":           {"signup", 405, jsonType, good, "status"},
		"a fault of the server's":      {"signup", 500, jsonType, `{"type":"x","status":500,"message":"x"}`, "status"},
		"no status at all":             {"signup", 0, jsonType, good, "status"},
		"silence":                      {"logout", 204, "", "", ""},
		"a body in silence":            {"logout", 204, jsonType, "{}", "body"},
		"a blank in silence":           {"logout", 204, "", " ", "body"},
		"a body where 200 has none":    {"updateProfile", 200, jsonType, "{}", "body"},
		"an item too much":             {"listAddresses", 200, jsonType, `[{"id":"0123456789","isDefault":true,"tags":[],"metadata":{"version":1,"mixins":{}},"mixins":{},"x":1}]`, "0.x"},
		"a detail of a form too much":  {"login", 401, jsonType, `{"type":"x","status":401,"message":"x","details":[{"field":"a","type":"b","message":"c","value":"d"}]}`, "details.0.value"},
		"a fault of a form too much":   {"login", 401, jsonType, `{"fault":{"faultstring":"x","detail":{"errorcode":"x","x":1}}}`, "fault.detail.x"},
		"a member of the other form":   {"login", 401, jsonType, `{"type":"x","status":401,"message":"x","fault":1}`, "fault"},
		"two forms at once":            {"login", 401, jsonType, `{"type":"x","status":401,"message":"x","fault":{"faultstring":"x","detail":{"errorcode":"x"}}}`, "body"},
		"a token that is none":         {"login", 200, jsonType, `{"accessToken":"short","saasToken":"x","expiresIn":1,"refreshToken":"short","refreshTokenExpiresIn":1}`, "accessToken refreshToken"},
		"a token name of another case": {"refreshToken", 200, jsonType, `{"accessToken":"` + strings.Repeat("a", 28) + `","expiresIn":1,"refreshToken":"` + strings.Repeat("a", 32) + `","refreshTokenExpiresIn":1,"saasToken":"x"}`, "saasToken"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			header := http.Header{}
			if one.mediaType != "" {
				header.Set("Content-Type", one.mediaType)
			}
			if got := fields(operation(t, one.operation).CheckAnswer(one.status, header, []byte(one.body))); got != one.want {
				t.Errorf("got %q, want %q", got, one.want)
			}
		})
	}
}

// Frame answers belong to no operation, and no operation documents their statuses.
func TestFramesBelongToNoOperation(t *testing.T) {
	t.Parallel()
	d := documents(t)[0]
	frames := map[string]int{"UnknownPath": 404, "MethodNotAllowed": 405, "ContentTooLarge": 413, "UnsupportedMediaType": 415, "MethodNotImplemented": 501, "InternalError": 500}
	for frame, status := range frames {
		header := http.Header{"Allow": {"GET"}}
		for name, body := range map[string]any{
			"no body": nil, "no member": map[string]any{}, "one too much": map[string]any{"type": "x", "status": status, "message": "x", "x": 1}, "text": "x",
		} {
			_, err := d.SealFrame(frame, spec.Reply{Status: status, Header: header, Body: body})
			if broken, ok := errors.AsType[*spec.ContractError](err); !ok || broken.Operation != frame || broken.Status != status {
				t.Errorf("%s with %s: %v", frame, name, err)
			}
		}
		wire := http.Header{"Allow": {"GET"}, "Content-Type": {jsonType}}
		if problems := d.CheckFrame(frame, wire, []byte(`{"type":"x","status":1,"message":"x"}`)); len(problems) > 0 {
			t.Errorf("%s: %v", frame, problems)
		}
		delete(wire, "Allow")
		if got, needs := fields(d.CheckFrame(frame, wire, []byte(`{"type":"x","status":1,"message":"x"}`))), frame == "MethodNotAllowed"; (got == "Allow") != needs {
			t.Errorf("%s without Allow: %q", frame, got)
		}
		for _, op := range d.Operations {
			if status != http.StatusNotFound && op.Documents(status) {
				t.Errorf("%s documents %d", op.ID, status)
			}
		}
	}
	if got := fields(d.CheckFrame("NoSuchFrame", http.Header{}, nil)); got != "status" {
		t.Errorf("a frame that is not there: %q", got)
	}
}
