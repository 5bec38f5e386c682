package contracts_test

import (
	"os"
	"strconv"
	"testing"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"standin/contracts"
	"standin/contracts/suite"
	"standin/engine/enginetest"
)

// The specs hold for the service over TCP. That they hold for its handler without a network, a test of engine/service shows.
func TestContracts(t *testing.T) {
	server := enginetest.Run(t)
	checks, _ := strconv.Atoi(os.Getenv("STANDIN_MODEL_CHECKS")) // 0 tries a few.
	RegisterFailHandler(Fail)
	err := contracts.Register(suite.Target{URL: server.URL, ControlURL: server.URL, ClientID: "storefront", ModelChecks: checks})
	if err != nil {
		t.Fatal(err)
	}
	config, reporter := GinkgoConfiguration()
	config.RandomizeAllSpecs = true
	RunSpecs(t, "The contract of the customer service", config, reporter)
}
