package enginetest

import (
	"net/http"
	"net/http/httptest"
)

// Transport returns a transport that calls a handler in the same process, without a network.
func Transport(handler http.Handler) http.RoundTripper { return transport{handler} }

type transport struct{ http.Handler }

// RoundTrip calls the handler.
func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	received := r.Clone(r.Context())
	if received.Body == nil {
		received.Body = http.NoBody
	}
	received.RequestURI, received.RemoteAddr = r.URL.RequestURI(), "127.0.0.1:1"
	if received.Host == "" {
		received.Host = r.URL.Host
	}
	recorder := httptest.NewRecorder()
	t.ServeHTTP(recorder, received)
	answer := recorder.Result()
	if r.Method == http.MethodHead {
		answer.Body = http.NoBody // As in net/http.
	}
	answer.Request = r
	return answer, nil
}
