package engine

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"standin/engine/journal"
	"standin/engine/refusal"
	"standin/engine/world"
	"standin/spec"
	"standin/state"
)

// errDropped means that a fault resets the connection.
var errDropped = errors.New("engine: a fault drops the connection")

// injectBefore lets the request meet a fault: the one that its Prefer header asks for, else one of its world's. If the fault
// takes the place of the operation, its answer or error is returned, and x.replaced is set.
func (s *Server) injectBefore(x *exchange) (spec.Sealed, error) {
	if x.fault != nil { // The request met it in a world that was superseded.
		return spec.Sealed{}, nil
	}
	x.ignored = nil
	if x.fault, x.applied = x.preferred(); x.fault == nil {
		x.fault = x.strike(x.world)
	}
	if x.fault == nil || x.fault.After {
		return spec.Sealed{}, nil
	}
	instead, err := s.suffer(x)
	if !x.replaced {
		x.Now = x.world.Clock().Now() // The fault may have waited.
	}
	return instead, err
}

// injectAfter is injectBefore for a fault that comes after the operation, which is committed by then.
func (s *Server) injectAfter(x *exchange) (spec.Sealed, error) {
	if x.fault == nil || !x.fault.After {
		return spec.Sealed{}, nil
	}
	return s.suffer(x)
}

// suffer does to the request what its fault says. If that takes the place of the true answer, the answer or error is
// returned, and x.replaced is set. The error is [errDropped], or that of a client that went away meanwhile. A server that
// stops does not wait.
func (s *Server) suffer(x *exchange) (spec.Sealed, error) {
	fault := x.fault
	patient, stop := s.untilStopped(x.ctx)
	defer stop()
	if fault.Hold {
		x.world.Faults().Park(patient, fault)
	}
	if fault.Latency > 0 {
		sleep(patient, fault.Latency)
	}
	err := x.ctx.Err()
	if err == nil && fault.Drop {
		err = errDropped
	}
	x.replaced = err != nil || fault.Status != 0
	if err != nil || !x.replaced {
		return spec.Sealed{}, err
	}
	return x.injected(fault.Fault), nil
}

// sleep waits in wall time, unless the context ends before.
func sleep(ctx context.Context, d time.Duration) {
	timer, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	<-timer.Done()
}

// strike returns the fault of a world that the request meets, and counts it; nil for none.
func (x *exchange) strike(w *world.World) *world.LiveFault {
	return w.Faults().Strike(w, x.Operation, x.declared == nil, func(customer string) bool { return x.isFor(w, customer) })
}

// isFor reports whether the request belongs to a customer: by its bearer token, or by the e-mail address in its body.
func (x *exchange) isFor(w *world.World, customer string) bool {
	if body, ok := x.Request.Value().(map[string]any); ok {
		if email, ok := body["email"].(string); ok && strings.EqualFold(email, customer) {
			return true
		}
	}
	found := false
	w.View(func(txn *state.Txn) {
		token, ok := txn.TokenByAccess(x.bearer())
		if !ok || token.CustomerNumber == "" {
			return
		}
		found = token.CustomerNumber == customer || slices.ContainsFunc(txn.LoginsOf(token.CustomerNumber), func(login state.Login) bool {
			return strings.EqualFold(login.Email, customer)
		})
	})
	return found
}

// injected returns the answer of a fault: its own body, else the document's example for the status, else the service's
// ordinary error body.
func (x *exchange) injected(fault world.Fault) spec.Sealed {
	sealed := spec.Sealed{Status: fault.Status, Header: http.Header{}, Body: fault.Body}
	mediaType := fault.MediaType
	if fault.Body == nil && fault.Status != http.StatusNoContent && fault.Status != http.StatusNotModified {
		var value any
		if x.declared != nil {
			mediaType, value = x.declared.Example(fault.Status)
		}
		if value == nil && fault.Status >= http.StatusBadRequest {
			mediaType, value = "application/json", refusal.Ordinary(fault.Status)
		}
		if value != nil {
			sealed.Body, _ = json.Marshal(value, json.Deterministic(true)) // An example of the document is JSON.
		}
	}
	if len(sealed.Body) > 0 {
		sealed.Header.Set("Content-Type", mediaType)
	}
	maps.Copy(sealed.Header, fault.Header)
	return sealed
}

// mostDelay bounds the delay that a request may ask for.
const mostDelay = 5 * time.Minute

// preferred returns the fault that the request's Prefer header asks for (RFC 7240): code=404, an answer that the document has
// for the operation, and delay=500, in milliseconds. The second result lists the preferences that are applied.
func (x *exchange) preferred() (*world.LiveFault, string) {
	lines := x.request.Header.Values("Prefer")
	if len(lines) == 0 {
		return nil, ""
	}
	wish := world.Fault{Name: "Prefer"}
	var applied []string
	seen := map[string]bool{}
	for _, line := range lines {
		for _, one := range spec.SplitHeader(line, ',') {
			if one == "" {
				continue
			}
			name, value := journal.Preference(one)
			if len(spec.SplitHeader(one, ';')) > 1 {
				x.ignore("parameters", "", "of a preference, behind a semicolon, are ignored; a comma separates preferences: code=403, delay=500")
			}
			if why := x.apply(&wish, name, value, seen[name]); why != "" {
				x.ignore(name, value, why)
				continue
			}
			seen[name] = true
			applied = append(applied, name+"="+value)
		}
	}
	if len(applied) == 0 {
		return nil, ""
	}
	return &world.LiveFault{Fault: wish}, strings.Join(applied, ", ")
}

// apply adds a preference to the fault. It returns why it cannot, or "".
func (x *exchange) apply(wish *world.Fault, name, value string, again bool) string {
	number, err := strconv.Atoi(value)
	switch {
	case name != "code" && name != "delay" || err != nil:
		return "is not understood; it takes code=404 and delay=500, in milliseconds"
	case again:
		return "is given again; the first one counts"
	case name == "code" && !x.declared.Documents(number) && number != http.StatusTooManyRequests && number != http.StatusServiceUnavailable:
		return fmt.Sprintf("asks for a status that %s does not have; it has %v, and 429 and 503", x.Operation, x.declared.Statuses())
	case name == "code":
		wish.Status = number
	case number < 0 || number > int(mostDelay/time.Millisecond):
		return fmt.Sprintf("is not applied; a delay is at most %d, in milliseconds", mostDelay/time.Millisecond)
	default:
		wish.Latency = time.Duration(number) * time.Millisecond
	}
	return ""
}

// ignore notes a preference that is not applied, for the journal.
func (x *exchange) ignore(name, value, why string) {
	if len(x.ignored) < journal.MaxDetails {
		x.ignored = append(x.ignored, spec.Detail{Field: "Prefer", Type: "ignored", Message: journal.MaskedPreference(name, value) + " " + why})
	}
}
