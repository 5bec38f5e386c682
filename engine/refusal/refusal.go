package refusal

import (
	"errors"
	"fmt"
	"net/http"
	"slices"

	"standin/spec"
)

// Error is a refusal: the status and body of the answer, and the cause for the log. Declared refusals are never changed; the
// methods return changed copies.
type Error struct {
	status int
	frame  string // the name of the frame answer, if the refusal belongs to HTTP and not to an operation
	header http.Header
	body   problem
	fault  *fault // the gateway's body, in place of body (T-401)
	cause  error
	rule   string // of spec/rules.yaml
	facts  []Fact // the facts that decided it, for the explanation
}

// problem is the body of an error of the service (T-ERR).
type problem struct {
	Type     string        `json:"type"`
	Status   int           `json:"status"`
	Message  string        `json:"message"`
	Details  []spec.Detail `json:"details,omitempty"`
	MoreInfo string        `json:"moreInfo,omitempty"`
}

// fault is the body of an error of the gateway in front of the service (T-401).
type fault struct {
	Fault struct {
		String string `json:"faultstring"`
		Detail struct {
			Code string `json:"errorcode"`
		} `json:"detail"`
	} `json:"fault"`
}

// platformProblem is the body of an error of the platform's other services (SCOPES, COMPANY).
type platformProblem struct {
	Code    int      `json:"code"`
	Status  string   `json:"status"`
	Message string   `json:"message"`
	Details []string `json:"details,omitempty"`
}

// The refusals of the service.
var (
	Tenant       = refusal(http.StatusBadRequest, "bad_request", "The tenant information provided with the request is not valid.").By("W-TENANT")
	Invalid      = refusal(http.StatusBadRequest, "bad_request", "The request is not valid: see details.").By("W-INPUT")
	MailedToken  = refusal(http.StatusBadRequest, "bad_request", "invalid token: it is unknown, used, expired or not meant for this.").About("token").By("MAIL-TOKEN")
	EmailTaken   = refusal(http.StatusBadRequest, "bad_request", "The e-mail address cannot be used: an account has it.").About("newEmail").By("EMAIL-CHANGE")
	UnknownEmail = refusal(http.StatusBadRequest, "bad_request", "No account has this e-mail address.").About("email").By("RESET")
	NotOwnToken  = refusal(http.StatusBadRequest, "bad_request", "accessToken is not a live access token of this customer.").About("accessToken").By("LOGOUT")
	Session      = refusal(http.StatusBadRequest, "bad_request", "session-id names no session of this tenant.").About("session-id").By("SOCIAL")
	LegalEntity  = refusal(http.StatusBadRequest, "bad_request", "legalEntityId names no legal entity of this customer.").About("legalEntityId").By("REFRESH")

	Bearer  = gateway("Invalid access token", "oauth.v2.InvalidAccessToken").By("T-401")
	Expired = gateway("Access Token expired", "keymanagement.service.access_token_expired").By("T-LIFE")
	APIKey  = gateway("Invalid ApiKey", "oauth.v2.InvalidApiKey").By("T-401")

	Credentials  = refusal(http.StatusUnauthorized, "unauthorized", "The e-mail address or the password is not correct.").By("LOGIN-BAD")
	Inactive     = refusal(http.StatusUnauthorized, "unauthorized", "The account is not active.").By("LOGIN-INACTIVE")
	Pending      = refusal(http.StatusUnauthorized, "unauthorized", "The account is not active: its e-mail address was not confirmed yet.").By("LOGIN-INACTIVE")
	Password     = refusal(http.StatusUnauthorized, "unauthorized", "The current password is not correct.").By("PASSWORD-CHANGE")
	RefreshToken = refusal(http.StatusUnauthorized, "unauthorized", "The refresh token is not valid.").By("REFRESH-BAD")

	Forbidden = refusal(http.StatusForbidden, "Forbidden", "User not authorized.").By("T-KIND")
	Scopes    = missingScope("iam.scope_read_own")
	Companies = missingScope("customermanagement.legalentity_read_own")
	Address   = refusal(http.StatusNotFound, "resource_not_found", "Address %s of customer %s not found.").By("ADDR-OTHER")
	Company   = refusal(http.StatusNotFound, "resource_not_found", "The customer has no company, location or assignment with this id.").By("COMPANY")
	Duplicate = refusal(http.StatusConflict, "conflict_resource", "Duplicate account '%s' for tenant '%s'.").By("SIGNUP-DUP")
	Stale     = refusal(http.StatusConflict, "conflict_resource", "metadata.version is %d, but the stored version is %d: read again, then repeat the change.").By("PROFILE-VERSION")

	UnknownPath        = frame("UnknownPath", http.StatusNotFound, "resource_not_found", "No operation has this path. This server stands in for the customer service only; other services of the platform are not here. People find the console at /_standin/.").By("W-PATH")
	UnknownControlPath = frame("UnknownPath", http.StatusNotFound, "resource_not_found", "The control API has no operation with this path. Clock, mail, customers and so on are below /_standin/tenants/{tenant}; /_standin/documents/control.yaml has all of them.")
	ControlMoved       = frame("UnknownPath", http.StatusNotFound, "resource_not_found", "The control API of this server listens at %s/_standin.")
	ControlOff         = frame("UnknownPath", http.StatusNotFound, "resource_not_found", "The control API is turned off on this server.")
	Method             = frame("MethodNotAllowed", http.StatusMethodNotAllowed, "method_not_allowed", "The path does not have this method. It allows: %s.").By("W-METHOD")
	LongMethod         = frame("MethodNotImplemented", http.StatusNotImplemented, "not_implemented", "The method has %d characters, and none of HTTP has more than %d.").By("W-METHOD")
	TooLarge           = frame("ContentTooLarge", http.StatusRequestEntityTooLarge, "content_too_large", "The body is larger than %d bytes.").By("W-INPUT")
	MediaType          = frame("UnsupportedMediaType", http.StatusUnsupportedMediaType, "unsupported_media_type", "The body has type %q; this operation takes %s.").By("W-INPUT")
	ContentCoding      = frame("UnsupportedMediaType", http.StatusUnsupportedMediaType, "unsupported_media_type", "The body has content encoding %s; this operation takes bodies without one.").By("W-INPUT").WithHeader("Accept-Encoding", "identity")
	Broken             = frame("InternalError", http.StatusInternalServerError, "internal_error", "The stand-in failed. Its log says why; please report it.")
	Contract           = frame("InternalError", http.StatusInternalServerError, "contract_violation", "The stand-in's own answer broke the document, so it was not sent and nothing was changed. Its log says where; please report it.")
)

