package spec_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"standin/spec"
)

// example is an example of the document. Its body is that of a request if status is 0, otherwise that of an answer.
type example struct {
	op        *spec.Operation
	status    int
	mediaType string
	body      string
}

// examples returns all examples of the operations. It reads the files itself and does not use Load.
func examples(tb testing.TB) []example {
	tb.Helper()
	loader := openapi3.NewLoader()
	loader.IsExternalRefsAllowed = true
	loader.ReadFromURIFunc = func(_ *openapi3.Loader, at *url.URL) ([]byte, error) { return os.ReadFile(at.Path) }
	var all []example
	add := func(op *spec.Operation, status int, content openapi3.Content) {
		for mediaType, media := range content {
			values := []any{media.Example}
			for _, ref := range media.Examples {
				values = append(values, ref.Value.Value)
			}
			for _, value := range values {
				if value == nil {
					continue
				}
				body, err := json.Marshal(value)
				if err != nil {
					tb.Fatal(err)
				}
				all = append(all, example{op, status, mediaType, string(body)})
			}
		}
	}
	for _, d := range documents(tb) {
		kin, err := loader.LoadFromURI(&url.URL{Path: d.Name})
		if err != nil {
			tb.Fatal(err)
		}
		for _, op := range d.Operations {
			declared := kin.Paths.Value(op.Path).GetOperation(op.Method)
			if declared.RequestBody != nil {
				add(op, 0, declared.RequestBody.Value.Content)
			}
			for code, ref := range declared.Responses.Map() {
				status, err := strconv.Atoi(code)
				if err != nil {
					tb.Fatal(err)
				}
				add(op, status, ref.Value.Content)
			}
		}
	}
	return all
}

func TestExamplesMeetTheDocument(t *testing.T) {
	t.Parallel()
	r := router(t)
	shown := map[string]int{}
	for _, one := range examples(t) {
		shown[one.op.ID+" "+strconv.Itoa(one.status)]++
		if one.status > 0 {
			if problems := one.op.CheckAnswer(one.status, http.Header{"Content-Type": {one.mediaType}}, []byte(one.body)); len(problems) > 0 {
				t.Errorf("%s %d: %v: %s", one.op.ID, one.status, problems, one.body)
			}
			continue
		}
		target := strings.NewReplacer("{tenant}", "acme", "{addressId}", "a").Replace(one.op.Path)
		checked := check(t, r, one.op.Method, target, one.mediaType, one.body)
		for _, d := range slices.Concat(checked.Problems, checked.Warnings) {
			if d.Field != "session-id" { // It is a header.
				t.Errorf("%s: %v: %s", one.op.ID, d, one.body)
			}
		}
	}
	for _, d := range documents(t) {
		for _, op := range d.Operations {
			takes := len(op.MediaTypes()) > 0 && op.ID != "serviceToken" // The example of a form is not JSON.
			if takes && shown[op.ID+" 0"] == 0 {
				t.Errorf("%s shows no body of a request", op.ID)
			}
			for _, status := range op.Statuses() {
				_, err := op.Seal(spec.Reply{Status: status})
				if hasBody := err != nil; hasBody && shown[op.ID+" "+strconv.Itoa(status)] == 0 {
					t.Errorf("%s shows no answer %d", op.ID, status)
				}
			}
		}
	}
}

// An undeclared member is reported in every object of every answer, at any depth.
func TestNoAnswerHasRoomForMore(t *testing.T) {
	t.Parallel()
	const odd = "nobodyDeclaredThis"
	places := 0
	for _, one := range examples(t) {
		if one.status == 0 {
			continue
		}
		var body any
		if err := json.Unmarshal([]byte(one.body), &body); err != nil {
			t.Fatal(err)
		}
		try := func(at string, object map[string]any) {
			object[odd] = 1
			defer delete(object, odd)
			_, err := one.op.Seal(spec.Reply{Status: one.status, Body: body})
			switch free := at == "mixins" || at == "context" || strings.HasSuffix(at, "mixins") && !strings.HasSuffix(at, "metadata.mixins"); {
			case free && err != nil:
				t.Errorf("%s %d: %q takes free values, but %v", one.op.ID, one.status, at, err)
			case !free && (err == nil || !strings.Contains(err.Error(), odd)):
				t.Errorf("%s %d: %q takes what nobody declared: %v", one.op.ID, one.status, at, err)
			}
			places++
		}
		if object, ok := body.(map[string]any); ok {
			try("", object)
		}
		eachPlace(body, "", func(at string, _ func(any)) {
			if object, ok := lookup(body, at).(map[string]any); ok {
				try(at, object)
			}
		})
	}
	if places < 150 {
		t.Errorf("only %d objects were tried", places)
	}
}

// lookup returns the value at a place of a value.
func lookup(value any, at string) any {
	for name := range strings.SplitSeq(at, ".") {
		switch now := value.(type) {
		case map[string]any:
			value = now[name]
		case []any:
			i, err := strconv.Atoi(name)
			if err != nil || i >= len(now) {
				return nil
			}
			value = now[i]
		}
	}
	return value
}

// The members that an answer must have are listed here, independently of the document.
func TestAnswersMustBeComplete(t *testing.T) {
	t.Parallel()
	const tokens = "accessToken expiresIn refreshToken refreshTokenExpiresIn"
	want := map[string]string{
		"getProfile 200": "accounts businessModel customerNumber id metadata mixins preferredCurrency preferredLanguage preferredSite",
		"getAddress 200": "id isDefault metadata mixins tags", "signup 201": "id", "assignAccount 201": "id", "addAddress 201": "id",
		"socialLogin 200": "customerNumber", "login 200": tokens + " saasToken", "confirmOptIn 200": tokens + " saasToken", "refreshToken 200": tokens,
		"anonymousLogin 200": "access_token expires_in refresh_token refresh_token_expires_in scope sessionId token_type",
		"serviceToken 200":   "access_token expires_in refresh_token refresh_token_expires_in scope session_idle_time token_type", "validateToken 200": "expires_in scope token_type",
		"getScopes 200": "scopes userId", "getSessionContext 200": "currency language metadata sessionId siteCode targetLocation",
		"login 400": "message status type", "login 401": "message status type", "signup 409": "message status type", "getAddress 404": "message status type",
		"logout 401": "fault",
	}
	for _, one := range examples(t) {
		key := one.op.ID + " " + strconv.Itoa(one.status)
		var body map[string]any
		if want[key] == "" || json.Unmarshal([]byte(one.body), &body) != nil {
			continue
		}
		var needed []string
		for _, name := range sortedNames(body) {
			value := body[name]
			delete(body, name)
			if _, err := one.op.Seal(spec.Reply{Status: one.status, Body: body}); err != nil {
				needed = append(needed, name)
			}
			body[name] = nil
			if _, err := one.op.Seal(spec.Reply{Status: one.status, Body: body}); err == nil {
				t.Errorf("%s: %s may be null", key, name)
			}
			body[name] = value
		}
		expected := strings.Fields(want[key])
		slices.Sort(expected)
		if !slices.Equal(needed, expected) {
			t.Errorf("%s: needed are %v, want %v", key, needed, expected)
		}
		delete(want, key)
	}
	for key := range want {
		t.Errorf("%s has no example", key)
	}
}
