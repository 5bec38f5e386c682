package contracts

import (
	"encoding/json"
	"regexp"
	"strings"
)

// ordinaryDomain is the domain of all e-mail addresses in the specs.
const ordinaryDomain = "example.com"

// namespace keeps the e-mail addresses of a spec apart from all others in a tenant that it shares: jane@example.com
// goes out as jane.TAG@DOMAIN, and comes back as jane@example.com.
type namespace struct {
	tag    string
	domain string
}

var inDomain = regexp.MustCompile(`(?i)@example\.com`)

// out renames the e-mail addresses of a request. A nil namespace changes nothing.
func (n *namespace) out(body []byte) []byte {
	if n == nil {
		return body
	}
	return inDomain.ReplaceAllFunc(body, func(at []byte) []byte {
		if n.domain == ordinaryDomain {
			return append([]byte(n.tag), at...)
		}
		return []byte(n.tag + "@" + n.domain)
	})
}

// in gives the e-mail addresses of an answer back the names that the spec knows them by.
func (n *namespace) in(body []byte) []byte {
	if n == nil {
		return body
	}
	tagged := regexp.MustCompile(`(?i)` + regexp.QuoteMeta(n.tag+"@"+n.domain))
	return tagged.ReplaceAllFunc(body, func(at []byte) []byte {
		if n.domain == ordinaryDomain {
			return at[len(n.tag):]
		}
		return []byte("@" + ordinaryDomain)
	})
}

// emailIn is the login e-mail address that a sign-up makes, as the server knows it.
func (n *namespace) emailIn(body []byte) string {
	var sent struct {
		Email  string `json:"email"`
		Signup *struct {
			Email string `json:"email"`
		} `json:"signup"`
	}
	_ = json.Unmarshal(body, &sent) // It was taken.
	if sent.Signup != nil {
		sent.Email = sent.Signup.Email
	}
	return strings.TrimSpace(string(n.out([]byte(sent.Email))))
}
