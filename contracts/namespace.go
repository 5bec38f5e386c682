package contracts

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strings"
)

// ordinaryDomain is the domain of all e-mail addresses in the specs.
const ordinaryDomain = "example.com"

// namespace keeps the customers of a spec apart from all others in a tenant that it shares: jane@example.com goes out
// as jane.TAG@DOMAIN, and comes back as jane@example.com. The passwords of the specs, which everybody can read, go out
// as ones that begin with the run's own.
type namespace struct {
	tag      string
	domain   string
	password string
}

var (
	inDomain      = regexp.MustCompile(`(?i)@example\.com`)
	publicWords   = regexp.MustCompile(`\b(password123|another[12])\b`)
	passwordsTail = map[string]string{password: "", "another1": "-1", "another2": "-2"} //nolint:gochecknoglobals // A table.
)

// out renames the e-mail addresses and passwords of a request. A nil namespace changes nothing.
func (n *namespace) out(body []byte) []byte {
	if n == nil {
		return body
	}
	body = publicWords.ReplaceAllFunc(body, func(word []byte) []byte {
		return []byte(inJSON(n.password, true) + passwordsTail[string(word)])
	})
	return inDomain.ReplaceAllFunc(body, func(at []byte) []byte {
		if n.domain == ordinaryDomain {
			return append([]byte(n.tag), at...)
		}
		return []byte(n.tag + "@" + n.domain)
	})
}

// in gives the e-mail addresses and passwords of an answer back the names that the spec knows them by.
func (n *namespace) in(body []byte) []byte {
	if n == nil {
		return body
	}
	for _, word := range []string{"another1", "another2", password} { // The run's own is the beginning of the others.
		body = bytes.ReplaceAll(body, []byte(inJSON(n.password, true)+passwordsTail[word]), []byte(word))
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
