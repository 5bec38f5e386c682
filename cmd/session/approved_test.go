package session

import (
	"cmp"
	"context"
	"flag"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"standin/engine"
	"standin/engine/console"
	"standin/engine/control"
	"standin/fixtures"
	"standin/spec"
)

var update = flag.Bool("update", false, "approve the answers as they are")

// The chapters of the first act that a person has written.
func TestApprovedOpen(t *testing.T) {
	t.Parallel()
	steps := slices.DeleteFunc(stepsOf(t, "open"), func(one Step) bool { return one.Generated })
	approve(t, "open", play(t, "open", steps, (*witness).answer))
}

// The generated steps, after the chapter that makes their sandbox and their callers.
func TestApprovedGenerated(t *testing.T) {
	t.Parallel()
	const callers = "90-edges"
	steps := slices.DeleteFunc(stepsOf(t, "open"), func(one Step) bool { return !one.Generated && one.Chapter != callers })
	all := play(t, "open", steps, (*witness).answer)
	approve(t, "generated", slices.DeleteFunc(all, func(one exchange) bool { return one.chapter == callers }))
}

func TestApprovedGuarded(t *testing.T) {
	t.Parallel()
	approve(t, "guarded", play(t, "guarded", stepsOf(t, "guarded"), (*witness).answer))
}

func TestApprovedOff(t *testing.T) {
	t.Parallel()
	approve(t, "off", play(t, "off", stepsOf(t, "off"), (*witness).answer))
}

// What the control API explains of each refusal of the first act. Of those with the same explanation only the first is kept.
func TestApprovedExplanations(t *testing.T) {
	t.Parallel()
	approve(t, "explained", play(t, "open", stepsOf(t, "open"), (*witness).explanation))
}

// stepsOf returns the steps of an act.
func stepsOf(t *testing.T, act string) []Step {
	t.Helper()
	acts, err := Acts()
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range acts {
		if one.Name == act {
			return one.Steps
		}
	}
	t.Fatalf("there is no act %s", act)
	return nil
}

// serve starts a server in this process with what the flags of an act mean. It returns its URL.
func serve(t *testing.T, act string) string {
	t.Helper()
	now := time.Date(2026, time.November, 30, 12, 0, 0, 0, time.UTC)
	config := engine.Config{Now: func() time.Time { return now }, Seed: []byte("approved"), Log: slog.New(slog.DiscardHandler)}
	fixture, access := "demo", control.Access{}
	switch act {
	case "guarded":
		fixture, access = "b2b", control.Access{Token: "s3cret", Origins: []string{"http://localhost:6006"}}
		config.Tenants, config.MaxBody, config.MaxWorlds, config.JournalEntries = []string{"acme", "other"}, 1<<10, 2, 2
	case "off":
		access.Off, config.NoJournal = true, true
	}
	loaded, err := fixtures.Load(t.Context(), fixture)
	if err != nil {
		t.Fatal(err)
	}
	api := control.New(control.Options{Fixture: loaded, Seed: config.Seed, Version: "approved", Access: access})
	config.Fixture, config.TrustedOrigins = api.Home(), access.Origins
	config.Control, config.Guard, config.Observe = api.Handlers(), api.Guard, api.Observe
	if !access.Off {
		config.Pages = api.Pages(console.Handler(""))
	}
	server, err := engine.New(config)
	if err != nil {
		t.Fatal(err)
	}
	listener := httptest.NewServer(server)
	t.Cleanup(listener.Close)
	t.Cleanup(server.Stop)
	return listener.URL
}

// witness writes down what a player is answered.
type witness struct {
	player     *Player
	normalizer Normalizer
	router     *spec.Router
	explained  map[string]bool
}

// play plays steps to a new server for an act. It returns what a method of the witness writes of each answer.
func play(t *testing.T, act string, steps []Step, of func(*witness, context.Context, Step, Answer) (string, error)) []exchange {
	t.Helper()
	var documents []*spec.Document
	for _, name := range []string{spec.Customer, spec.Companions, spec.Control} {
		document, err := spec.Load(name)
		if err != nil {
			t.Fatal(err)
		}
		documents = append(documents, document)
	}
	router, err := spec.NewRouter(documents...)
	if err != nil {
		t.Fatal(err)
	}
	w := &witness{player: NewPlayer(serve(t, act)), normalizer: NewNormalizer(), router: router, explained: map[string]bool{}}
	var all []exchange
	for _, one := range steps {
		got, err := w.player.Play(t.Context(), one)
		if err != nil {
			t.Fatal(err)
		}
		if len(w.player.Unknown) > 0 {
			t.Errorf("%s: no answer gives %s", one.Name, strings.Join(w.player.Unknown, ", "))
		}
		if one.Starts != "" {
			continue
		}
		if !one.Generated && got.Status != one.Want {
			t.Errorf("%s: the step expects %d, and was answered %d", one.Name, one.Want, got.Status)
		}
		text, err := of(w, t.Context(), one, got)
		if err != nil {
			t.Fatal(err)
		}
		if text != "" {
			all = append(all, exchange{chapter: one.Chapter, step: one.Name, request: cmp.Or(one.Send, "started as "+one.Joins), text: text})
		}
	}
	return all
}

// operation returns the operation of a request; nil if it has none.
func (w *witness) operation(request *http.Request) *spec.Operation {
	if request == nil {
		return nil // The connection was closed.
	}
	match, err := w.router.Match(request)
	if err != nil {
		return nil
	}
	return match.Operation
}

// answer returns an answer as it is approved.
func (w *witness) answer(_ context.Context, s Step, got Answer) (string, error) {
	method, _, _ := strings.Cut(s.Send, " ")
	id := ""
	if op := w.operation(got.Request); op != nil {
		id, method = op.ID, got.Request.Method
	}
	return written(id, w.normalizer.Normalize(id, method, got)), nil
}

// explanation returns the explanation of a refusal of the service. It returns "" for any other answer, and for an explanation that
// differs from an earlier one only in the operation and in the corrected request.
func (w *witness) explanation(ctx context.Context, s Step, got Answer) (string, error) {
	link, linked := strings.CutPrefix(got.Header.Get("Link"), "<")
	path, _, _ := strings.Cut(link, ">")
	if !linked {
		return "", nil
	}
	why, err := w.player.Play(ctx, Step{Name: "why " + s.Name, Send: "GET " + path})
	if err != nil {
		return "", err
	}
	text := repeating.ReplaceAllString(string(why.Body), "")
	reason := operation.ReplaceAllString(correction.ReplaceAllString(text, ""), "")
	if w.explained[reason] {
		return "", nil
	}
	corrected := correction.FindString(text)
	if w.explained[corrected] {
		text = correction.ReplaceAllString(text, `,"corrected":"as before"}`)
	}
	w.explained[reason], w.explained[corrected] = true, corrected != ""
	return legible([]byte(text)), nil
}

var (
	// repeating matches the number of an explanation, which changes with every step before, and a curl command, which repeats the
	// corrected request.
	repeating = regexp.MustCompile(`"id":\d+,|,"curl":"(?:[^"\\]|\\.)*"`)
	// correction matches the corrected request, which is last.
	correction = regexp.MustCompile(`,"corrected":\{.*$`)
	operation  = regexp.MustCompile(`,"operation":"\w+"`)
)
