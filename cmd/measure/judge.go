package main

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	vegeta "github.com/tsenart/vegeta/v12/lib"

	"standin/spec"
)

// judge checks every answer against the documents and counts the results.
type judge struct {
	traffic  *traffic
	router   *spec.Router
	customer *spec.Document

	heard    int
	statuses map[int]int
	lost     int // number of requests without an answer
	faults   int // number of answers that are 5xx or undocumented
	samples  []string
}

// newJudge returns a judge for traffic.
func newJudge(t *traffic) (*judge, error) {
	var documents []*spec.Document
	for _, name := range []string{spec.Customer, spec.Companions} {
		document, err := spec.Load(name)
		if err != nil {
			return nil, err
		}
		documents = append(documents, document)
	}
	router, err := spec.NewRouter(documents...)
	return &judge{traffic: t, router: router, customer: documents[0], statuses: map[int]int{}}, err
}

// frames returns the names of the frame answers by status.
func frames() map[int]string {
	return map[int]string{
		http.StatusNotFound: "UnknownPath", http.StatusMethodNotAllowed: "MethodNotAllowed",
		http.StatusRequestEntityTooLarge: "ContentTooLarge", http.StatusUnsupportedMediaType: "UnsupportedMediaType",
	}
}

// hear checks an answer and passes a successful one to the traffic.
func (j *judge) hear(r *vegeta.Result) {
	j.heard++
	status := int(r.Code)
	if status == 0 {
		j.lost++
		j.sample(r, r.Error)
		return
	}
	j.statuses[status]++
	if status >= http.StatusInternalServerError {
		j.faults++
		j.sample(r, "")
		return
	}
	target, err := url.Parse(r.URL)
	if err != nil {
		j.faults++
		j.sample(r, err.Error())
		return
	}
	match, err := j.router.Match(&http.Request{Method: r.Method, URL: target})
	if problems := j.check(r, match, err); len(problems) > 0 {
		j.faults++
		texts := make([]string, len(problems))
		for i, p := range problems {
			texts[i] = p.String()
		}
		j.sample(r, strings.Join(texts, "; "))
		return
	}
	if err == nil && status < http.StatusMultipleChoices {
		if p := j.traffic.of(match.Path["tenant"]); p != nil {
			p.hear(match.Operation.ID, r.Body)
		}
	}
}

// check returns the violations of the documents in an answer.
func (j *judge) check(r *vegeta.Result, match spec.Match, err error) []spec.Detail {
	status := int(r.Code)
	if r.Method == http.MethodOptions {
		return nil // The documents do not describe preflights.
	}
	if err != nil {
		want := http.StatusNotFound
		if _, is := errors.AsType[*spec.MethodError](err); is {
			want = http.StatusMethodNotAllowed
		}
		if status != want {
			return []spec.Detail{{Field: "status", Type: "frame", Message: fmt.Sprintf("should be %d", want)}}
		}
		return j.customer.CheckFrame(frames()[status], r.Headers, r.Body)
	}
	if match.Operation.Documents(status) {
		return match.Operation.CheckAnswer(status, r.Headers, r.Body)
	}
	return j.customer.CheckFrame(frames()[status], r.Headers, r.Body)
}

// mostSamples is the greatest number of faults that are shown.
const mostSamples = 20

// sample keeps an answer to show in the report.
func (j *judge) sample(r *vegeta.Result, why string) {
	const most = 300
	if len(j.samples) < mostSamples {
		j.samples = append(j.samples, fmt.Sprintf("%s %s answered %d: %s %.*s", r.Method, r.URL, r.Code, why, most, r.Body))
	}
}

// report returns the counts and the samples as text.
func (j *judge) report() string {
	var out strings.Builder
	statuses := make([]string, 0, len(j.statuses))
	for status, n := range j.statuses {
		statuses = append(statuses, fmt.Sprintf("%d × %d", status, n))
	}
	slices.Sort(statuses)
	fmt.Fprintf(&out, "%d requests: %s\n%d without an answer, %d 5xx or undeclared\n", j.heard, strings.Join(statuses, ", "), j.lost, j.faults)
	for _, one := range j.samples {
		fmt.Fprintln(&out, "  "+one)
	}
	return out.String()
}
