package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
)

// breaks returns in what an exchange breaks a whole document. A request counts only if it was accepted.
func (e *exchange) breaks(ctx context.Context, document *openapi3.T) []string {
	method, path, _ := strings.Cut(e.at, " ")
	item := document.Paths.Value(path)
	request := e.answer.Request.Clone(ctx)
	request.Body = io.NopCloser(bytes.NewReader(e.sent))
	input := &openapi3filter.RequestValidationInput{
		Request: request, PathParams: e.match.Path,
		Route:   &routers.Route{Spec: document, Path: path, PathItem: item, Method: method, Operation: item.GetOperation(method)},
		Options: &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, IncludeResponseStatus: true, MultiError: true},
	}
	var all []string
	if e.answer.Status < http.StatusBadRequest {
		for _, what := range reasons(openapi3filter.ValidateRequest(ctx, input)) {
			all = append(all, e.op.ID+": accepted: "+what)
		}
	}
	err := openapi3filter.ValidateResponse(ctx, &openapi3filter.ResponseValidationInput{
		RequestValidationInput: input, Status: e.answer.Status, Header: e.answer.Header, Body: io.NopCloser(bytes.NewReader(e.answer.Body)), Options: input.Options,
	})
	for _, what := range reasons(err) {
		all = append(all, fmt.Sprintf("%s: answered %d: %s", e.op.ID, e.answer.Status, what))
	}
	return all
}

// reasons returns the reasons of an error of the validation, without the values.
func reasons(err error) []string {
	var (
		many     openapi3.MultiError
		schema   *openapi3.SchemaError
		request  *openapi3filter.RequestError
		response *openapi3filter.ResponseError
	)
	switch {
	case err == nil:
		return nil
	case errors.As(err, &many) && len(many) > 0:
		var all []string
		for _, one := range many {
			all = append(all, reasons(one)...)
		}
		return all
	case errors.As(err, &schema):
		return []string{strings.Join(schema.JSONPointer(), ".") + ": " + schema.SchemaField}
	case errors.As(err, &request):
		name := "body"
		if request.Parameter != nil {
			name = request.Parameter.In + " " + request.Parameter.Name
		}
		return []string{name + ": " + request.Reason}
	case errors.As(err, &response):
		return []string{response.Reason}
	}
	return []string{err.Error()}
}
