package contracts

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
	text   string // itself
	sent   string // as it stands in the answer
	member string // the name of the member that holds it; empty if it has none
	path   string // where jq finds it; empty if jq cannot
}

// shortestSecret is from how many bytes on a member's value is a secret: what is shorter may be a word of any text.
const shortestSecret = 4

// What is a secret by its form or by what stands before it.
var (
	jsonWebToken = regexp.MustCompile(`eyJ[\w-]+\.[\w-]+(?:\.[\w-]+)?`)
	randomText   = regexp.MustCompile(`[A-Za-z0-9_-]{16,}`)
	hexDigits    = regexp.MustCompile(`^[0-9A-Fa-f-]+$`)
	credential   = regexp.MustCompile(`(?i)\b(?:bearer|basic)\s+([\w.~+/=-]{8,})`)
)

// The ways in which a text names a member and its value, cut off or not: the value is the last group that is not empty.
// What follows a colon without quotes may be prose, so that it is a secret only if it has a digit.
var (
	inQuotes   = regexp.MustCompile(`["']([\w-]+)["']\s*[:=]\s*(?:"((?:[^"\\]|\\.)*)|'((?:[^'\\]|\\.)*))`)
	inForm     = regexp.MustCompile(`([\w-]+)=["']?([^\s"'&,;<>{}\[\]]+)`)
	inElement  = regexp.MustCompile(`<([\w-]+)[^<>]*>([^<]+)`)
	afterColon = regexp.MustCompile(`([\w-]+)["']?\s*:\s*([^\s"'&,;<>{}\[\]]*\d[^\s"'&,;<>{}\[\]]*)`)
)

// What the name of a secret has in it: some parts anywhere, others only as a word or at the end of one, since they
// are parts of ordinary words too. A name that ends like a kind or a time is about a secret and does not hold it.
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

// looksRandom reports whether a text looks drawn: nobody writes upper case, lower case and digits that mixed, or a
// long number in hexadecimal digits, such as a UUID.
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
	declared map[string][]*spec.Schema // the members of the operation's answer by the document
	tokens   bool                      // the operation may answer tokens
	refused  bool                      // but this answer is a refusal
	sent     string                    // the request, which an answer may repeat
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
	r.tokens = op.ID == "socialLogin" // It is declared without tokens, but it is a login.
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
		r.refused = false // It may be anything, so that only what a refusal declares is shown.
	}
	return r
}

// body finds the secrets of an answer's body: those in JSON with their paths, and whatever looks like one in any other
// text. An answer may be cut off, or give a member twice.
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

func (r *answerReader) add(one found) {
	if len(one.text) >= shortestSecret && !plainWords.MatchString(one.text) {
		r.all = append(r.all, one)
	}
}

// plainWords are texts that stand in any report and are secrets of no one.
var plainWords = regexp.MustCompile(`^(?i:bearer|basic|true|false|null)$`)

// text finds what is a secret in a text by its form or by the name before it. Of a body the names are those of members.
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

// shaped lists what is a secret in a text by its form.
func shaped(text string) []string {
	all := jsonWebToken.FindAllString(text, -1)
	for _, match := range credential.FindAllStringSubmatch(text, -1) {
		all = append(all, match[1])
	}
	return append(all, slices.DeleteFunc(randomText.FindAllString(text, -1), func(one string) bool { return !looksRandom(one) })...)
}

// place is where a value stands in an answer.
type place struct {
	path, member string
	secret       bool // it is below a member with the name of a secret
	undeclared   bool // it is below a member that the document does not declare
	depth        int
}

// mostDepth bounds how deep values are read, as json.Unmarshal does.
const mostDepth = 10_000

// value finds the secrets of the next JSON value. It reports whether all of it could be read; what comes before the
// fault has been looked at.
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

// inside finds the secrets of an object or a list that has been opened.
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

func (r *answerReader) scalar(at place, value any, text string) {
	if r.secret(at, value) || len(shaped(text)) == 1 && shaped(text)[0] == text {
		r.add(found{text: text, sent: text, member: at.member, path: at.path})
	} else if strings.ContainsAny(text, `"'<=:`) {
		r.text(text, false) // It may hold JSON or a form in its turn.
	}
}

// secret reports whether a value, which is a string or a number, is a secret by its place and by the document.
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

// declares reports whether the document has a member of this name that takes the value.
func (r *answerReader) declares(member string, value any) bool {
	if number, ok := value.(json.Number); ok {
		value, _ = number.Float64()
	}
	return slices.ContainsFunc(r.declared[member], func(schema *spec.Schema) bool { return len(schema.Check(value)) == 0 })
}

// oneWord reports whether a text is like a token: one word that is not short and has a digit.
func oneWord(text string) bool {
	const shortestToken = 8
	return len(text) >= shortestToken && !strings.ContainsFunc(text, unicode.IsSpace) && strings.ContainsFunc(text, unicode.IsDigit)
}

var plainStep = regexp.MustCompile(`^[A-Za-z_]\w*$`)

// step is a member in a path of jq.
func step(name string) string {
	if plainStep.MatchString(name) {
		return "." + name
	}
	quoted, _ := json.Marshal(name) // A text always can be.
	return "[" + string(quoted) + "]"
}

// decoded is what a JSON string says; what is none says itself.
func decoded(inner string) string {
	var text string
	if json.Unmarshal([]byte(`"`+inner+`"`), &text) != nil {
		return inner
	}
	return text
}
