package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

// call runs the program and returns its exit code and output.
func invoke(t *testing.T, args ...string) (int, string, string) {
	t.Helper()
	var out, err bytes.Buffer
	return run(args, &out, &err), out.String(), err.String()
}

// in changes the working directory of the test to a new folder that contains a file.
func in(t *testing.T, name, content string) {
	t.Helper()
	folder := t.TempDir()
	t.Chdir(folder)
	if err := os.WriteFile(filepath.Join(folder, name), []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestHelpAndVersion(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, args := range [][]string{
		{"--help"},
		{"serve", "--help"},
		{"exec", "--help"},
		{"env", "--help"},
		{"wait", "--help"},
		{"healthcheck", "--help"},
		{"fixtures", "--help"},
		{"fixtures", "list", "--help"},
		{"fixtures", "show", "--help"},
		{"fixtures", "lint", "--help"},
		{"fixtures", "export", "--help"},
		{"verify", "--help"},
		{"version", "--help"},
		{"version"},
	} {
		code, out, errors := invoke(t, args...)
		if code != exitOK || out == "" || errors != "" {
			t.Errorf("%v exits with %d, %q and %q", args, code, out, errors)
		}
		group := args[0] == "--help" || args[0] == "fixtures" && len(args) == 2
		if args[len(args)-1] == "--help" && !group && !strings.Contains(out, "Example") {
			t.Errorf("%v shows no example:\n%s", args, out)
		}
		if args[0] != "version" && len(args) > 1 && !group && !strings.Contains(out, "Exit code") {
			t.Errorf("%v shows no exit codes:\n%s", args, out)
		}
		for line := range strings.Lines(out) {
			if args[0] != "version" && len(strings.TrimRight(line, "\n")) > 100 {
				t.Errorf("%v has a line of %d characters: %s", args, len(line), line)
			}
		}
	}
	if _, out, _ := invoke(t, "serve", "--help"); !strings.Contains(out, "standin serve --addr :0") || !strings.Contains(out, "$STANDIN_ADDR") {
		t.Errorf("the help shows no example or no variable:\n%s", out)
	}
	if _, out, _ := invoke(t, "--help"); !strings.Contains(out, "Exit codes: 0 success, 1 findings or a failure, 2 usage") {
		t.Errorf("the help shows no exit codes:\n%s", out)
	}
	if _, out, _ := invoke(t, "version"); !strings.Contains(out, "customer.yaml sha256:") {
		t.Errorf("the version is\n%s", out)
	}
}

func TestMistakesOfUsageExitWithTwo(t *testing.T) {
	t.Chdir(t.TempDir())
	bad := filepath.Join(t.TempDir(), "bad.yaml")
	if err := os.WriteFile(bad, []byte("customers:\n  - email: a@example.com\n    pasword: x\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for want, args := range map[string][]string{
		"unknown flag --bad":   {"serve", "--bad"},
		"Usage: standin":       {},
		"--addr nonsense":      {"serve", "--addr", "nonsense"},
		"not a valid port":     {"serve", "--addr", "127.0.0.1:99999"},
		"go together":          {"serve", "--tls-cert", "x"},
		"bad.yaml:3:5":         {"serve", "--fixture", bad},
		"unknown fixture":      {"serve", "--fixture", "nope"},
		"Not A Tenant":         {"serve", "--tenant", "Not A Tenant"},
		"--log-format":         {"serve", "--log-format", "xml"},
		"--addr is empty":      {"serve", "--addr", ""},
		"--tenant is empty":    {"serve", "--tenant="},
		"--hash-memory":        {"serve", "--hash-memory", "4294967295"},
		"--hash-time":          {"serve", "--hash-time", "4294967295"},
		"--drain":              {"serve", "--drain=-5s"},
		"not an ordinary file": {"serve", "--addr", ":0", "--addr-file", os.TempDir()},
		"no such file":         {"--config", "absent.yaml", "serve"},
		"absent.pem":           {"serve", "--addr", ":0", "--tls-cert", "absent.pem", "--tls-key", "absent.pem"},
	} {
		code, _, errors := invoke(t, args...)
		if code != exitUsage || !strings.Contains(errors, want) {
			t.Errorf("%v exits with %d: %s", args, code, errors)
		}
	}
}

// settled returns the flags with which serve would run.
func settled(t *testing.T, args ...string) serveCommand {
	t.Helper()
	var line commands
	parser, err := kong.New(&line, kong.DefaultEnvars("STANDIN"), kong.Configuration(loadConfig, "standin.yaml"), kong.Bind(streams{}))
	if err != nil {
		t.Fatal(err)
	}
	ownVariables(parser.Model)
	if _, err := parser.Parse(append([]string{"serve"}, args...)); err != nil {
		t.Fatal(err)
	}
	return line.Serve
}

func TestFlagBeforeEnvironmentBeforeFileBeforeDefault(t *testing.T) {
	in(t, "standin.yaml", "log-format: json\ntenant: [fileone, filetwo]\nbanner: false\nmax-worlds: 7\n")
	got := settled(t)
	if got.LogFormat != "json" || strings.Join(got.Tenant, " ") != "fileone filetwo" || got.Banner || got.MaxWorlds != 7 || got.Fixture != "demo" {
		t.Errorf("the file gives %+v", got)
	}
	t.Setenv("STANDIN_LOG_FORMAT", "text")
	t.Setenv("STANDIN_TENANT", "envone,envtwo")
	t.Setenv("STANDIN_BANNER", "true")
	t.Setenv("STANDIN_MAX_WORLDS", "8")
	got = settled(t)
	if got.LogFormat != "text" || strings.Join(got.Tenant, " ") != "envone envtwo" || !got.Banner || got.MaxWorlds != 8 {
		t.Errorf("the environment gives %+v", got)
	}
	got = settled(t, "--log-format", "json", "--tenant", "flagone", "--tenant", "flagtwo", "--no-banner", "--max-worlds", "9")
	if got.LogFormat != "json" || strings.Join(got.Tenant, " ") != "flagone flagtwo" || got.Banner || got.MaxWorlds != 9 {
		t.Errorf("the flags give %+v", got)
	}
}

func TestMistakesInTheFile(t *testing.T) {
	for content, want := range map[string]string{
		"adr: 1\n":                     `"adr" is not a setting; the settings are addr, addr-file`,
		"addr: [\n":                    "standin.yaml",
		"max-worlds: many\n":           "--max-worlds",
		"config: x\n":                  `"config" is not a setting`,
		"log-format: xml\n":            "--log-format",
		"tenant: {a: b}\n":             "tenant",
		"drain:\n":                     "drain takes a value",
		"addr: [127.0.0.1:0, \"x\"]\n": "--addr x",
	} {
		in(t, "standin.yaml", content)
		if code, _, errors := invoke(t, "serve", "--addr", ":0", "--fixture", "nope"); code != exitUsage || !strings.Contains(errors, want) && !strings.HasPrefix(content, "addr: [127") {
			t.Errorf("%q exits with %d: %s", content, code, errors)
		}
	}
}

// A flag of two commands has one variable and one key in the file, so it must accept the same values in both.
func TestAFlagIsTheSameInEveryVerb(t *testing.T) {
	var line commands
	parser, err := kong.New(&line, kong.Bind(streams{}))
	if err != nil {
		t.Fatal(err)
	}
	types := map[string]string{}
	err = kong.Visit(parser.Model, func(node kong.Visitable, next kong.Next) error {
		if flag, ok := node.(*kong.Flag); ok {
			kind := flag.Target.Type().String()
			if known, ok := types[flag.Name]; ok && known != kind {
				t.Errorf("--%s is a %s and a %s", flag.Name, known, kind)
			}
			types[flag.Name] = kind
		}
		return next(nil)
	})
	if err != nil || len(types) < 20 {
		t.Error(types, err)
	}
}

func TestEveryFlagHasItsVariable(t *testing.T) {
	var line commands
	parser, err := kong.New(&line, kong.DefaultEnvars("STANDIN"), kong.Bind(streams{}))
	if err != nil {
		t.Fatal(err)
	}
	flags := 0
	err = kong.Visit(parser.Model, func(node kong.Visitable, next kong.Next) error {
		if flag, ok := node.(*kong.Flag); ok && flag.Name != "help" {
			flags++
			want := "STANDIN_" + strings.ToUpper(strings.ReplaceAll(flag.Name, "-", "_"))
			if len(flag.Envs) != 1 || flag.Envs[0] != want {
				t.Errorf("--%s reads %v", flag.Name, flag.Envs)
			}
		}
		return next(nil)
	})
	if err != nil || flags < 15 {
		t.Error(flags, err)
	}
}
