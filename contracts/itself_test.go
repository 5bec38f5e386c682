package contracts

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	. "github.com/onsi/ginkgo/v2"
	"github.com/onsi/ginkgo/v2/types"

	"standin/engine/enginetest"
	"standin/spec"
)

// broken has what may be wrong with the suite itself. A run of it needs a process of its own.
func broken() map[string]func(*suite) {
	return map[string]func(*suite){
		"nothing":                func(*suite) {},
		"a rule without a spec":  func(s *suite) { s.rules = append(s.rules, spec.Rule{ID: "UNHELD", Grade: "S"}) },
		"a spec without a rule":  func(*suite) { It("holds no rule", func() {}) },
		"a spec of another rule": func(*suite) { It("holds one that is not there", Label("NO-SUCH-RULE"), func() {}) },
		"a node of the suite":    func(*suite) { AfterSuite(func() { Fail("cannot clean up") }) },
	}
}

// beBroken makes the test binary a run against the server at STANDIN_URL of a suite with that fault.
const beBroken = "BE_BROKEN"

func TestMain(m *testing.M) {
	if fault, ok := os.LookupEnv(beBroken); ok {
		os.Exit(brokenRun(os.Getenv("STANDIN_URL"), fault))
	}
	os.Exit(m.Run())
}

func brokenRun(url, fault string) int {
	s, err := register(Target{URL: url, ControlURL: url, ClientID: "storefront"}, Bounds{})
	if err != nil {
		fmt.Println(err)
		return 99
	}
	broken()[fault](s)
	result, err := s.verify(Run{Focus: "names no field of what was wrong", Now: time.Now()})
	fmt.Println(result.Text(), err)
	if err != nil {
		return 99
	}
	if !result.Holds() {
		return 1
	}
	return 0
}

// A run fails by name if the suite itself is at fault, even one of few specs.
func TestARunFailsIfTheSuiteIsAtFault(t *testing.T) {
	server := enginetest.Run(t)
	for fault, says := range map[string]string{
		"nothing":                " 0 failed",
		"a rule without a spec":  "a spec of the rule UNHELD",
		"a spec without a rule":  "a rule of the spec: holds no rule",
		"a spec of another rule": "the rule NO-SUCH-RULE of the spec: holds one that is not there",
		"a node of the suite":    "cannot clean up",
	} {
		command := exec.CommandContext(t.Context(), os.Args[0])
		command.Env = append(os.Environ(), beBroken+"="+fault, "STANDIN_URL="+server.URL)
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

// A whole run that has not met a documented answer or a caller fails, whatever ginkgo says of it.
func TestAWholeRunMeetsAllThatIsDocumented(t *testing.T) {
	document, err := spec.Load(spec.Customer)
	if err != nil {
		t.Fatal(err)
	}
	s := &suite{target: Target{ControlURL: "http://127.0.0.1:1"}, operations: map[string]*spec.Operation{}}
	for _, op := range document.Operations {
		s.operations[op.ID] = op
	}
	problems := func(change func(*Report)) string {
		report := Report{SpecReports: []SpecReport{{LeafNodeType: types.NodeTypeIt, State: types.SpecStatePassed}}}
		change(&report)
		return strings.Join(s.conclude(report, Run{}).Faults, "\n")
	}
	const answer, caller = "a spec of login: 200 application/json", "a spec of getProfile: an expired customer"
	if all := problems(func(*Report) {}); !strings.Contains(all, answer) || !strings.Contains(all, caller) {
		t.Errorf("a whole run that has met nothing says %s", all)
	}
	if all := problems(func(r *Report) { r.SuiteConfig.LabelFilter = smoke }); strings.Contains(all, answer) {
		t.Errorf("a short run says %s", all)
	}
	if all := problems(func(r *Report) { r.SpecReports[0].State = types.SpecStateFailed }); strings.Contains(all, answer) {
		t.Errorf("a run that failed says %s", all)
	}
}

// On a disk that fills up a report is as it was before.
func TestAReportIsWrittenWholeOrNotAtAll(t *testing.T) {
	file := filepath.Join(t.TempDir(), "report")
	for _, c := range []struct {
		fails      error
		says, left string
	}{{nil, "", "whole"}, {syscall.ENOSPC, "report was not written: no space left on device", "whole"}} {
		err := write(file, func(file string) error {
			if c.fails != nil {
				return errors.Join(os.WriteFile(file, []byte("ha"), 0o600), c.fails)
			}
			return os.WriteFile(file, []byte("whole"), 0o600)
		})
		if (err == nil) != (c.fails == nil) || err != nil && !strings.Contains(err.Error(), c.says) {
			t.Errorf("it says %v", err)
		}
		text, _ := os.ReadFile(file)
		if all, _ := os.ReadDir(filepath.Dir(file)); string(text) != c.left || len(all) != 1 {
			t.Errorf("%v leaves %q among %v", c.fails, text, all)
		}
	}
}
