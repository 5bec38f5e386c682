package suite

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// reference matches a reference to a variable in a line of a script.
var reference = regexp.MustCompile(`"\$([A-Z0-9_]+)"`)

// references returns the variables in a line of a script.
func references(line string) []string {
	var all []string
	for _, match := range reference.FindAllStringSubmatch(line, -1) {
		all = append(all, match[1])
	}
	return all
}

// given returns the lines that set a variable which no answer sets. They keep an exported value, except for the part of
// e-mail addresses, which is new each time.
func (m *masker) given(variable string) string {
	var how string
	switch variable {
	case runPart:
		return "# RUN is a part of e-mail addresses, and new each time since customers stay. The run of verify has sent " + m.run + ".\n" +
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

// random returns a command that prints random bytes as hexadecimal digits. Four bytes are as long as Suite.run, so that
// e-mail addresses keep their lengths.
func random(bytes int) string {
	return fmt.Sprintf(`$(od -An -N%d -tx1 /dev/urandom | tr -d ' \n')`, bytes)
}

// script returns the requests of a spec as lines for a shell. With jq it reads from an answer what a later request needs.
// The first lines set the other variables: those of secrets, and the new part of e-mail addresses.
func (m *masker) script(exchanges []*exchange) []string {
	exchanges = slices.DeleteFunc(slices.Clone(exchanges), func(one *exchange) bool { return one.silent })
	lines := make([]string, len(exchanges))
	needed := make([][]string, len(exchanges)+1) // the variables of the requests from each one on
	for i := len(exchanges) - 1; i >= 0; i-- {
		lines[i] = exchanges[i].line(m)
		needed[i] = append(slices.Clone(needed[i+1]), m.roots(lines[i])...)
	}
	var head, body []string
	filled := map[string]bool{}
	fill := func(into *[]string, variable, line string) {
		filled[variable] = true
		*into = append(*into, line)
		for _, name := range slices.Sorted(maps.Keys(m.derived)) {
			if root, how, _ := strings.Cut(m.derived[name], " "); root == variable && slices.ContainsFunc(lines, func(line string) bool { return strings.Contains(line, `"$`+name+`"`) }) {
				*into = append(*into, how)
			}
		}
	}
	for i, one := range exchanges {
		for _, variable := range m.roots(lines[i]) {
			if !filled[variable] {
				fill(&head, variable, m.given(variable))
			}
		}
		read := map[string]string{}
		for _, secret := range one.secrets() {
			if variable := m.variables[secret.text]; secret.path != "" && !filled[variable] && read[variable] == "" && slices.Contains(needed[i+1], variable) {
				read[variable] = secret.path
			}
		}
		switch variables := slices.Sorted(maps.Keys(read)); len(variables) {
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

// quoted escapes a path of jq for single quotes of a shell.
func quoted(path string) string { return strings.ReplaceAll(path, "'", `'\''`) }

// roots returns the variables that a line needs. Instead of a derived variable it returns the one that it is made from.
func (m *masker) roots(line string) []string {
	var all []string
	for _, variable := range references(line) {
		if root, _, ok := strings.Cut(m.derived[variable], " "); ok {
			variable = root
		}
		all = append(all, variable)
	}
	return all
}
