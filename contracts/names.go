package contracts

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// names are the variables of a shell that stand for secrets in all that is shown of one spec.
type names struct {
	variables map[string]string // by the texts that they hold
	shown     map[string]string // spellings of secrets, and the reference that is shown for it
	taken     map[string]bool
	run       string            // the part of e-mail addresses that only this run has
	derived   map[string]string // how a variable is made of another one, which is named before a space
	byFirst   map[byte][]string // the keys of shown by their first bytes; nil until it is needed
}

// The variables for the secrets that a run is given.
const (
	customerPassword = "STANDIN_CUSTOMER_PASSWORD"
	clientSecret     = "STANDIN_SERVICE_CLIENT_SECRET"
	controlToken     = "STANDIN_CONTROL_TOKEN"
	newPassword      = "STANDIN_NEW_PASSWORD"
)

// runPart is the variable for the part of e-mail addresses that only this run has. A script sets it to a new value,
// because the customers of the run still exist.
const runPart = "RUN"

// nameSecrets names the secrets that the run was given, and those that the answers of a spec have.
func (s *suite) nameSecrets(exchanges []*exchange) *names {
	n := &names{variables: map[string]string{}, shown: map[string]string{}, taken: map[string]bool{}, derived: map[string]string{}, run: s.run}
	n.add(s.target.Customer.Secret, "", customerPassword)
	n.add(s.target.ServiceClient.Secret, "", clientSecret)
	n.add(s.target.ControlToken, "", controlToken)
	if inbox, err := url.Parse(s.target.InboxURL); err == nil {
		secret, _ := inbox.User.Password()
		n.add(secret, "", "STANDIN_INBOX_PASSWORD")
	}
	if s.target.Foreign() {
		n.add(s.password, "", newPassword)
		n.variables[s.password] = n.derive(n.variables[s.password], inJSONString) // Only JSON has it, and a script may use another one.
		n.variables[s.run] = runPart
	}
	for _, one := range exchanges {
		for _, secret := range one.secrets() {
			n.add(secret.text, secret.sent, variable(one.owner, secret.member))
		}
	}
	return n
}

var noVariable = regexp.MustCompile(`[^A-Z0-9]+`)

// variable is a name for what a member of an answer holds, which belongs to somebody.
func variable(owner, member string) string {
	const most = 40
	words := regexp.MustCompile(`([a-z0-9])([A-Z])`).ReplaceAllString(member, "${1}_$2")
	words = strings.Trim(noVariable.ReplaceAllString(strings.ToUpper(words), "_"), "_")
	words = strings.TrimPrefix(cmp.Or(words, "SECRET"), "ACCESS_")
	return owner + "_" + words[:min(len(words), most)]
}

// add names a secret, unless it has a name, and all the ways in which it may be spelled. A spelling that a request may
// need has a variable of its own.
func (n *names) add(secret, sent, name string) {
	if secret == "" {
		return
	}
	as := n.variables[secret]
	if as == "" {
		as = name
		for i := 2; n.taken[as]; i++ {
			as = fmt.Sprintf("%s_%d", name, i)
		}
		n.taken[as] = true
		n.variables[secret] = as
		n.show(secret, as)
		for _, one := range spellings(secret) {
			if one.text != secret && n.variables[one.text] == "" && one.suffix != "" {
				n.variables[one.text] = n.derive(as, one.form)
			}
			n.show(one.text, cmp.Or(n.variables[one.text], as))
		}
	}
	n.show(sent, as)
	const shortestLine = 8
	for line := range strings.SplitSeq(secret, "\n") { // A message may indent them.
		if len(line) >= shortestLine {
			n.show(line, as)
		}
	}
}

// derive names the variable that holds another one in a form, and notes how a script makes it.
func (n *names) derive(variable string, as form) string {
	name := variable + as.suffix
	n.derived[name] = fmt.Sprintf(`%s %s=$(jq -nr --arg s "$%s" '$s|%s')`, variable, name, variable, as.jq)
	return name
}

func (n *names) show(text, variable string) {
	if text != "" && n.shown[text] == "" {
		n.shown[text] = "$" + variable
	}
}

// form is a way to write a secret in a request: the end of the variable's name, and the filter of jq that makes it.
type form struct{ suffix, jq string }

var (
	inJSONString = form{"_JSON", "@json[1:-1]"} //nolint:gochecknoglobals // Never changed.
	inURL        = form{"_URL", "@uri"}         //nolint:gochecknoglobals // Never changed.
)

// spelling is a way to write a secret that is not made of its characters one by one, or that a request may have: then in a
// form.
type spelling struct {
	text string
	form
}

func spellings(secret string) []spelling {
	return []spelling{
		{inJSON(secret, true), inJSONString},
		{inJSON(secret, false), inJSONString},
		{url.QueryEscape(secret), inURL},
		{url.PathEscape(secret), inURL},
		{text: base64.StdEncoding.EncodeToString([]byte(secret))},
		{text: base64.RawURLEncoding.EncodeToString([]byte(secret))},
	}
}

// inJSON is what stands between the quotes of a JSON string.
func inJSON(text string, escapeHTML bool) string {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(escapeHTML)
	_ = encoder.Encode(text) // A text always can be.
	line := strings.TrimSuffix(out.String(), "\n")
	return line[1 : len(line)-1]
}

// mask returns a text with variables in the place of secrets, however they are encoded; of two that begin at one place,
// in the place of the longer one. It ends after so many bytes.
func (n *names) mask(text string, most int) string {
	if n.byFirst == nil {
		n.byFirst = map[byte][]string{}
		for _, one := range sortedKeys(n.shown) {
			n.byFirst[one[0]] = append(n.byFirst[one[0]], one)
		}
	}
	read := &reading{text: text, known: map[[2]int][]character{}}
	var out strings.Builder
	for at := 0; at < len(text) && out.Len() < most; {
		end, secret := n.at(read, at)
		if end > at {
			out.WriteString(n.shown[secret])
			at = end
			continue
		}
		out.WriteByte(text[at])
		at++
	}
	return out.String()
}

// at returns the secret that begins at a place of a text and where it ends, which is 0 if there is none.
func (n *names) at(read *reading, at int) (int, string) {
	end, secret := 0, ""
	var firsts []byte
	for _, first := range read.steps(at, mostLayers) {
		if !slices.Contains(firsts, first.text[0]) {
			firsts = append(firsts, first.text[0])
		}
	}
	for _, first := range firsts {
		for _, one := range n.byFirst[first] {
			if to := read.end(at, one); to > end {
				end, secret = to, one
			}
		}
	}
	return end, secret
}
