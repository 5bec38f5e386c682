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

// covered knows which documented answers the session has met.
type covered struct {
	documents []*spec.Document
	router    *spec.Router
	met       map[string]bool
}

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

// operation returns the operation that a request leads to, or nil.
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

// meet notes an answer of an operation.
func (c *covered) meet(op *spec.Operation, status int) {
	c.met[cell(op.ID, status)] = true
}

func cell(operation string, status int) string { return fmt.Sprintf("%s %d", operation, status) }

// unreachable are the documented answers that no step can meet, with the reason.
func unreachable() map[string]string {
	const kinds = "it needs no scope, and a caller of the wrong kind gets 401"
	return map[string]string{
		cell("signup", http.StatusForbidden):                kinds,
		cell("confirmEmailChange", http.StatusForbidden):    kinds,
		cell("requestPasswordReset", http.StatusForbidden):  kinds,
		cell("resetPassword", http.StatusForbidden):         kinds,
		cell("getReadiness", http.StatusServiceUnavailable): "only a server that begins or ends answers so",
	}
}

// missing lists the operations that no step meets, the documented answers that were not met, and the reasons that do not hold.
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
					all = append(all, one+" was met, but unreachable in covered.go says that it cannot be")
				}
			}
			if len(statuses) > 0 {
				all = append(all, fmt.Sprintf("no step meets %s (%s) with %s; add one to a chapter in cmd/same/session/open", op.ID, document.Name, strings.Join(statuses, ", ")))
			}
		}
	}
	slices.Sort(all)
	return all
}
