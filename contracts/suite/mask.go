package suite

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// masker replaces secrets by variables of a shell in everything that is shown of one spec.
type masker struct {
	variables  map[string]string // names of variables by their values
	references map[string]string // references to variables by the spellings of secrets that they replace
	taken      map[string]bool   // the names of variables
	run        string            // the part of e-mail addresses that only this run has
	derived    map[string]string // by a variable: the variable it is made from, a space, and the command that makes it
	byFirst    map[byte][]string // the keys of references by their first bytes; nil until it is needed
}

// The variables for the secrets among the options of a run.
const (
	customerPassword = "STANDIN_CUSTOMER_PASSWORD"
	clientSecret     = "STANDIN_SERVICE_CLIENT_SECRET"
	controlToken     = "STANDIN_CONTROL_TOKEN"
	newPassword      = "STANDIN_NEW_PASSWORD"
)

// runPart is the variable for the part of e-mail addresses that only this run has. A script gives it a new value, because
// the customers of the run still exist.
const runPart = "RUN"

// newMasker returns a masker for the secrets among the options of the run, and for those in the answers of a spec.
func (s *Suite) newMasker(exchanges []*exchange) *masker {
	m := &masker{variables: map[string]string{}, references: map[string]string{}, taken: map[string]bool{}, derived: map[string]string{}, run: s.run}
	m.add(s.Target.Customer.Secret, "", customerPassword)
	m.add(s.Target.ServiceClient.Secret, "", clientSecret)
	m.add(s.Target.ControlToken, "", controlToken)
	if inbox, err := url.Parse(s.Target.InboxURL); err == nil {
		secret, _ := inbox.User.Password()
		m.add(secret, "", "STANDIN_INBOX_PASSWORD")
	}
	if s.Target.Foreign() {
		m.add(s.password, "", newPassword)
		m.variables[s.password] = m.derive(m.variables[s.password], inJSONString) // Only JSON has it, and a script may set another one.
		m.variables[s.run] = runPart
	}
	for _, one := range exchanges {
		for _, secret := range one.secrets() {
			m.add(secret.text, secret.sent, variable(one.owner, secret.member))
		}
	}
	return m
}

var noVariable = regexp.MustCompile(`[^A-Z0-9]+`)

// variable returns a name for the value of a member of an answer. The owner begins the name.
func variable(owner, member string) string {
	const most = 40
	words := regexp.MustCompile(`([a-z0-9])([A-Z])`).ReplaceAllString(member, "${1}_$2")
	words = strings.Trim(noVariable.ReplaceAllString(strings.ToUpper(words), "_"), "_")
	words = strings.TrimPrefix(cmp.Or(words, "SECRET"), "ACCESS_")
	return owner + "_" + words[:min(len(words), most)]
}

// add gives a secret a variable with the name, or with a number after it if the name is taken. It replaces all spellings of
// the secret, among them the one in the answer (sent). A spelling that a request may need gets another variable.
func (m *masker) add(secret, sent, name string) {
	if secret == "" {
		return
	}
	as := m.variables[secret]
	if as == "" {
		as = name
		for i := 2; m.taken[as]; i++ {
			as = fmt.Sprintf("%s_%d", name, i)
		}
		m.taken[as] = true
		m.variables[secret] = as
		m.replace(secret, as)
		for _, one := range spellings(secret) {
			if one.text != secret && m.variables[one.text] == "" && one.suffix != "" {
				m.variables[one.text] = m.derive(as, one.form)
			}
			m.replace(one.text, cmp.Or(m.variables[one.text], as))
		}
	}
	m.replace(sent, as)
	const shortestLine = 8
	for line := range strings.SplitSeq(secret, "\n") { // A message may indent the lines of a secret.
		if len(line) >= shortestLine {
			m.replace(line, as)
		}
	}
}

// derive returns a variable for another one in a form, and keeps the command that makes it.
func (m *masker) derive(variable string, as form) string {
	name := variable + as.suffix
	m.derived[name] = fmt.Sprintf(`%s %s=$(jq -nr --arg s "$%s" '$s|%s')`, variable, name, variable, as.jq)
	return name
}

// replace masks a spelling by a reference to a variable.
func (m *masker) replace(text, variable string) {
	if text != "" && m.references[text] == "" {
		m.references[text] = "$" + variable
	}
}

// form is a way to write a secret in a request: the end of the variable's name, and the filter of jq that converts the
// secret.
type form struct{ suffix, jq string }

var (
	inJSONString = form{"_JSON", "@json[1:-1]"} //nolint:gochecknoglobals // A table.
	inURL        = form{"_URL", "@uri"}         //nolint:gochecknoglobals // A table.
)

// spelling is an encoding of a whole secret. The form is set if a request may need it.
type spelling struct {
	text string
	form
}

// spellings returns the encodings of a secret that do not encode each character alone, and those that a request may need.
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

// inJSON returns a text as it stands between the quotes of a JSON string.
func inJSON(text string, escapeHTML bool) string {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(escapeHTML)
	_ = encoder.Encode(text) // A string can always be encoded.
	line := strings.TrimSuffix(out.String(), "\n")
	return line[1 : len(line)-1]
}

// mask returns a text with references to variables instead of secrets, however these are encoded. If two begin at one place,
// the longer one is replaced. The result ends after most bytes.
func (m *masker) mask(text string, most int) string {
	if m.byFirst == nil {
		m.byFirst = map[byte][]string{}
		for _, one := range slices.Sorted(maps.Keys(m.references)) {
			m.byFirst[one[0]] = append(m.byFirst[one[0]], one)
		}
	}
	read := &reading{text: text, known: map[[2]int][]character{}}
	var out strings.Builder
	for at := 0; at < len(text) && out.Len() < most; {
		end, secret := m.at(read, at)
		if end > at {
			out.WriteString(m.references[secret])
			at = end
			continue
		}
		out.WriteByte(text[at])
		at++
	}
	return out.String()
}

// at returns where the secret ends that begins at a place of a text, and the secret; 0 if there is none.
func (m *masker) at(read *reading, at int) (int, string) {
	end, secret := 0, ""
	var firsts []byte
	for _, first := range read.steps(at, mostLayers) {
		if !slices.Contains(firsts, first.text[0]) {
			firsts = append(firsts, first.text[0])
		}
	}
	for _, first := range firsts {
		for _, one := range m.byFirst[first] {
			if to := read.end(at, one); to > end {
				end, secret = to, one
			}
		}
	}
	return end, secret
}