func refusal(status int, kind, message string) *Error {
	return &Error{status: status, body: problem{Type: kind, Status: status, Message: message}}
}

func gateway(text, code string) *Error {
	e := &Error{status: http.StatusUnauthorized, fault: &fault{}}
	e.fault.Fault.String = text
	e.fault.Fault.Detail.Code = code
	return e
}

// missingScope returns the 403 of one of the platform's other services.
func missingScope(scope string) *Error {
	return refusal(http.StatusForbidden, "Forbidden", "Scope validation failed").By("T-KIND").
		With(spec.Detail{Type: "scope", Message: "Missing required scopes '[" + scope + "]'"})
}

func frame(name string, status int, kind, message string) *Error {
	e := refusal(status, kind, message)
	e.frame = name
	return e
}

// Field refuses one field of a request. The kind is the type of the detail.
func Field(field, kind, message string) *Error {
	return Invalid.With(spec.Detail{Field: field, Type: kind, Message: message})
}

func (e *Error) Error() string {
	text := fmt.Sprintf("%d %s: %s", e.status, e.body.Type, e.body.Message)
	if e.fault != nil {
		text = fmt.Sprintf("%d %s", e.status, e.fault.Fault.String)
	}
	if e.cause != nil {
		text += ": " + e.cause.Error()
	}
	return text
}

func (e *Error) Unwrap() error { return e.cause }

// Of fills the placeholders of the message.
func (e *Error) Of(args ...any) *Error {
	derived := *e
	derived.body.Message = fmt.Sprintf(e.body.Message, args...)
	return &derived
}

// With adds details of fields.
func (e *Error) With(details ...spec.Detail) *Error {
	derived := *e
	derived.body.Details = append(slices.Clip(e.body.Details), details...)
	return &derived
}

// About adds the detail that a field's value is not accepted.
func (e *Error) About(field string) *Error {
	return e.With(spec.Detail{Field: field, Type: "value", Message: "is not accepted here"})
}

// By sets the rule that the refusal follows.
func (e *Error) By(rule string) *Error {
	derived := *e
	derived.rule = rule
	return &derived
}

// Saw adds a fact that decided the refusal. Only the explanation shows it.
func (e *Error) Saw(name, value string) *Error {
	derived := *e
	derived.facts = append(slices.Clip(e.facts), Fact{Name: name, Value: told("%s", value)})
	return &derived
}

// SawAll adds several facts.
func (e *Error) SawAll(facts []Fact) *Error {
	derived := *e
	derived.facts = append(slices.Clip(e.facts), facts...)
	return &derived
}

// Because sets the cause, for the log only.
func (e *Error) Because(cause error) *Error {
	derived := *e
	derived.cause = cause
	return &derived
}

// WithHeader adds a header to the answer.
func (e *Error) WithHeader(name, value string) *Error {
	derived := *e
	derived.header = http.Header{name: {value}}
	return &derived
}

// Reply returns the answer, which is not sealed yet.
func (e *Error) Reply() spec.Reply {
	if e.fault != nil {
		return spec.Reply{Status: e.status, Header: e.header, Body: e.fault}
	}
	return spec.Reply{Status: e.status, Header: e.header, Body: e.body}
}

// PlatformReply returns the answer in the form of the platform's other services, whose details are texts.
func (e *Error) PlatformReply() spec.Reply {
	if e.fault != nil {
		return e.Reply()
	}
	body := platformProblem{Code: e.status, Status: http.StatusText(e.status), Message: e.body.Message}
	for _, detail := range e.body.Details {
		text := detail.Message
		if detail.Field != "" {
			text = detail.Field + ": " + text
		}
		body.Details = append(body.Details, text)
	}
	return spec.Reply{Status: e.status, Header: e.header, Body: body}
}

// Status returns the status of the answer.
func (e *Error) Status() int { return e.status }

// Frame returns the name of the frame answer of the refusal; "" if it belongs to an operation.
func (e *Error) Frame() string { return e.frame }

// Rule returns the id of the rule in spec/rules.yaml that the refusal follows, or "".
func (e *Error) Rule() string { return e.rule }

// Facts returns the facts that decided the refusal.
func (e *Error) Facts() []Fact { return e.facts }

// Details returns the details of fields.
func (e *Error) Details() []spec.Detail { return e.body.Details }

// Message returns the message for the client.
func (e *Error) Message() string {
	if e.fault != nil {
		return e.fault.Fault.String
	}
	return e.body.Message
}

// Details returns the details of fields of a refusal; nil for any other error.
func Details(err error) []spec.Detail {
	if refused, ok := errors.AsType[*Error](err); ok {
		return refused.body.Details
	}
	return nil
}

// Fact is something that decided an answer.
type Fact struct {
	Name  string
	Value string
}
