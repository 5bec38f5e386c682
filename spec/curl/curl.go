package curl

import (
	"bytes"
	"cmp"
	"net/http"
	"regexp"
	"slices"
	"strings"
)

// Request is a request to be shown as a command.
type Request struct {
	Method string // GET if it is empty
	Origin string // scheme and host, such as http://127.0.0.1:3676
	Target string // path and query as they stand on the request line
	Header [][2]string
	Body   []byte
	// Bearer names the variable that holds the bearer token, for a request whose Authorization header was not kept;
	// empty for none.
	Bearer string
	// Variables maps a text to the name of the variable that holds it. Wherever the text stands in the request, the
	// command refers to the variable instead.
	Variables map[string]string
}

// mostArgument bounds in bytes a body that is passed as an argument: Linux takes none of 128 KiB.
const mostArgument = 100_000

// Line returns the request as one line: a curl command, or a pipe into one where the body cannot be an argument.
// It has no control characters. A NUL byte outside the body and a header whose name begins with @, which curl takes
// for the name of a file, are left out; HTTP has neither.
func (r Request) Line() string {
	words := []string{"curl -sS"}
	if r.Method == http.MethodHead && len(r.Body) == 0 {
		words = append(words, "--head") // With -X HEAD curl waits for a body.
	} else if method := cmp.Or(r.Method, http.MethodGet); method != http.MethodGet || len(r.Body) > 0 {
		words = append(words, "-X", r.word(method))
	}
	words = append(words, r.address()...)
	for _, header := range r.Header {
		if !strings.HasPrefix(header[0], "@") {
			words = append(words, "-H", r.word(field(header[0], header[1])))
		}
	}
	if r.Bearer != "" {
		words = append(words, "-H", `'Authorization: Bearer '"$`+r.Bearer+`"`)
	}
	if len(r.Body) == 0 {
		return strings.Join(words, " ")
	}
	if !slices.ContainsFunc(r.Header, func(h [2]string) bool { return strings.EqualFold(h[0], "Content-Type") }) {
		words = append(words, "-H 'Content-Type:'") // Else curl sends that of a form.
	}
	if len(r.Body) <= mostArgument && bytes.IndexByte(r.Body, 0) < 0 {
		return strings.Join(append(words, "--data-raw", r.word(string(r.Body))), " ")
	}
	return r.printf() + " | " + strings.Join(append(words, "--data-binary @-"), " ")
}

// Note returns the beginning of a line that tells something to the reader and does nothing.
func Note(text string) string { return ": " + quote(text) + "; " }

// field is a header as curl takes it: a semicolon ends the name of one that is empty, since curl removes "Name:".
func field(name, value string) string {
	if value == "" {
		return name + ";"
	}
	return name + ": " + value
}

// What curl changes in a URL unless it is told not to.
var (
	globbed = regexp.MustCompile(`[\[\]{}]`)
	dotted  = regexp.MustCompile(`(?i)/(\.|%2e){1,2}(/|$)`)
	altered = regexp.MustCompile(`^[^/]|^$|[^!-~]|#`) // curl encodes it, cuts it off or takes it for a part of the host.
)

// address is the URL and the options by which curl leaves it as it is.
func (r Request) address() []string {
	if altered.MatchString(r.Target) {
		return []string{"--request-target", r.word(r.Target), r.word(r.Origin)}
	}
	var words []string
	if globbed.MatchString(r.Origin + r.Target) {
		words = append(words, "--globoff")
	}
	if path, _, _ := strings.Cut(r.Target, "?"); dotted.MatchString(path) {
		words = append(words, "--path-as-is")
	}
	return append(words, r.word(r.Origin+r.Target))
}

// printf is a command that prints the body.
func (r Request) printf() string {
	var format strings.Builder
	var arguments []string
	for _, one := range r.pieces(string(r.Body)) {
		if one.variable != "" {
			format.WriteString("%s")
			arguments = append(arguments, ` "$`+one.variable+`"`)
			continue
		}
		format.WriteString(asFormat(one.text))
	}
	return "printf '" + format.String() + "'" + strings.Join(arguments, "")
}

// word is a text as one word of the shell.
func (r Request) word(text string) string {
	text = strings.ReplaceAll(text, "\x00", "")
	if text == "" {
		return "''"
	}
	var out strings.Builder
	for _, one := range r.pieces(text) {
		if one.variable != "" {
			out.WriteString(`"$` + one.variable + `"`)
			continue
		}
		out.WriteString(quote(one.text))
	}
	return out.String()
}

// piece is a part of a text: literal text, or a reference to a variable.
type piece struct{ text, variable string }

// pieces splits a text at the texts that variables hold. Where two begin at one place, the longer one counts.
func (r Request) pieces(text string) []piece {
	held := make([]string, 0, len(r.Variables))
	for one := range r.Variables {
		if one != "" {
			held = append(held, one)
		}
	}
	slices.SortFunc(held, func(one, other string) int { return cmp.Compare(len(other), len(one)) })
	var all []piece
	begin := 0
	for at := 0; at < len(text); at++ {
		i := slices.IndexFunc(held, func(one string) bool { return strings.HasPrefix(text[at:], one) })
		if i < 0 {
			continue
		}
		if begin < at {
			all = append(all, piece{text: text[begin:at]})
		}
		all = append(all, piece{variable: r.Variables[held[i]]})
		begin = at + len(held[i])
		at = begin - 1
	}
	if begin < len(text) {
		all = append(all, piece{text: text[begin:]})
	}
	return all
}
