package contracts

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"

	. "github.com/onsi/ginkgo/v2"

	"standin/spec"
	"standin/spec/curl"
)

// exchange is a request of a spec with its answer.
type exchange struct {
	request curl.Request
	owner   string // whom the secrets of the answer belong to, as the beginning of a variable's name
	name    string // of the operation, or the request line
	status  int    // of the answer, and its header and body
	header  http.Header
	answer  []byte
	silent  bool // it only looks at the tenant, and is not shown
	suite   *suite
}

// exchangeEntry is what the exchanges of a spec are called in its report.
const exchangeEntry = "exchange"

// record adds a request to what the report of the spec shows.
func (w *World) record(owner, name string, request *http.Request, body []byte) *exchange {
	e := &exchange{owner: owner, name: name, suite: w.suite, request: curl.Request{
		Method: request.Method, Origin: request.URL.Scheme + "://" + request.URL.Host, Target: request.URL.RequestURI(), Body: body,
	}}
	for _, name := range sortedKeys(request.Header) {
		for _, value := range request.Header[name] {
			e.request.Header = append(e.request.Header, [2]string{name, value})
		}
	}
	if w.watch == nil {
		AddReportEntry(exchangeEntry, e, ReportEntryVisibilityFailureOrVerbose)
	} else {
		w.watch(e)
	}
	return e
}

// answered keeps the answer, whose secrets are looked for only if something of the spec is shown.
func (e *exchange) answered(status int, header http.Header, body []byte) {
	e.status, e.header, e.answer = status, header, body
}

// secrets returns the secrets of the answer.
func (e *exchange) secrets() []found {
	all := e.reader().body(e.answer)
	for _, name := range sortedKeys(e.header) {
		for _, value := range e.header[name] {
			all = append(all, (&answerReader{}).body([]byte(value))...)
			if name == "Set-Cookie" {
				_, value, _ = strings.Cut(value, "=")
				value, _, _ = strings.Cut(value, ";")
			}
			if secretName(name) && len(value) >= shortestSecret {
				all = append(all, found{text: value, sent: value, member: name})
			}
		}
	}
	return all
}

// String returns the request as a line for a shell, for a report of ginkgo's own.
func (e *exchange) String() string {
	return e.line(e.suite.nameSecrets([]*exchange{e}))
}

// mostBody bounds in bytes a body that a report shows.
const mostBody = 20_000

// line is the request as a line for a shell.
func (e *exchange) line(n *names) string {
	request := e.request
	request.Variables = n.variables
	if len(request.Body) <= mostBody {
		return request.Line()
	}
	request.Body = nil
	return fmt.Sprintf("%s --data-binary @body # a file with the %d bytes that the spec has sent", request.Line(), len(e.request.Body))
}

// ownerOf names whom the tokens in the answer of an operation belong to.
func ownerOf(op *spec.Operation) string {
	switch {
	case op == nil:
		return "ANSWERED"
	case strings.HasPrefix(op.ID, "anonymous"):
		return "ANONYMOUS"
	case op.ID == "serviceToken":
		return "SERVICE"
	}
	return "CUSTOMER"
}

// reference finds the variables in a line of a script.
var reference = regexp.MustCompile(`"\$([A-Z0-9_]+)"`)

func references(line string) []string {
	var all []string
	for _, match := range reference.FindAllStringSubmatch(line, -1) {
		all = append(all, match[1])
	}
	return all
}

// given returns the lines that give a variable its value, for one that no answer fills. An exported value goes first,
// except for the part of e-mail addresses, which is new each time.
func (n *names) given(variable string) string {
	var how string
	switch variable {
	case runPart:
		return "# RUN is a part of e-mail addresses, and new each time since customers stay. The run of verify has sent " + n.run + ".\n" +
			variable + "=" + random(4)
	case newPassword:
		return "# New customers get this password. Export any other one to log in as them later.\n" +
			fmt.Sprintf(`: "${%s:=%s}"`, variable, random(12))
	case customerPassword:
		how = "=${STANDIN_CUSTOMER#*:}"
	case clientSecret:
		how = "=${STANDIN_SERVICE_CLIENT#*:}"
	case controlToken:
		how = "?export the token of the control API"
	default:
		how = "?export this secret of an answer"
	}
	return fmt.Sprintf(`: "${%s:%s}"`, variable, how)
}

// random is a command that prints random bytes as hexadecimal digits. Four bytes are as long as suite.run, so that
// addresses keep their lengths.
func random(bytes int) string {
	return fmt.Sprintf(`$(od -An -N%d -tx1 /dev/urandom | tr -d ' \n')`, bytes)
}

// script returns the requests of a spec as lines for a shell, from the first to the last. What an answer has given to
// a later request is read from that answer by jq. The first lines draw or ask for all else that is secret, and draw the
// part of e-mail addresses that is new in each run.
func (n *names) script(exchanges []*exchange) []string {
	exchanges = slices.DeleteFunc(slices.Clone(exchanges), func(one *exchange) bool { return one.silent })
	lines := make([]string, len(exchanges))
	needed := make([][]string, len(exchanges)+1) // the variables of the requests from each one on
	for i := len(exchanges) - 1; i >= 0; i-- {
		lines[i] = exchanges[i].line(n)
		needed[i] = append(slices.Clone(needed[i+1]), n.roots(lines[i])...)
	}
	var head, body []string
	filled := map[string]bool{}
	fill := func(into *[]string, variable, line string) {
		filled[variable] = true
		*into = append(*into, line)
		for _, name := range sortedKeys(n.derived) {
			if root, how, _ := strings.Cut(n.derived[name], " "); root == variable && slices.ContainsFunc(lines, func(line string) bool { return strings.Contains(line, `"$`+name+`"`) }) {
				*into = append(*into, how)
			}
		}
	}
	for i, one := range exchanges {
		for _, variable := range n.roots(lines[i]) {
			if !filled[variable] {
				fill(&head, variable, n.given(variable))
			}
		}
		read := map[string]string{}
		for _, secret := range one.secrets() {
			if variable := n.variables[secret.text]; secret.path != "" && !filled[variable] && read[variable] == "" && slices.Contains(needed[i+1], variable) {
				read[variable] = secret.path
			}
		}
		switch variables := sortedKeys(read); len(variables) {
		case 0:
			body = append(body, lines[i])
		case 1:
			fill(&body, variables[0], fmt.Sprintf("%s=$(%s | jq -r '%s')", variables[0], lines[i], quoted(read[variables[0]])))
		default:
			body = append(body, fmt.Sprintf("ANSWER=$(%s)", lines[i]))
			for _, variable := range variables {
				fill(&body, variable, fmt.Sprintf(`%s=$(printf %%s "$ANSWER" | jq -r '%s')`, variable, quoted(read[variable])))
			}
		}
	}
	return append(head, body...)
}

func quoted(path string) string { return strings.ReplaceAll(path, "'", `'\''`) }

// roots lists the variables that a line needs, those among them that others are made of in their place.
func (n *names) roots(line string) []string {
	var all []string
	for _, variable := range references(line) {
		if root, _, ok := strings.Cut(n.derived[variable], " "); ok {
			variable = root
		}
		all = append(all, variable)
	}
	return all
}
