package suite

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"standin/spec"
)

// Answer is the answer of the server to a request.
type Answer struct {
	Status int
	Header http.Header
	Raw    []byte          // the body
	name   string          // of the operation, or the request line
	op     *spec.Operation // nil if the request was not of an operation
	suite  *Suite
}

// String describes the answer in a failure. It is not truncated, because a part of a secret could not be masked.
func (a *Answer) String() string {
	return fmt.Sprintf("%s answered %d with %s", a.name, a.Status, a.Raw)
}

// Must fails the spec unless the answer has the status.
func (a *Answer) Must(status int) *Answer {
	GinkgoHelper()
	Expect(a.Status).To(Equal(status), a.String())
	return a
}

// MustRefuse fails the spec unless the answer is an error with a status: an ordinary one with a type (T-ERR), or one in the form of the
// platform's other services, which has no type (SCOPES, COMPANY).
func (a *Answer) MustRefuse(status int, kind string) *Answer {
	GinkgoHelper()
	a.Must(status)
	if a.platform() {
		Expect(a.At("code")).To(BeEquivalentTo(status), a.String())
		Expect(a.At("status")).To(Equal(http.StatusText(status)), a.String())
		Expect(a.At("message")).NotTo(BeEmpty(), a.String())
		return a
	}
	Expect(a.At("type")).To(Equal(kind), a.String())
	Expect(a.At("status")).To(BeEquivalentTo(status), a.String())
	Expect(a.At("message")).NotTo(BeEmpty(), a.String())
	return a
}

// MustForbid fails the spec unless the answer is a 403. In the form of the platform's other services, it names the scope that is
// missing.
func (a *Answer) MustForbid() *Answer {
	GinkgoHelper()
	a.MustRefuse(http.StatusForbidden, "Forbidden")
	if a.platform() {
		Expect(a.Text("details", 0)).To(ContainSubstring("_read_own"), a.String())
	}
	return a
}

// platform reports whether errors of the operation have the form of the platform's other services.
func (a *Answer) platform() bool { return a.op != nil && a.op.PlatformErrors }

// MustNameField fails the spec unless the answer is a 400 with a detail that names the field.
func (a *Answer) MustNameField(field string) *Answer {
	GinkgoHelper()
	a.MustRefuse(http.StatusBadRequest, "bad_request")
	if a.platform() {
		Expect(a.At("details")).To(ContainElement(HavePrefix(field+": ")), a.String())
		return a
	}
	Expect(a.At("details")).To(ContainElement(HaveKeyWithValue("field", field)), a.String())
	return a
}

// The error codes of the gateway (T-401).
const (
	FaultBearer  = "oauth.v2.InvalidAccessToken"                //nolint:gosec // A code, no credential.
	FaultExpired = "keymanagement.service.access_token_expired" //nolint:gosec // A code, no credential.
	FaultAPIKey  = "oauth.v2.InvalidApiKey"                     //nolint:gosec // A code, no credential.
)

// MustFault fails the spec unless the answer is a 401 of the gateway with the error code (T-401).
func (a *Answer) MustFault(code string) *Answer {
	GinkgoHelper()
	a.Must(http.StatusUnauthorized)
	Expect(a.At("fault", "detail", "errorcode")).To(Equal(code), a.String())
	Expect(a.At("fault", "faultstring")).NotTo(BeEmpty(), a.String())
	return a
}

// MustHave fails the spec unless the body has a member that is not null, or does not have it if wanted is false.
func (a *Answer) MustHave(member string, wanted bool) {
	GinkgoHelper()
	has := a.At(member) != nil
	switch {
	case wanted && !has:
		Fail(fmt.Sprintf("%s must have the member %s: %s", a.name, member, a))
	case has && !wanted:
		Fail(fmt.Sprintf("%s must not have the member %s: %s", a.name, member, a))
	}
}

// List returns the elements of a header whose value is a list separated by commas.
func (a *Answer) List(header string) []string {
	all := strings.Split(strings.Join(a.Header.Values(header), ","), ",")
	for i, one := range all {
		all[i] = strings.TrimSpace(one)
	}
	return all
}

// JSON returns the decoded body.
func (a *Answer) JSON() any {
	GinkgoHelper()
	var value any
	Expect(json.Unmarshal(a.Raw, &value)).To(Succeed(), a.String())
	return value
}

// At returns the value of the body at a path of member names and indices, or nil if there is none.
func (a *Answer) At(path ...any) any {
	GinkgoHelper()
	value := a.JSON()
	for _, step := range path {
		switch step := step.(type) {
		case string:
			object, _ := value.(map[string]any)
			value = object[step]
		case int:
			list, _ := value.([]any)
			if step >= len(list) {
				return nil
			}
			value = list[step]
		}
	}
	return value
}

// Text returns the string at a path. The spec fails if there is none.
func (a *Answer) Text(path ...any) string {
	GinkgoHelper()
	text, ok := a.At(path...).(string)
	Expect(ok).To(BeTrue(), "no text at %v: %s", path, a)
	return text
}
