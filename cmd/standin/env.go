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
)

type envCommand struct {
	target
	Format string `enum:"dotenv,json,github" default:"dotenv" help:"dotenv: NAME=value lines that a shell reads, too. json: an object. github: append to the file that GITHUB_ENV names."`
}

// Help shows examples.
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

// controlTimeout is how long the control API may take for an answer.
const controlTimeout = 10 * time.Second

// Run asks the server and prints.
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

// info asks the control API which tenant and client id to use.
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
	if err := json.Unmarshal(got.body, &said); err != nil || said.Tenant == "" || said.ClientID == "" || said.URL != "" && !isOrigin(said.URL) {
		return running{}, noControlError{fmt.Errorf("%s names no tenant and client id, or a URL that is not an origin: this server is not a standin", got.url)}
	}
	control := strings.TrimSuffix(got.url, "/info")
	return running{
		origin: cmp.Or(said.URL, strings.TrimSuffix(control, controlPath)), tenant: said.Tenant, clientID: said.ClientID,
		control: control, controlToken: t.ControlToken,
	}, nil
}

func asJSON(all []variable) []byte {
	var text bytes.Buffer
	text.WriteString("{\n")
	for i, one := range all {
		value, _ := json.Marshal(one.value) // A text always can be.
		fmt.Fprintf(&text, "  %q: %s", one.name, value)
		if i < len(all)-1 {
			text.WriteString(",")
		}
		text.WriteString("\n")
	}
	text.WriteString("}\n")
	return text.Bytes()
}

// asDotenv writes what shells and readers of .env files take alike: plain values bare, all others in single quotes,
// in which nothing is expanded. Only a value with a single quote in it is in double quotes.
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

// githubFile names the variable with the file that carries variables to the later steps of a workflow.
const githubFile = "GITHUB_ENV"

// appendGithub writes each value between two lines that nobody can guess, so that no value can set another variable.
func appendGithub(path string, all []variable) error {
	var text strings.Builder
	for _, one := range all {
		end := "standin_" + rand.Text()
		fmt.Fprintf(&text, "%s<<%s\n%s\n%s\n", one.name, end, one.value, end)
	}
	file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644) //nolint:gosec // The file that GitHub names; its later steps read it.
	if err != nil {
		return usageError{fmt.Errorf("env: %s: %w", githubFile, err)}
	}
	_, err = file.WriteString(text.String())
	return errors.Join(err, file.Close())
}
