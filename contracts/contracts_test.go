package contracts_test

import (
	"testing"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"standin/contracts"
	"standin/engine/enginetest"
)

func TestContracts(t *testing.T) {
	server := enginetest.Run(t)
	RegisterFailHandler(Fail)
	if err := contracts.Register(contracts.Target{URL: server.URL, ControlURL: server.URL, ClientID: "storefront"}); err != nil {
		t.Fatal(err)
	}
	suite, reporter := GinkgoConfiguration()
	suite.RandomizeAllSpecs = true
	RunSpecs(t, "The contract of the customer service", suite, reporter)
}
