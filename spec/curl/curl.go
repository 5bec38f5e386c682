package curl

import (
	"bytes"
	"cmp"
	"net/http"
	"regexp"
	"slices"
	"strings"
)

// Request is a request to show as a command.
type Request struct {
	Method string // empty for GET
	Origin string // scheme and host, such as http://127.0.0.1:3676
	Target string // path and query as on the request line
	Header [][2]string
	Body   []byte
	// Bearer is the name of the variable with the bearer token, for a request whose Authorization header was not kept. It
	// is empty for none.
	Bearer string
	// Variables maps texts to the names of variables with these texts. The command refers to a variable wherever its text
	// occurs in the request.
	Variables map[string]string
}

// mostArgument is the greatest size in bytes of a body that is passed as an argument. Linux refuses arguments of 128 KiB.
const mostArgument = 100_000

// Line returns the request as one line: a curl command, or a pipe into one if the body cannot be an argument. The line has no
// control characters. It leaves out NUL bytes outside the body, and headers whose names begin with @, since curl would read a
// file of that name. Both are not valid in HTTP.
func (r Request) Line() string {
	words := []string{"curl -sS"}
	if r.Method == http.MethodHead && len(r.Body) == 0 {
		words = append(words, "--head") // With -X HEAD, curl would wait for a body.
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
		words = append(words, "-H 'Content-Type:'") // Otherwise curl sends the Content-Type of a form.
	}
	if len(r.Body) <= mostArgument && bytes.IndexByte(r.Body, 0) < 0 {
		return strings.Join(append(words, "--data-raw", r.word(string(r.Body))), " ")
	}
	return r.printf() + " | " + strings.Join(append(words, "--data-binary @-"), " ")
}

// Note returns a command that does nothing, with a text for the reader. It is placed before a command in a line.
func Note(text string) string { return ": " + quote(text) + "; " }

// field returns a header in curl's form. If the value is empty, a semicolon follows the name, since curl would remove the header
// for "Name:".
func field(name, value string) string {
	if value == "" {
		return name + ";"
	}
	return name + ": " + value
}

// The expressions match the parts of a URL that curl would change without further options.
var (
	globbed = regexp.MustCompile(`[\[\]{}]`)
	dotted  = regexp.MustCompile(`(?i)/(\.|%2e){1,2}(/|$)`)
	altered = regexp.MustCompile(`^[^/]|^$|[^!-~]|#`) // curl would encode it, cut it off or take it for a part of the host
)

// address returns the URL and the options with which curl does not change it.
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

// printf returns a command that prints the body.
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

// word returns a text as one word of the shell.
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

// pieces returns a text split at the texts of variables. If two of these begin at the same place, the longer one counts.
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
