package suite

import (
	"cmp"
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"standin/spec"
)

// found is a secret in an answer.
type found struct {
	text   string // the secret
	sent   string // the secret as it is encoded in the answer
	member string // the name of the member that holds it; empty if there is none
	path   string // for jq; empty if jq cannot find it
}

// shortestSecret is the least length in bytes of a secret. A shorter text may be a word of any text.
const shortestSecret = 4

// The texts that are secrets by their form, or by the word before them.
var (
	jsonWebToken = regexp.MustCompile(`eyJ[\w-]+\.[\w-]+(?:\.[\w-]+)?`)
	randomText   = regexp.MustCompile(`[A-Za-z0-9_-]{16,}`)
	hexDigits    = regexp.MustCompile(`^[0-9A-Fa-f-]+$`)
	credential   = regexp.MustCompile(`(?i)\b(?:bearer|basic)\s+([\w.~+/=-]{8,})`)
)

// The ways to write a member and its value in a text, truncated or not. The value is the last group that is not empty. What
// follows a colon without quotes may be prose, so that it must have a digit.
var (
	inQuotes   = regexp.MustCompile(`["']([\w-]+)["']\s*[:=]\s*(?:"((?:[^"\\]|\\.)*)|'((?:[^'\\]|\\.)*))`)
	inForm     = regexp.MustCompile(`([\w-]+)=["']?([^\s"'&,;<>{}\[\]]+)`)
	inElement  = regexp.MustCompile(`<([\w-]+)[^<>]*>([^<]+)`)
	afterColon = regexp.MustCompile(`([\w-]+)["']?\s*:\s*([^\s"'&,;<>{}\[\]]*\d[^\s"'&,;<>{}\[\]]*)`)
)

// The parts of a secret's name. Some count anywhere, others only as a word, because they are parts of ordinary words too. A
// name that ends like a kind or a time is about a secret but is not the name of one.
var (
	secretPart = regexp.MustCompile(`passw|passphrase|passcode|pwd|secret|token|session|credential|bearer|ticket|cookie|authorization|jwt|pincode`)
	secretWord = regexp.MustCompile(`(?:^|-)(?:pass|pin|sms-?otp|otp|sid|o?auth|(?:|api|private|access|secret|public|auth)key)s?(?:-|$)`)
	aboutOne   = regexp.MustCompile(`(?:type|expires-?(?:in|at))$`)
	camelCase  = regexp.MustCompile(`([a-z0-9])([A-Z])`)
)

// secretName reports whether a member, a parameter or a header of this name holds a secret.
func secretName(name string) bool {
	words := strings.ReplaceAll(strings.ToLower(camelCase.ReplaceAllString(name, "$1-$2")), "_", "-")
	joined := strings.ReplaceAll(words, "-", "")
	return (secretPart.MatchString(joined) || secretWord.MatchString(words)) && !aboutOne.MatchString(words)
}

// looksRandom reports whether a text looks generated: it mixes upper case, lower case and digits, or is a long hexadecimal
// number such as a UUID.
func looksRandom(text string) bool {
	const shortestMixed = 20
	if !strings.ContainsFunc(text, unicode.IsDigit) {
		return false
	}
	upper, lower := strings.ContainsFunc(text, unicode.IsUpper), strings.ContainsFunc(text, unicode.IsLower)
	return upper && lower && len(text) >= shortestMixed || (upper || lower) && hexDigits.MatchString(text)
}

// answerReader finds the secrets of an answer.
type answerReader struct {
	declared map[string][]*spec.Schema // the members of the operation's answers by the document
	tokens   bool                      // the operation may answer tokens
	refused  bool                      // the answer is a refusal
	sent     string                    // the request, which the answer may repeat
	all      []found
}

// reader returns a reader for the answer of the exchange.
func (e *exchange) reader() *answerReader {
	r := &answerReader{refused: e.status >= http.StatusBadRequest, sent: e.request.Target + " " + string(e.request.Body)}
	op := e.suite.operations[e.name]
	if op == nil {
		return r
	}
	r.declared = op.AnswerMembers(e.status)
	r.tokens = op.ID == "socialLogin" // The document declares no tokens for this login.
	undocumented := r.refused && !op.Documents(e.status)
	for _, status := range op.Statuses() {
		members := op.AnswerMembers(status)
		for name, schemas := range members {
			r.tokens = r.tokens || secretName(name)
			if undocumented && status >= http.StatusBadRequest {
				r.declared[name] = append(r.declared[name], schemas...)
			}
		}
	}
	if undocumented {
		r.refused = false // The answer may be anything, so that only what a refusal declares is shown.
	}
	return r
}

// body finds the secrets of a body: those in JSON with their paths, and texts that look like secrets in all other text. The
// body may be truncated, or have a member twice.
func (r *answerReader) body(body []byte) []found {
	text := string(body)
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	if !r.value(decoder, place{}) && r.tokens && !r.refused && !strings.ContainsFunc(text, unicode.IsSpace) {
		r.add(found{text: text, sent: text}) // The document declares no other body than JSON.
	}
	r.text(text, true)
	return r.all
}

