//go:build !race

package contracts

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	. "github.com/onsi/ginkgo/v2"
	"github.com/onsi/ginkgo/v2/types"
	. "github.com/onsi/gomega"

	"standin/contracts/suite"
	"standin/engine/enginetest"
)

// measureVariable makes the test binary run all specs against a server without the control API, and write the costs of
// those that came to a verdict to the file that it names.
const measureVariable = "SUITE_MEASURE"

func init() { roles[measureVariable] = measuredRun } //nolint:gochecknoinits // This file is not part of every build.

// cost is what a spec costs a server without the control API, and what it judges there.
type cost struct {
	Spec      string
	Rules     []string
	Requests  int
	Customers int
	Smoke     bool
}

// ends is the test that ginkgo is given.
type ends struct{}

func (ends) Fail() {}

// measuredRun writes the costs to the file and returns the exit code.
func measuredRun(file string) int {
	server, err := enginetest.Start()
	if err != nil {
		panic(err)
	}
	target := suite.Target{URL: "http://standin.test", Tenant: "demo", ClientID: "shop", Transport: enginetest.Transport(server.Engine)}
	if err := Register(target); err != nil {
		panic(err)
	}
	RegisterFailHandler(Fail)
	ReportAfterSuite("what each spec costs", func(report Report) {
		var costs []cost
		for _, one := range report.SpecReports.WithState(types.SpecStatePassed).WithLeafNodeType(types.NodeTypeIt) {
			costs = append(costs, costOf(one))
		}
		text, err := json.Marshal(costs)
		Expect(err).NotTo(HaveOccurred())
		Expect(os.WriteFile(file, text, 0o600)).To(Succeed())
	})
	if !RunSpecs(ends{}, "all that can be judged") {
		return 1
	}
	return 0
}

// costOf returns the cost of a spec that passed.
func costOf(one SpecReport) cost {
	costs := cost{Spec: one.FullText(), Smoke: slices.Contains(one.Labels(), suite.Smoke)}
	for _, label := range one.Labels() {
		if label != suite.Smoke && !slices.Contains(suite.Grades(), label) {
			costs.Rules = append(costs.Rules, label)
		}
	}
	for _, entry := range one.ReportEntries {
		switch entry.Name {
		case "exchange":
			costs.Requests++
		case "signup 201 application/json":
			costs.Customers++
		}
	}
	return costs
}

// adds returns the number of the spec's rules that are not judged yet.
func (c cost) adds(judged map[string]bool) int {
	count := 0
	for _, rule := range c.Rules {
		if !judged[rule] {
			count++
		}
	}
	return count
}

// choose returns the specs that judge the most new rules for their share of the bounds, until the bounds are used up.
func choose(all []cost, most suite.Bounds) []cost {
	judged := map[string]bool{}
	var chosen []cost
	for requests, customers := 0, 0; ; {
		best, price := -1, 0.0
		for i, one := range all {
			added := one.adds(judged)
			if added == 0 || requests+one.Requests > most.Requests || customers+one.Customers > most.Customers {
				continue
			}
			its := (float64(one.Requests)/float64(most.Requests) + float64(one.Customers)/float64(most.Customers)) / float64(added)
			if best < 0 || its < price {
				best, price = i, its
			}
		}
		if best < 0 {
			return chosen
		}
		one := all[best]
		chosen, requests, customers = append(chosen, one), requests+one.Requests, customers+one.Customers
		for _, rule := range one.Rules {
			judged[rule] = true
		}
	}
}

// sums returns what specs cost together, and the rules that they judge.
func sums(all []cost) (int, int, []string) {
	var requests, customers int
	var rules []string
	for _, one := range all {
		requests, customers, rules = requests+one.Requests, customers+one.Customers, append(rules, one.Rules...)
	}
	slices.Sort(rules)
	return requests, customers, slices.Compact(rules)
}

// The specs of a short run keep its bounds and judge as many rules as those that a greedy choice finds. The choice leaves out what
// a short run must not do to a server that others use: races, failed logins in a row, and tokens for back ends.
func TestAShortRunJudgesWhatItCan(t *testing.T) {
	file := filepath.Join(t.TempDir(), "costs.json")
	command := exec.CommandContext(t.Context(), os.Args[0], "-ginkgo.seed=1")
	command.Env = append(os.Environ(), measureVariable+"="+file)
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	text, err := os.ReadFile(file)
	var all []cost
	if err != nil || json.Unmarshal(text, &all) != nil {
		t.Fatalf("the costs are not there: %v", err)
	}
	slices.SortFunc(all, func(one, other cost) int { return strings.Compare(one.Spec, other.Spec) })
	labeled := slices.DeleteFunc(slices.Clone(all), func(one cost) bool { return !one.Smoke })
	possible := slices.DeleteFunc(slices.Clone(all), func(one cost) bool {
		return strings.Contains(one.Spec, "many at once") ||
			slices.ContainsFunc(one.Rules, func(rule string) bool { return rule == "LOGIN-LOCK" || rule == "SERVICE-TOKEN" || rule == "SOCIAL" })
	})
	most := suite.SmokeBounds()
	most.Requests -= 2 // Before the first spec, for STANDIN_CUSTOMER.
	most.Customers--   // With all of them made, a run tries no sign-up, not even one that is refused.
	requests, customers, rules := sums(labeled)
	_, _, of := sums(all)
	t.Logf("%d of %d rules in %d requests with %d new customers", len(rules), len(of), requests, customers)
	if requests > most.Requests || customers > most.Customers {
		t.Errorf("a short run has %d requests and %d new customers, and may have %d and %d", requests, customers, most.Requests, most.Customers)
	}
	better := choose(possible, most)
	if _, _, found := sums(better); len(found) > len(rules) {
		t.Errorf("a short run judges %d rules, and with other labels %d; %v is not among\n%v\nfor example:", len(rules), len(found), rules, found)
		for _, one := range better {
			t.Errorf("%v %s", one.Rules, one.Spec)
		}
	}
}
