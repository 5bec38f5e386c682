package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// run plays a session to pairs of servers, and keeps what differs.
type run struct {
	base, head *player
	table      []normalization
	covered    *covered

	exchanges   int
	differences []difference
	problems    []string // of the session itself
}

func newRun() (*run, error) {
	c, err := newCovered()
	return &run{table: normalizations(), covered: c}, err
}

// play plays steps to two servers, and then reads what each tenant of theirs holds.
func (r *run) play(ctx context.Context, base, head *player, steps []step) error {
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
			if err := r.step(ctx, step{Name: "at the end: " + what + " of " + name, Send: "GET " + at, generated: true}); err != nil {
				return err
			}
		}
	}
	return nil
}

// tenants names the tenants that either server has at the end.
func (r *run) tenants(ctx context.Context) ([]string, error) {
	var all []string
	for _, p := range []*player{r.base, r.head} {
		got, err := p.play(ctx, step{Name: "the tenants", Send: "GET /_standin/tenants?limit=1000"})
		if err != nil {
			return nil, err
		}
		var list struct {
			Tenants []struct {
				Tenant string `json:"tenant"`
			} `json:"tenants"`
		}
		_ = json.Unmarshal(got.body, &list) // A server that has no such list has no tenants.
		for _, one := range list.Tenants {
			all = append(all, one.Tenant)
		}
	}
	slices.Sort(all)
	return slices.Compact(all), nil
}

// step plays one step to both servers and compares what they answer.
func (r *run) step(ctx context.Context, s step) error {
	method, target, _ := strings.Cut(r.head.fill(s.Send), " ")
	base, err := r.base.play(ctx, s)
	if err != nil {
		return fmt.Errorf("the base: %w", err)
	}
	head, err := r.head.play(ctx, s)
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
			r.covered.meet(op, head.status)
		}
	}
	r.differences = append(r.differences, compare(s.Name, normalize(r.table, id, method, base), normalize(r.table, id, method, head))...)
	r.check(s, base, head)
	return nil
}

// evidence reports whether an answer shows what its operation does: a fault or a preference has not injected it.
func (r *run) evidence(s step, a answer) bool {
	return !s.Injected && a.header.Get("Preference-Applied") == ""
}

// check holds a step to what it says of itself. Where the servers differ that is a difference already.
func (r *run) check(s step, base, head answer) {
	if !s.generated && base.status == head.status && head.status != s.Want {
		r.problems = append(r.problems, fmt.Sprintf("%s: the step wants %d, both answered %d: %.300s", s.Name, s.Want, head.status, head.body))
	}
	if len(r.head.unknown) > 0 {
		r.problems = append(r.problems, fmt.Sprintf("%s: there is no %s", s.Name, strings.Join(r.head.unknown, ", ")))
	}
	if s.harmless && head.status < http.StatusBadRequest {
		r.problems = append(r.problems, fmt.Sprintf("%s: the step must be refused, and was answered %d", s.Name, head.status))
	}
	if s.generated && head.status == http.StatusInternalServerError && r.evidence(s, head) {
		r.problems = append(r.problems, fmt.Sprintf("%s: answered %d: %.300s", s.Name, head.status, head.body))
	}
}
