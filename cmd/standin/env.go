package main

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"

	"standin/contracts/suite"
)

// envCommand is standin env.
type envCommand struct {
	target
	Format string `enum:"dotenv,json,github" default:"dotenv" help:"dotenv: NAME=value lines that a shell reads, too. json: an object. github: append to the file that GITHUB_ENV names."`
}

// Help returns the text of --help after the flags.
func (envCommand) Help() string {
	return `Prints STANDIN_URL, STANDIN_TENANT, STANDIN_CLIENT_ID, STANDIN_API and STANDIN_CONTROL of a server that runs
already. As long as they go together, serve and exec do not take STANDIN_TENANT and STANDIN_CONTROL for their own flags.

Examples:
  standin env > .env.local
  standin env --addr-file /tmp/standin.addr
  standin env --url http://standin:3676 --format json
  standin env --format github

Exit codes: 0 success, 1 the server refuses or is not a standin, 2 usage or configuration, 3 it cannot be reached
or is not ready.`
}

// controlTimeout is the greatest time for an answer of the control API.
const controlTimeout = 10 * time.Second

// Run asks the server and prints the variables.
func (e *envCommand) Run(to streams) error {
	if _, ok := os.LookupEnv(githubFile); e.Format == "github" && !ok {
		return usageError{errors.New("env: --format github needs the variable " + githubFile + ", which GitHub sets in a step of a workflow; elsewhere use dotenv or json")}
	}
	found, err := e.info(context.Background())
	if err != nil {
		return err
	}
	switch all := found.variables(); e.Format {
	case "github":
		return appendGithub(os.Getenv(githubFile), all)
	case "json":
		_, err = to.out.Write(asJSON(all))
	default:
		_, err = fmt.Fprint(to.out, asDotenv(all))
	}
	return err
}

// info returns the URL, tenant and client id that the control API names.
func (t *target) info(ctx context.Context) (running, error) {
	got, err := t.get(ctx, controlPath+"/info", controlTimeout)
	if err != nil {
		return running{}, err
	}
	switch err := got.refusal(); {
	case got.status == http.StatusNotFound:
		return running{}, noControlError{fmt.Errorf("%s answers 404: this server is not a standin, or its control API is turned off or has another address; give that in --control-url", got.url)}
	case got.status == http.StatusServiceUnavailable:
		return running{}, err
	case err != nil:
		return running{}, noControlError{err}
	}
	var said struct {
		URL      string `json:"url"`
		Tenant   string `json:"tenant"`
		ClientID string `json:"clientId"`
	}
	if err := json.Unmarshal(got.body, &said); err != nil || !isPlain(said.Tenant) || !isPlain(said.ClientID) || said.URL != "" && !isOrigin(said.URL) {
		return running{}, noControlError{fmt.Errorf("%s names no tenant and client id, or a URL that is not an origin: this server is not a standin", got.url)}
	}
	control := strings.TrimSuffix(got.url, "/info")
	return running{
		origin: cmp.Or(said.URL, strings.TrimSuffix(control, controlPath)), tenant: said.Tenant, clientID: said.ClientID,
		control: control, controlToken: t.ControlToken,
	}, nil
}

// isPlain reports whether a name of a server can be printed: a terminal would obey its control characters.
func isPlain(name string) bool {
	return name != "" && suite.Printable(name) == name && !strings.ContainsAny(name, "\n\t")
}

// asJSON returns variables as a JSON object.
func asJSON(all []variable) []byte {
	var text bytes.Buffer
	text.WriteString("{\n")
	for i, one := range all {
		value, _ := json.Marshal(one.value) // Encoding a string never fails.
		fmt.Fprintf(&text, "  %q: %s", one.name, value)
		if i < len(all)-1 {
			text.WriteString(",")
		}
		text.WriteString("\n")
	}
	text.WriteString("}\n")
	return text.Bytes()
}

// asDotenv returns variables as lines that shells and readers of .env files read alike. A plain value has no quotes. Other
// values are in single quotes, in which nothing is expanded, and a value that contains a single quote is in double quotes.
func asDotenv(all []variable) string {
	const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:,@%+="
	escape := strings.NewReplacer(`\`, `\\`, `"`, `\"`, "$", `\$`, "`", "\\`")
	var text strings.Builder
	for _, one := range all {
		value := one.value
		switch {
		case strings.Trim(value, plain) == "":
		case !strings.Contains(value, "'"):
			value = "'" + value + "'"
		default:
			value = `"` + escape.Replace(value) + `"`
		}
		fmt.Fprintf(&text, "%s=%s\n", one.name, value)
	}
	return text.String()
}

// githubFile is the variable with the name of the file that sets variables for the later steps of a workflow.
const githubFile = "GITHUB_ENV"

// appendGithub appends variables to a file for GitHub. Each value is between two random delimiters, so that no value can set
// another variable.
func appendGithub(path string, all []variable) error {
	var text strings.Builder
	for _, one := range all {
		end := "standin_" + rand.Text()
		fmt.Fprintf(&text, "%s<<%s\n%s\n%s\n", one.name, end, one.value, end)
	}
	file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644) //nolint:gosec // GitHub names the file, and later steps read it.
	if err != nil {
		return usageError{fmt.Errorf("env: %s: %w", githubFile, err)}
	}
	_, err = file.WriteString(text.String())
	return errors.Join(err, file.Close())
}
