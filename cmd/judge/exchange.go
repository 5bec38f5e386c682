package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"standin/cmd/session"
	"standin/engine/enginetest"
	"standin/spec"
)

// exchange is a request to an operation of the service, and its answer.
type exchange struct {
	at     string // method and path of the operation
	op     *spec.Operation
	match  spec.Match
	sent   []byte
	answer session.Answer
}

// play plays the first act of the session to a stand-in in this process. It returns the exchanges with the operations of the service,
// but for the answers that a fault or a preference has injected.
func play(ctx context.Context) ([]exchange, error) {
	router, err := newRouter()
	if err != nil {
		return nil, err
	}
	acts, err := session.Acts()
	if err != nil {
		return nil, err
	}
	server, err := enginetest.Start(enginetest.WithFixture("demo"))
	if err != nil {
		return nil, err
	}
	defer func() { _ = server.Close() }() // Steps of the session cause violations on purpose.
	player := session.NewPlayer(server.URL)
	var all []exchange
	for _, step := range acts[0].Steps {
		answer, err := player.Play(ctx, step)
		if err != nil {
			return nil, fmt.Errorf("step %q: %w", step.Name, err)
		}
		if answer.Request == nil || step.Injected || answer.Header.Get("Preference-Applied") != "" {
			continue
		}
		match, err := router.Match(answer.Request)
		if err != nil {
			continue // No operation of the service has answered.
		}
		one := exchange{at: match.Operation.Method + " " + match.Operation.Templates()[0], op: match.Operation, match: match, answer: answer}
		if one.sent, err = bodyOf(answer.Request); err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, nil
}

// newRouter returns a router to the operations of the service.
func newRouter() (*spec.Router, error) {
	var documents []*spec.Document
	for _, name := range []string{spec.Customer, spec.Companions} {
		document, err := spec.Load(name)
		if err != nil {
			return nil, err
		}
		documents = append(documents, document)
	}
	return spec.NewRouter(documents...)
}

// bodyOf returns the body that a request has sent.
func bodyOf(request *http.Request) ([]byte, error) {
	if request.GetBody == nil {
		return nil, nil
	}
	body, err := request.GetBody()
	if err != nil {
		return nil, err
	}
	return io.ReadAll(body)
}

// query returns the query of the request.
func (e *exchange) query() url.Values { return e.answer.Request.URL.Query() }
