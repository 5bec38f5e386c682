package refusal

import (
	"cmp"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"standin/spec"
)

// NotFound refuses a control request for something that does not exist. The message should list what exists.
func NotFound(format string, args ...any) error {
	return refusal(http.StatusNotFound, "resource_not_found", told(format, args...))
}

// Conflict refuses a control request that the present state does not allow.
func Conflict(format string, args ...any) error {
	return refusal(http.StatusConflict, "conflict_resource", told(format, args...))
}

// told formats a message that may quote what the client sent: it is cut, and invalid UTF-8 is replaced.
func told(format string, args ...any) string {
	const most = 1000
	return strings.ToValidUTF8(Short(fmt.Sprintf(format, args...), most), "\ufffd")
}

// Short cuts a text to a number of bytes.
func Short(text string, most int) string {
	if len(text) <= most {
		return text
	}
	return text[:most] + "…"
}

// Value refuses the value of one field of a control request.
func Value(field, format string, args ...any) error {
	return Field(field, "value", told(format, args...))
}

// Fields refuses several fields of a control request.
func Fields(details ...spec.Detail) error { return Invalid.With(details...) }

// ControlUnauthorized refuses a control request without the token of the control API.
func ControlUnauthorized(message string) error {
	return frame("ControlUnauthorized", http.StatusUnauthorized, "unauthorized", message).WithHeader("Www-Authenticate", "Bearer")
}

// ControlForbidden refuses a control request from a page of another origin.
func ControlForbidden(message string) error {
	return frame("ControlForbidden", http.StatusForbidden, "Forbidden", message)
}

// Ordinary returns the service's error body for a status that the document has no example of. A status of the gateway gets
// the gateway's body.
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
