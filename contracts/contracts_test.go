package contracts_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"testing"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"standin/contracts"
	"standin/engine/enginetest"
)

// The suite holds the service over TCP, and its handler without a network.
func TestContracts(t *testing.T) {
	server := enginetest.Run(t)
	checks, _ := strconv.Atoi(os.Getenv("STANDIN_MODEL_CHECKS")) // 0 tries a few.
	RegisterFailHandler(Fail)
	for _, target := range []contracts.Target{
		{Name: "over TCP:", URL: server.URL, ControlURL: server.URL, ClientID: "storefront", ModelChecks: checks},
		{Name: "in process:", URL: "http://standin.test", ControlURL: "http://localhost", ClientID: "storefront", ModelChecks: checks, Transport: handler{server.Engine}},
	} {
		if err := contracts.Register(target); err != nil {
			t.Fatal(err)
		}
	}
	suite, reporter := GinkgoConfiguration()
	suite.RandomizeAllSpecs = true
	RunSpecs(t, "The contract of the customer service", suite, reporter)
}

// handler is a transport to a handler in the same process.
type handler struct{ http.Handler }

func (h handler) RoundTrip(r *http.Request) (*http.Response, error) {
	received := r.Clone(r.Context())
	if received.Body == nil {
		received.Body = http.NoBody
	}
	received.RequestURI, received.RemoteAddr = r.URL.RequestURI(), "127.0.0.1:1"
	if received.Host == "" {
		received.Host = r.URL.Host
	}
	recorder := httptest.NewRecorder()
	h.ServeHTTP(recorder, received)
	answer := recorder.Result()
	if r.Method == http.MethodHead {
		answer.Body = http.NoBody // As net/http has it.
	}
	answer.Request = r
	return answer, nil
}
