package control_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

const hookSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

// receiver is a back end that receives events. It checks their signatures.
type receiver struct {
	*testing.T
	url    string
	mu     sync.Mutex
	status int
	got    []received
}

type received struct {
	id, kind, body string
}

func newReceiver(t *testing.T) *receiver {
	t.Helper()
	r := &receiver{T: t, status: http.StatusNoContent}
	server := httptest.NewServer(r)
	t.Cleanup(server.Close)
	r.url = server.URL + "/hooks?key=1"
	return r
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	body, _ := io.ReadAll(request.Body)
	verifier, _ := standardwebhooks.NewWebhook(hookSecret)
	if err := verifier.Verify(body, request.Header); err != nil {
		r.Errorf("%s: %v", body, err)
	}
	if request.Method != http.MethodPost || request.URL.RequestURI() != "/hooks?key=1" || request.Header.Get("Content-Type") != "application/json" {
		r.Errorf("%s %s with %v", request.Method, request.URL, request.Header)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.got = append(r.got, received{request.Header.Get("Webhook-Id"), request.Header.Get("Standin-Event"), string(body)})
	w.WriteHeader(r.status)
}

func (r *receiver) answers(status int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.status = status
}

func (r *receiver) all() []received {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.got)
}

// kinds returns the types of the events that were received, in order.
func (r *receiver) kinds() []string {
	var kinds []string
	for _, one := range r.all() {
		kinds = append(kinds, one.kind)
	}
	return kinds
}
