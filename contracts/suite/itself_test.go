package suite

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	. "github.com/onsi/ginkgo/v2"
	"github.com/onsi/ginkgo/v2/types"

	"standin/spec"
)

// loaded returns a suite with the documents and the rules.
func loaded(t *testing.T) *Suite {
	t.Helper()
	s := &Suite{Target: Target{ControlURL: "http://127.0.0.1:1"}}
	if err := s.load(); err != nil {
		t.Fatal(err)
	}
	return s
}

// An operation without a rule fails each run, and the text says what to add where.
func TestEveryOperationHasARule(t *testing.T) {
	s := loaded(t)
	if missing := s.undescribed(); len(missing) > 0 {
		t.Fatal(strings.Join(missing, "\n"))
	}
	s.operations["mergeCarts"] = &spec.Operation{ID: "mergeCarts"}
	says := strings.Join(s.faults(Report{}), "\n")
	if want := "no rule names the operation mergeCarts: add it to the operations of a rule in spec/rules.yaml"; !strings.Contains(says, want) {
		t.Errorf("it does not say %q: %s", want, says)
	}
}

// A whole run fails if it has not seen a documented answer or a caller, whatever ginkgo says of the run.
func TestAWholeRunSeesAllThatIsDocumented(t *testing.T) {
	s := loaded(t)
	faults := func(change func(*Report)) string {
		report := Report{SpecReports: []SpecReport{{LeafNodeType: types.NodeTypeIt, State: types.SpecStatePassed}}}
		change(&report)
		return strings.Join(s.conclude(report, Run{}).Faults, "\n")
	}
	const answer, caller = "no spec has seen that login answers 200 application/json: ", "no spec has called getProfile as an expired customer: "
	if all := faults(func(*Report) {}); !strings.Contains(all, answer) || !strings.Contains(all, caller) {
		t.Errorf("a whole run that has seen nothing says %s", all)
	}
	if all := faults(func(r *Report) { r.SuiteConfig.LabelFilter = Smoke }); strings.Contains(all, answer) {
		t.Errorf("a short run says %s", all)
	}
	if all := faults(func(r *Report) { r.SpecReports[0].State = types.SpecStateFailed }); strings.Contains(all, answer) {
		t.Errorf("a run that failed says %s", all)
	}
	if all := faults(func(r *Report) {
		r.SpecReports[0].ReportEntries = types.ReportEntries{{Name: "login 200 application/json"}, {Name: "getProfile ← an expired customer → late"}, {Name: "signup 403 application/json"}}
	}); strings.Contains(all, answer) || strings.Contains(all, caller) || !strings.Contains(all, "a spec has seen that signup answers 403 application/json: remove it from unreachable") {
		t.Errorf("a run that has seen an answer, a caller and an answer that cannot be says %s", all)
	}
}

// If the disk is full, a report stays as it was.
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
