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

// The specs hold for the service over TCP, and for its handler without a network.
func TestContracts(t *testing.T) {
	server := enginetest.Run(t)
	checks, _ := strconv.Atoi(os.Getenv("STANDIN_MODEL_CHECKS")) // 0 tries a few.
	RegisterFailHandler(Fail)
	for _, target := range []suite.Target{
		{Name: "over TCP:", URL: server.URL, ControlURL: server.URL, ClientID: "storefront", ModelChecks: checks},
		{Name: "in process:", URL: "http://standin.test", ControlURL: "http://localhost", ClientID: "storefront", ModelChecks: checks, Transport: enginetest.Transport(server.Engine)},
	} {
		if err := contracts.Register(target); err != nil {
			t.Fatal(err)
		}
	}
	config, reporter := GinkgoConfiguration()
	config.RandomizeAllSpecs = true
	RunSpecs(t, "The contract of the customer service", config, reporter)
}
