package contracts

import (
	"reflect"
	"strings"

	"github.com/onsi/ginkgo/v2"

	"standin/contracts/suite"
)

// Register adds the specs for a target to ginkgo's tree. Call it before ginkgo runs, once for each target.
//
// The label filter of ginkgo selects specs by their rules, also in the tests of another package:
//
//	config, reporter := ginkgo.GinkgoConfiguration()
//	config.LabelFilter = "SIGNUP || SIGNUP-DUP"
//	ginkgo.RunSpecs(t, "sign-up", config, reporter)
func Register(target suite.Target) error { return suite.RegisterSections(target, sections()) }

// Verify runs the specs against a server, as [suite.VerifySections] does.
func Verify(target suite.Target, run suite.Run) (suite.Result, error) {
	return suite.VerifySections(target, run, sections())
}

// specs has an exported method for each section of the suite, in the file of its resource. Sections are found by their
// presence, as go test finds tests, so that a new one needs no other line.
type specs struct{}

// smokeOf returns the label of a short run for the PATCH of the operations that mean the same.
func smokeOf(operation string) ginkgo.Labels {
	if strings.HasPrefix(operation, "update") {
		return ginkgo.Label(suite.Smoke)
	}
	return nil
}

// sections returns all sections, in the order of their names.
func sections() []suite.Section {
	var all []suite.Section
	for _, method := range reflect.ValueOf(specs{}).Methods() {
		describe, ok := reflect.TypeAssert[func(*suite.Suite)](method)
		if !ok {
			panic("contracts: a method of specs does not take a suite")
		}
		all = append(all, describe)
	}
	return all
}
