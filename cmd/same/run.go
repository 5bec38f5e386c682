package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"standin/cmd/session"
)

// run plays a session to pairs of servers and keeps the differences.
type run struct {
	base, head *session.Player
	normalizer session.Normalizer
	covered    *covered

	exchanges   int
	differences []difference
	problems    []string // problems of the session itself
}

// newRun returns a run without results.
func newRun() (*run, error) {
	c, err := newCovered()
	return &run{normalizer: session.NewNormalizer(), covered: c}, err
}

// play plays session.Steps to two servers and then compares the exports of all their tenants.
func (r *run) play(ctx context.Context, base, head *session.Player, steps []session.Step) error {
	r.base, r.head = base, head
	for _, one := range steps {
		if err := r.step(ctx, one); err != nil {
			return err
		}
	}
	tenants, err := r.tenants(ctx)
	if err != nil {
		return err
	}
	for _, name := range tenants {
		for _, what := range []string{"export", "coverage", "violations"} {
			at := "/_standin/tenants/" + name + "/" + what
			if err := r.step(ctx, session.Step{Name: "at the end: " + what + " of " + name, Send: "GET " + at, Generated: true}); err != nil {
				return err
			}
		}
	}
	return nil
}

// tenants returns the names of the tenants that either server has.
func (r *run) tenants(ctx context.Context) ([]string, error) {
	var all []string
	for _, p := range []*session.Player{r.base, r.head} {
		got, err := p.Play(ctx, session.Step{Name: "the tenants", Send: "GET /_standin/tenants?limit=1000"})
		if err != nil {
			return nil, err
		}
		var list struct {
			Tenants []struct {
				Tenant string `json:"tenant"`
			} `json:"tenants"`
		}
		_ = json.Unmarshal(got.Body, &list) // A server without the control API has no list.
		for _, one := range list.Tenants {
			all = append(all, one.Tenant)
		}
	}
	slices.Sort(all)
	return slices.Compact(all), nil
}

// step plays a step to both servers and compares the answers.
func (r *run) step(ctx context.Context, s session.Step) error {
	method, target, _ := strings.Cut(r.head.Fill(s.Send), " ")
	base, err := r.base.Play(ctx, s)
	if err != nil {
		return fmt.Errorf("the base: %w", err)
	}
	head, err := r.head.Play(ctx, s)
	if err != nil {
		return fmt.Errorf("the working tree: %w", err)
	}
	if s.Starts != "" {
		return nil
	}
	r.exchanges++
	op := r.covered.operation(method, target)
	id := ""
	if op != nil {
		id = op.ID
		if method == op.Method && r.evidence(s, head) {
			r.covered.meet(op, head.Status)
		}
	}
	r.differences = append(r.differences, compare(s.Name, r.normalizer.Normalize(id, method, base), r.normalizer.Normalize(id, method, head))...)
	r.check(s, base, head)
	return nil
}

// evidence reports whether an answer comes from its operation and was not injected by a fault or a preference.
func (r *run) evidence(s session.Step, a session.Answer) bool {
	return !s.Injected && a.Header.Get("Preference-Applied") == ""
}

// check checks the answers to a step against the step's expectations. It does not check the status if the servers differ in
// it, which is a difference already.
func (r *run) check(s session.Step, base, head session.Answer) {
	if !s.Generated && base.Status == head.Status && head.Status != s.Want {
		r.problems = append(r.problems, fmt.Sprintf("%s: the step expects %d, both answered %d: %.300s", s.Name, s.Want, head.Status, head.Body))
	}
	if len(r.head.Unknown) > 0 {
		r.problems = append(r.problems, fmt.Sprintf("%s: no answer gives %s", s.Name, strings.Join(r.head.Unknown, ", ")))
	}
	if s.Harmless && head.Status < http.StatusBadRequest {
		r.problems = append(r.problems, fmt.Sprintf("%s: the step must be refused, and was answered %d", s.Name, head.Status))
	}
	if s.Generated && head.Status == http.StatusInternalServerError && r.evidence(s, head) {
		r.problems = append(r.problems, fmt.Sprintf("%s: answered %d: %.300s", s.Name, head.Status, head.Body))
	}
}