// add adds a secret, unless it is too short or a common word.
func (r *answerReader) add(one found) {
	if len(one.text) >= shortestSecret && !plainWords.MatchString(one.text) {
		r.all = append(r.all, one)
	}
}

// plainWords matches common words that are not secrets.
var plainWords = regexp.MustCompile(`^(?i:bearer|basic|true|false|null)$`)

// text finds secrets in a text by their form or by the name before them. In a body the names are those of members.
func (r *answerReader) text(text string, body bool) {
	for _, form := range []*regexp.Regexp{inQuotes, inForm, inElement, afterColon} {
		for _, match := range form.FindAllStringSubmatch(text, -1) {
			sent := cmp.Or(match[len(match)-1], match[2])
			one := found{text: decoded(sent), sent: sent, member: match[1]}
			if secretName(one.member) || body && form == inQuotes && r.secret(place{member: one.member}, one.text) {
				r.add(one)
			}
		}
	}
	for _, match := range shaped(text) {
		r.add(found{text: match, sent: match})
	}
}

// shaped returns the secrets in a text that have the form of one.
func shaped(text string) []string {
	all := jsonWebToken.FindAllString(text, -1)
	for _, match := range credential.FindAllStringSubmatch(text, -1) {
		all = append(all, match[1])
	}
	return append(all, slices.DeleteFunc(randomText.FindAllString(text, -1), func(one string) bool { return !looksRandom(one) })...)
}

// place is the place of a value in an answer.
type place struct {
	path, member string
	secret       bool // below a member with the name of a secret
	undeclared   bool // below a member that the document does not declare
	depth        int
}

// mostDepth is the most levels of nested values that are read, as in json.Unmarshal.
const mostDepth = 10_000

// value finds the secrets of the next JSON value. It reports whether the value is complete and valid; the part before a
// fault is searched anyway.
func (r *answerReader) value(decoder *json.Decoder, at place) bool {
	token, err := decoder.Token()
	switch token := token.(type) {
	case json.Delim:
		return err == nil && r.inside(decoder, at, token == '{')
	case string:
		r.scalar(at, token, token)
	case json.Number:
		r.scalar(at, token, token.String())
	}
	return err == nil
}

// inside finds the secrets of an object or a list after its first delimiter.
func (r *answerReader) inside(decoder *json.Decoder, at place, object bool) bool {
	if at.depth >= mostDepth {
		return false
	}
	for i := 0; decoder.More(); i++ {
		below := at
		below.depth++
		below.path += "[" + strconv.Itoa(i) + "]"
		if object {
			token, err := decoder.Token()
			name, ok := token.(string)
			if err != nil || !ok {
				return false
			}
			below.path = at.path + step(name)
			if !at.secret {
				below.member = name
			}
			below.secret = at.secret || secretName(name)
			below.undeclared = at.undeclared || r.declared[name] == nil
			if below.undeclared && r.tokens && oneWord(name) {
				r.add(found{text: name, sent: name})
			}
		}
		if !r.value(decoder, below) {
			return false
		}
	}
	_, err := decoder.Token()
	return err == nil
}

// scalar finds the secrets of a string or a number.
func (r *answerReader) scalar(at place, value any, text string) {
	if r.secret(at, value) || len(shaped(text)) == 1 && shaped(text)[0] == text {
		r.add(found{text: text, sent: text, member: at.member, path: at.path})
	} else if strings.ContainsAny(text, `"'<=:`) {
		r.text(text, false) // The text may be JSON or a form.
	}
}

// secret reports whether a string or a number is a secret by its place and by the document.
func (r *answerReader) secret(at place, value any) bool {
	declared := !at.undeclared && r.declares(at.member, value)
	number, isNumber := value.(json.Number)
	text, _ := value.(string)
	switch {
	case declared && isNumber:
		return false
	case at.secret || secretName(at.member):
		return true
	case declared || !r.tokens || strings.Contains(r.sent, text+number.String()):
		return false
	}
	return !r.refused || oneWord(text+number.String())
}

// declares reports whether the document has a member of this name whose schema allows the value.
func (r *answerReader) declares(member string, value any) bool {
	if number, ok := value.(json.Number); ok {
		value, _ = number.Float64()
	}
	return slices.ContainsFunc(r.declared[member], func(schema *spec.Schema) bool { return len(schema.Check(value)) == 0 })
}

// oneWord reports whether a text may be a token: one word with a digit that is not short.
func oneWord(text string) bool {
	const shortestToken = 8
	return len(text) >= shortestToken && !strings.ContainsFunc(text, unicode.IsSpace) && strings.ContainsFunc(text, unicode.IsDigit)
}

var plainStep = regexp.MustCompile(`^[A-Za-z_]\w*$`)

// step returns a member as a step in a path of jq.
func step(name string) string {
	if plainStep.MatchString(name) {
		return "." + name
	}
	quoted, _ := json.Marshal(name) // A string can always be encoded.
	return "[" + string(quoted) + "]"
}

// decoded returns the text of a JSON string, or the argument if it is not valid.
func decoded(inner string) string {
	var text string
	if json.Unmarshal([]byte(`"`+inner+`"`), &text) != nil {
		return inner
	}
	return text
}
