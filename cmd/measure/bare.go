package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"os/signal"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers/gorillamux"
	"github.com/gorilla/mux"

	"standin/engine/call"
)

// bareCommand is measure bare. It is a minimal server that answers with recorded samples, and shows the least cost of a
// request.
type bareCommand struct {
	Kind     string `arg:"" enum:"net/http,mux,kin" help:"net/http alone, with gorilla/mux, or with kin-openapi's middleware."`
	Addr     string `help:"Where to listen." default:"127.0.0.1:0"`
	Samples  string `help:"The answers, as the stand-in gave them." type:"existingfile"`
	Hash     bool   `help:"Compute a password hash, as the stand-in does, before login and signup are answered."`
	Document string `help:"What kin-openapi checks against." type:"existingfile" default:"spec/customer.yaml"`
}

// Run serves until it is interrupted.
func (b *bareCommand) Run() error {
	samples, err := readSamples(b.Samples)
	if err != nil {
		return err
	}
	handler, err := b.handler(samples)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", b.Addr) //nolint:noctx // Listen does not block.
	if err != nil {
		return err
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	context.AfterFunc(ctx, func() { _ = server.Close() })
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// handler returns the handler of the kind.
func (b *bareCommand) handler(samples map[string]sample) (http.Handler, error) {
	switch b.Kind {
	case "mux":
		router := mux.NewRouter()
		for name, one := range samples {
			router.Handle("/customer/{tenant}"+one.Path, b.answer(name, one)).Methods(one.Method)
		}
		return router, nil
	case "kin":
		return b.validated(samples)
	}
	routes := http.NewServeMux()
	for name, one := range samples {
		routes.Handle(one.Method+" /customer/"+tenant+one.Path, b.answer(name, one))
	}
	return routes, nil
}

// answer returns a handler that reads the request and writes the sample.
func (b *bareCommand) answer(name string, one sample) http.Handler {
	hashed := b.Hash && (name == "login" || name == "signup")
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.ReadAll(r.Body)
		if hashed {
			_, _ = (call.HashCost{}).Hash(bytes.NewReader(make([]byte, 16)), "password123")
		}
		maps.Copy(w.Header(), one.Header)
		w.WriteHeader(one.Status)
		_, _ = w.Write([]byte(one.Body))
	})
}

// validated returns the handler of net/http behind kin-openapi's middleware, which checks requests and answers against the
// document.
func (b *bareCommand) validated(samples map[string]sample) (http.Handler, error) {
	document, err := openapi3.NewLoader().LoadFromFile(b.Document)
	if err != nil {
		return nil, err
	}
	router, err := gorillamux.NewRouter(document)
	if err != nil {
		return nil, err
	}
	validator := openapi3filter.NewValidator(router, openapi3filter.Strict(true), openapi3filter.ValidationOptions(openapi3filter.Options{
		AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, SkipSettingDefaults: true,
	}))
	inner, err := (&bareCommand{Kind: "net/http", Hash: b.Hash}).handler(samples)
	if err != nil {
		return nil, err
	}
	return validator.Middleware(inner), nil
}

// sample is a request with the answer of the stand-in.
type sample struct {
	Method  string            `json:"method"`
	Kind    string            `json:"kind"` // kind of the token in the request: customer or anonymous
	Path    string            `json:"path"` // path below the tenant
	Send    string            `json:"send"` // body of the request; %d is replaced by a new number each time
	Headers map[string]string `json:"headers"`
	Status  int               `json:"status"`
	Header  http.Header       `json:"header"`
	Body    string            `json:"body"`
}
