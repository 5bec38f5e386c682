package contracts

import (
	"errors"
	"flag"
	"fmt"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"pgregory.net/rapid"
)

// modelChecks is how many random sequences a run tries, unless the target says otherwise.
const modelChecks = 20

// describeModel drives random sequences of all operations, time included, against the server and against the model.
// A difference is shrunk to the shortest sequence that shows it.
func (s *suite) describeModel() {
	for _, optIn := range []bool{false, true} {
		name := "off"
		if optIn {
			name = "on"
		}
		It("behaves as the model does, in any order of operations, with double opt-in "+name,
			Label("T-ORDER", "T-LIFE", "T-ROTATE", "MAIL-TOKEN", "LOGOUT", "DELETE-ME", "ADDR-LIST", "ADDR-TAGS", "EMAIL-CONFIRM", "RESET-UPDATE", "PASSWORD-CHANGE", "OPTIN"),
			func() {
				s.need(clock)
				checks, shrink := modelChecks, 20*time.Second
				if s.target.ModelChecks > 0 {
					checks = s.target.ModelChecks
				}
				if s.target.SpecsOnly { // Only whether the server and the model differ matters, not how short the sequence is.
					checks, shrink = modelChecks/4, time.Second
				}
				Expect(setRapid(checks, shrink, GinkgoRandomSeed())).To(Succeed())
				run := &modelRun{}
				run.check(func(t *rapid.T) {
					run.exchanges = nil
					d := &drive{model: model{optIn: optIn}}
					d.do(t, func() {
						d.World = s.watched(func(e *exchange) { run.exchanges = append(run.exchanges, e) }, H{"doubleOptIn": optIn})
						d.Freeze()
						d.now = d.Now()
					})
					t.Repeat(d.steps())
					d.audit(t)
				})
				if run.failed {
					for _, one := range run.exchanges {
						AddReportEntry(exchangeEntry, one, ReportEntryVisibilityFailureOrVerbose)
					}
					Fail("the server and the model differ; the requests that are shown are the shortest sequence that shows it\n" + strings.TrimSpace(run.why))
				}
			})
	}
}

// setRapid says how rapid works. It takes that from flags only, and in a program that is no test nobody has read them.
func setRapid(checks int, shrink time.Duration, seed int64) error {
	if !flag.Parsed() {
		testing.Init()
		if err := flag.CommandLine.Parse(nil); err != nil {
			return err
		}
	}
	var wrong []error
	for name, value := range map[string]string{
		"rapid.checks": strconv.Itoa(checks), "rapid.seed": strconv.FormatInt(max(seed, 1), 10),
		"rapid.nofailfile": "true", "rapid.steps": "60", "rapid.shrinktime": shrink.String(),
	} {
		wrong = append(wrong, flag.Set(name, value))
	}
	return errors.Join(wrong...)
}

// modelRun is what rapid takes for a test: it collects what a failure says, and the requests of the last sequence.
type modelRun struct {
	exchanges []*exchange
	why       string
	failed    bool
}

// check runs the property; rapid ends it like a test that has failed, from within.
func (r *modelRun) check(property func(*rapid.T)) {
	ended := make(chan struct{})
	go func() {
		defer GinkgoRecover()
		defer close(ended)
		rapid.Check(r, property)
	}()
	<-ended
}

func (r *modelRun) Helper()                           {}
func (r *modelRun) Name() string                      { return "model" }
func (r *modelRun) Logf(string, ...any)               {}
func (r *modelRun) Log(...any)                        {}
func (r *modelRun) Skipf(string, ...any)              { r.SkipNow() }
func (r *modelRun) Skip(...any)                       { r.SkipNow() }
func (r *modelRun) SkipNow()                          { runtime.Goexit() }
func (r *modelRun) Errorf(format string, args ...any) { r.Error(fmt.Sprintf(format, args...)) }
func (r *modelRun) Error(args ...any) {
	if r.why == "" {
		r.why, _, _ = strings.Cut(fmt.Sprint(args...), "\nTo reproduce")
	}
	r.failed = true
}
func (r *modelRun) Fatalf(format string, args ...any) { r.Errorf(format, args...); r.FailNow() }
func (r *modelRun) Fatal(args ...any)                 { r.Error(args...); r.FailNow() }
func (r *modelRun) FailNow()                          { r.failed = true; runtime.Goexit() }
func (r *modelRun) Fail()                             { r.failed = true }
func (r *modelRun) Failed() bool                      { return r.failed }
