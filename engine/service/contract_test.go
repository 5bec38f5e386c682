package service_test

import (
	"testing"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega"

	"standin/contracts"
	"standin/contracts/suite"
	"standin/engine/enginetest"
)

// The specs of the contract hold for the handlers, in process: a handler that breaks a rule fails its own package.
// -ginkgo.label-filter selects the specs of one rule.
func TestContract(t *testing.T) {
	t.Parallel()
	server := enginetest.New(t)
	gomega.RegisterFailHandler(ginkgo.Fail)
	err := contracts.Register(suite.Target{
		URL: "http://standin.test", ControlURL: "http://localhost", ClientID: "storefront", Transport: enginetest.Transport(server),
	})
	if err != nil {
		t.Fatal(err)
	}
	config, reporter := ginkgo.GinkgoConfiguration()
	config.RandomizeAllSpecs = true
	ginkgo.RunSpecs(t, "The contract of the customer service", config, reporter)
	if n := server.Violations(); n > 0 {
		t.Errorf("the server answered %d times with a fault of its own; its log is above", n)
	}
}
