package main

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"standin/spec"
)

// covered records the documented answers that the session has received.
type covered struct {
	documents []*spec.Document
	router    *spec.Router
	met       map[string]bool
}

// newCovered returns a record without answers.
func newCovered() (*covered, error) {
	c := &covered{met: map[string]bool{}}
	for _, name := range []string{spec.Customer, spec.Companions, spec.Control} {
		document, err := spec.Load(name)
		if err != nil {
			return nil, err
		}
		c.documents = append(c.documents, document)
	}
	router, err := spec.NewRouter(c.documents...)
	c.router = router
	return c, err
}

// operation returns the operation of a request, or nil.
func (c *covered) operation(method, target string) *spec.Operation {
	at, err := url.ParseRequestURI(target)
	if err != nil {
		return nil
	}
	match, err := c.router.Match(&http.Request{Method: method, URL: at})
	if err != nil {
		return nil
	}
	return match.Operation
}

// meet records an answer of an operation.
func (c *covered) meet(op *spec.Operation, status int) {
	c.met[cell(op.ID, status)] = true
}

// cell returns the key of an answer.
func cell(operation string, status int) string { return fmt.Sprintf("%s %d", operation, status) }

// unreachable returns the documented answers that no step can receive, with the reasons.
func unreachable() map[string]string {
	const kinds = "it needs no scope, and a caller of the wrong kind gets 401"
	return map[string]string{
		cell("signup", http.StatusForbidden):                kinds,
		cell("confirmEmailChange", http.StatusForbidden):    kinds,
		cell("requestPasswordReset", http.StatusForbidden):  kinds,
		cell("resetPassword", http.StatusForbidden):         kinds,
		cell("getReadiness", http.StatusServiceUnavailable): "only a server that starts or drains gives this answer",
	}
}

// missing returns a message for each operation with documented answers that were not received, and for each answer that was
// received although unreachable contains it.
func (c *covered) missing() []string {
	var all []string
	reasons := unreachable()
	for _, document := range c.documents {
		for _, op := range document.Operations {
			var statuses []string
			for _, status := range op.Statuses() {
				one := cell(op.ID, status)
				switch {
				case !c.met[one] && reasons[one] == "":
					statuses = append(statuses, strconv.Itoa(status))
				case c.met[one] && reasons[one] != "":
					all = append(all, one+" was received, but unreachable in covered.go contains it")
				}
			}
			if len(statuses) > 0 {
				all = append(all, fmt.Sprintf("no step receives %s (%s) with %s; add one to a chapter in cmd/session/open", op.ID, document.Name, strings.Join(statuses, ", ")))
			}
		}
	}
	slices.Sort(all)
	return all
}
