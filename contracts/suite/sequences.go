package suite

import (
	"cmp"
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

// modelChecks is the number of random sequences that a run tries, unless the target sets another one.
const modelChecks = 12

// CheckSequences runs a property with random sequences. The property creates its worlds with the function that it is given
// and fails by t.Fatal. If it fails, the spec fails and shows the requests of the shortest sequence that was found.
func (s *Suite) CheckSequences(property func(t *rapid.T, world func(settings ...H) *World)) {
	GinkgoHelper()
	checks := cmp.Or(s.Target.ModelChecks, modelChecks)
	shrink := cmp.Or(s.Target.ModelShrink, 20*time.Second)
	Expect(configureRapid(checks, shrink, GinkgoRandomSeed())).To(Succeed())
	run := &rapidRun{}
	run.check(func(t *rapid.T) {
		run.exchanges = nil
		property(t, func(settings ...H) *World {
			return s.watchedWorld(func(e *exchange) { run.exchanges = append(run.exchanges, e) }, settings...)
		})
	})
	if run.failed {
		for _, one := range run.exchanges {
			AddReportEntry(exchangeEntry, one, ReportEntryVisibilityFailureOrVerbose)
		}
		Fail("the server and the model differ; the requests that are shown are the shortest sequence that shows it\n" + strings.TrimSpace(run.why))
	}
}

// configureRapid sets the options of rapid, which are flags only. A program that is not a test has not parsed them.
func configureRapid(checks int, shrink time.Duration, seed int64) error {
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

// rapidRun is the test that rapid is given. It keeps the message of a failure and the exchanges of the last sequence.
type rapidRun struct {
	exchanges []*exchange
	why       string
	failed    bool
}

// check runs the property. Rapid ends a failed test with runtime.Goexit, so that it needs a goroutine.
func (r *rapidRun) check(property func(*rapid.T)) {
	ended := make(chan struct{})
	go func() {
		defer GinkgoRecover()
		defer close(ended)
		rapid.Check(r, property)
	}()
	<-ended
}

func (r *rapidRun) Helper()                           {}
func (r *rapidRun) Name() string                      { return "model" }
func (r *rapidRun) Logf(string, ...any)               {}
func (r *rapidRun) Log(...any)                        {}
func (r *rapidRun) Skipf(string, ...any)              { r.SkipNow() }
func (r *rapidRun) Skip(...any)                       { r.SkipNow() }
func (r *rapidRun) SkipNow()                          { runtime.Goexit() }
func (r *rapidRun) Errorf(format string, args ...any) { r.Error(fmt.Sprintf(format, args...)) }
func (r *rapidRun) Error(args ...any) {
	if r.why == "" {
		r.why, _, _ = strings.Cut(fmt.Sprint(args...), "\nTo reproduce")
	}
	r.failed = true
}
func (r *rapidRun) Fatalf(format string, args ...any) { r.Errorf(format, args...); r.FailNow() }
func (r *rapidRun) Fatal(args ...any)                 { r.Error(args...); r.FailNow() }
func (r *rapidRun) FailNow()                          { r.failed = true; runtime.Goexit() }
func (r *rapidRun) Fail()                             { r.failed = true }
func (r *rapidRun) Failed() bool                      { return r.failed }
