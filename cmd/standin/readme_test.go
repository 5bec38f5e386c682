package main

import (
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"standin/engine/enginetest"
)

// TestTheTourOfTheReadme runs the tour as it is printed, and looks at what it shows.
func TestTheTourOfTheReadme(t *testing.T) {
	t.Parallel()
	for _, tool := range []string{"bash", "curl", "sed"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("the tour needs %s", tool)
		}
	}
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?s)```sh tour\n(.*?)```").FindAllSubmatch(readme, -1)
	if len(blocks) < 10 {
		t.Fatalf("the tour has %d blocks", len(blocks))
	}
	server := enginetest.Run(t, enginetest.WithFixture("demo"))
	var script strings.Builder
	for _, block := range blocks {
		script.WriteString("echo '---'\n")
		script.Write(block[1])
	}
	command := exec.CommandContext(t.Context(), "bash", "-c", script.String())
	command.Env = append(os.Environ(), "STANDIN="+server.URL)
	output, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	shown := strings.Split(string(output), "---\n")[1:]
	for i, want := range []string{
		`^reset \[200\]\n$`,
		`"id":"[0-9]{8}".*"firstName":"Ada"`,
		`"city":"London".*"points":10|"points":10.*"city":"London"`,
		`"field":"country"`,
		`"type":"unauthorized"`,
		`Invalid access token`,
		`"accessToken".*invalid token`,
		`"accessToken"`,
		`"customerNumber":"10000009"`,
		`\[202\]\n.*"type":"unauthorized"`,
		`"tenant":"mybox".*"firstName":"John"`,
		`"expired":\{.*"customerAccess":[1-9].*Access Token expired.*"rule":\{"id":"T-LIFE".*"corrected":`,
		`"kind":"password-reset".*"name":"too-many-requests".*\[429\].*"id":"[0-9]{8}".*\[201\]`,
	} {
		if !regexp.MustCompile(`(?s)` + want).MatchString(shown[i]) {
			t.Errorf("block %d shows, without %s:\n%s", i+1, want, shown[i])
		}
	}
}

// Every example of the README has a name that its runner knows, so that none is passed over (make examples).
func TestTheRunnerKnowsTheExamples(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	runner, err := os.ReadFile("testdata/examples/run.mjs")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, example := range regexp.MustCompile("(?m)^```\\w+ example=(\\S+)$").FindAllSubmatch(readme, -1) {
		known := false
		for _, end := range regexp.MustCompile(`(?m)^  '(\S+)': \(file\)`).FindAllSubmatch(runner, -1) {
			if strings.HasSuffix(string(example[1]), string(end[1])) {
				known, seen[string(end[1])] = true, true
			}
		}
		if !known {
			t.Errorf("%s is an example that nobody runs", example[1])
		}
	}
	if len(seen) != 4 {
		t.Errorf("there are examples of %v only", seen)
	}
}
