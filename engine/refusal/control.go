package refusal

import (
	"cmp"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"standin/spec"
)

// NotFound refuses a step of the tester's for something that is not there; the message says what is.
func NotFound(format string, args ...any) error {
	return refusal(http.StatusNotFound, "resource_not_found", told(format, args...))
}

// Conflict refuses a step for what is there already, or is not as it was said to be.
func Conflict(format string, args ...any) error {
	return refusal(http.StatusConflict, "conflict_resource", told(format, args...))
}

// told is a message that may name what the client sent: it is short, and valid UTF-8 whatever that was.
func told(format string, args ...any) string {
	const most = 1000
	return strings.ToValidUTF8(Short(fmt.Sprintf(format, args...), most), "\ufffd")
}

// Short cuts a text to so many bytes.
func Short(text string, most int) string {
	if len(text) <= most {
		return text
	}
	return text[:most] + "…"
}

// Value refuses one field of a step.
func Value(field, format string, args ...any) error {
	return Field(field, "value", told(format, args...))
}

// Fields refuses several fields of a step.
func Fields(details ...spec.Detail) error { return Invalid.With(details...) }

// ControlUnauthorized refuses a tester who has not shown the token of the control plane.
func ControlUnauthorized(message string) error {
	return frame("ControlUnauthorized", http.StatusUnauthorized, "unauthorized", message).WithHeader("Www-Authenticate", "Bearer")
}

// ControlForbidden refuses a page that may not steer.
func ControlForbidden(message string) error {
	return frame("ControlForbidden", http.StatusForbidden, "Forbidden", message)
}

// Absent refuses a request because the handle is turned off.
func Absent() error { return ControlOff }

// Ordinary is the service's error body of a status that the document shows none for; a status of the gateway's own
// has the gateway's body.
func Ordinary(status int) any {
	text := cmp.Or(http.StatusText(status), "Status "+strconv.Itoa(status))
	if status >= http.StatusInternalServerError {
		var body fault
		body.Fault.String = "The Service is temporarily unavailable"
		body.Fault.Detail.Code = "messaging.adaptors.http.flow.ServiceUnavailable"
		return body
	}
	return problem{Type: strings.ReplaceAll(strings.ToLower(text), " ", "_"), Status: status, Message: text + "."}
}
