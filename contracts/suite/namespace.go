package suite

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strconv"
	"strings"
)

// ordinaryDomain is the domain of the e-mail addresses in specs.
const ordinaryDomain = "example.com"

// namespace separates the customers of a spec from all others in a shared tenant. A request for jane@example.com is sent
// with jane.TAG@DOMAIN, and answers are translated back. The passwords in specs are public, so that they are replaced by
// passwords that begin with the one of the run.
type namespace struct {
	tag      string
	domain   string
	password string
}

var (
	escapes         = regexp.MustCompile(`\\(?:u[0-9a-fA-F]{4}|.)`)
	inDomain        = regexp.MustCompile(`(?i)@example\.com`)
	publicPasswords = regexp.MustCompile(`\b(password123|another[12])\b`)
	passwordSuffix  = map[string]string{Password: "", "another1": "-1", "another2": "-2"} //nolint:gochecknoglobals // A table.
)

// out replaces the e-mail addresses and passwords in a request. A nil namespace changes nothing.
func (n *namespace) out(body []byte) []byte {
	if n == nil {
		return body
	}
	body = publicPasswords.ReplaceAllFunc(body, func(word []byte) []byte {
		return []byte(inJSON(n.password, true) + passwordSuffix[string(word)])
	})
	return inDomain.ReplaceAllFunc(body, func(at []byte) []byte {
		if n.domain == ordinaryDomain {
			return append([]byte(n.tag), at...)
		}
		return []byte(n.tag + "@" + n.domain)
	})
}

// in reverses out in an answer.
func (n *namespace) in(body []byte) []byte {
	if n == nil {
		return body
	}
	body = escapes.ReplaceAllFunc(body, unescaped)
	for _, word := range []string{"another1", "another2", Password} { // The last one is a prefix of the others.
		body = bytes.ReplaceAll(body, []byte(inJSON(n.password, true)+passwordSuffix[word]), []byte(word))
	}
	tagged := regexp.MustCompile(`(?i)` + regexp.QuoteMeta(n.tag+"@"+n.domain))
	return tagged.ReplaceAllFunc(body, func(at []byte) []byte {
		if n.domain == ordinaryDomain {
			return at[len(n.tag):]
		}
		return []byte("@" + ordinaryDomain)
	})
}

// unescaped returns a printable ASCII character for its escape in JSON, except for those that need the escape.
func unescaped(escape []byte) []byte {
	text := string(escape)
	if char, err := strconv.ParseUint(strings.TrimPrefix(text, `\u`), 16, 16); err == nil && char >= ' ' && char <= '~' && char != '"' && char != '\\' {
		return []byte{byte(char)}
	}
	if text == `\/` {
		return []byte("/")
	}
	return escape
}

// emailIn returns the login e-mail address of a sign-up, as the server knows it.
func (n *namespace) emailIn(body []byte) string {
	var sent struct {
		Email  string `json:"email"`
		Signup *struct {
			Email string `json:"email"`
		} `json:"signup"`
	}
	_ = json.Unmarshal(body, &sent) // The server has accepted the body.
	if sent.Signup != nil {
		sent.Email = sent.Signup.Email
	}
	return strings.TrimSpace(string(n.out([]byte(sent.Email))))
}
