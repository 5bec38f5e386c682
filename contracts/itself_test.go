package contracts

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/ginkgo/v2"

	"standin/contracts/suite"
	"standin/engine/enginetest"
)

// faulty returns the sections of suites by their faults. A run needs its own process.
func faulty() map[string][]suite.Section {
	plus := func(describe func(*suite.Suite)) []suite.Section {
		return append(sections(), describe)
	}
	return map[string][]suite.Section{
		"nothing":                sections(),
		"a rule without a spec":  {specs{}.Login, specs{}.Wire},
		"a spec without a rule":  plus(func(*suite.Suite) { It("holds no rule", func() {}) }),
		"a spec of another rule": plus(func(*suite.Suite) { It("holds an unknown rule", Label("NO-SUCH-RULE"), func() {}) }),
		"a node of the suite":    plus(func(*suite.Suite) { AfterSuite(func() { Fail("cannot clean up") }) }),
	}
}

// faultVariable makes the test binary run the suite with a fault against the server at STANDIN_URL.
const faultVariable = "SUITE_FAULT"

// roles are what the test binary does in place of its tests, by the variable that asks for it. They are given its value and return
// the exit code.
var roles = map[string]func(string) int{
	faultVariable: func(fault string) int { return faultyRun(os.Getenv("STANDIN_URL"), fault) },
}

func TestMain(m *testing.M) {
	for variable, run := range roles {
		if value, ok := os.LookupEnv(variable); ok {
			os.Exit(run(value))
		}
	}
	os.Exit(m.Run())
}

func faultyRun(url, fault string) int {
	target := suite.Target{URL: url, ControlURL: url, ClientID: "storefront"}
	result, err := suite.VerifySections(target, suite.Run{Focus: "names no field of what was wrong", Now: time.Now()}, faulty()[fault])
	fmt.Println(result.Text(), err)
	if err != nil {
		return 99
	}
	if !result.Holds() {
		return 1
	}
	return 0
}

// A run of few specs fails if the suite itself is at fault, and says what to do.
func TestARunFailsIfTheSuiteIsAtFault(t *testing.T) {
	server := enginetest.Run(t)
	for fault, says := range map[string]string{
		"nothing":                " 0 failed",
		"a rule without a spec":  "no spec has the label SIGNUP-CONTACT: add a spec of this rule to contracts",
		"a spec without a rule":  "the spec has no rule as a label, add one: holds no rule",
		"a spec of another rule": "the spec has the label NO-SUCH-RULE, which is not a rule of spec/rules.yaml: holds an unknown rule",
		"a node of the suite":    "cannot clean up",
	} {
		command := exec.CommandContext(t.Context(), os.Args[0])
		command.Env = append(os.Environ(), faultVariable+"="+fault, "STANDIN_URL="+server.URL)
		output, err := command.CombinedOutput()
		if ended, ok := errors.AsType[*exec.ExitError](err); err != nil && !ok {
			t.Fatal(err, ended)
		}
		want := 1
		if fault == "nothing" {
			want = 0
		}
		if code := command.ProcessState.ExitCode(); code != want || !strings.Contains(string(output), says) || strings.Contains(string(output), "does not hold") {
			t.Errorf("%s: the run ends with %d and says %s", fault, code, output)
		}
	}
}
