package main

import (
	"bytes"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"standin/engine/enginetest"
)

// documents returns the text of every document of the repository, by its path from here.
func documents(t *testing.T) map[string]string {
	t.Helper()
	texts := map[string]string{}
	err := filepath.WalkDir("../..", func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && slices.Contains([]string{".git", "bin", "dist", "node_modules", "printed", "reports"}, entry.Name()):
			return filepath.SkipDir
		case filepath.Ext(path) != ".md":
			return nil
		}
		text, err := os.ReadFile(path)
		texts[path] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return texts
}

// fits reports whether an output is what a document shows, where … stands for any text.
func fits(shown, output string) bool {
	pattern := strings.ReplaceAll(regexp.QuoteMeta(shown), "…", ".*")
	return regexp.MustCompile(`\A(?s:` + pattern + `)\z`).MatchString(output)
}

// tour is a block of commands in a document and the output that the document shows.
type tour struct{ pasted, shown string }

// tourOf returns the tour of a document.
func tourOf(document string) []tour {
	var blocks []tour
	for _, block := range regexp.MustCompile("(?s)```sh tour\n(.*?)```(?:\n\n```text shown\n(.*?)```)?").FindAllStringSubmatch(document, -1) {
		blocks = append(blocks, tour{pasted: block[1], shown: block[2]})
	}
	return blocks
}

// TestTours pastes the tour of each document into bash and into an interactive zsh, where comments and unquoted
// parentheses mean something else, and compares the output with what the document shows.
func TestTours(t *testing.T) {
	t.Parallel()
	tours := 0
	for path, text := range documents(t) {
		blocks := tourOf(text)
		if len(blocks) == 0 {
			continue
		}
		tours++
		for _, shell := range [][]string{{"bash", "-s"}, {"zsh", "-f", "-i"}} {
			t.Run(strings.TrimPrefix(path, "../../")+" in "+shell[0], func(t *testing.T) {
				t.Parallel()
				paste(t, shell, blocks)
			})
		}
	}
	if tours != 3 {
		t.Errorf("there are tours in %d documents", tours)
	}
}

// paste runs a tour in a shell against a new server.
func paste(t *testing.T, shell []string, blocks []tour) {
	t.Helper()
	for _, tool := range []string{shell[0], "curl", "sed"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("the tour needs %s", tool)
		}
	}
	const end = "--- end of a block ---\n"
	var script strings.Builder
	for _, block := range blocks {
		script.WriteString(block.pasted + "printf %s\\\\n '" + strings.TrimSpace(end) + "'\n")
	}
	server := enginetest.Run(t, enginetest.WithFixture("demo"))
	command := exec.CommandContext(t.Context(), shell[0], shell[1:]...)
	command.Env = append(os.Environ(), "STANDIN="+server.URL, "PS1=", "PS2=")
	command.Stdin = strings.NewReader(script.String())
	var stderr bytes.Buffer
	command.Stderr = &stderr
	output, err := command.Output()
	outputs := strings.Split(string(output), end)
	if err != nil || len(outputs) != len(blocks)+1 || strings.Contains(stderr.String(), shell[0]+": ") {
		t.Fatalf("%v, %d of %d blocks\n%s\n%s", err, len(outputs)-1, len(blocks), output, &stderr)
	}
	for i, block := range blocks {
		if !fits(block.shown, outputs[i]) {
			t.Errorf("block %d prints\n%s\nand the document shows\n%s\nfor\n%s", i+1, outputs[i], block.shown, block.pasted)
		}
	}
}

// TestTheRunnerKnowsTheExamples checks that the runner of make examples knows every example of the documents.
func TestTheRunnerKnowsTheExamples(t *testing.T) {
	t.Parallel()
	runner, err := os.ReadFile("testdata/examples/run.mjs")
	if err != nil {
		t.Fatal(err)
	}
	ends := map[string]bool{} // Whether there is an example with this end.
	for _, end := range regexp.MustCompile(`(?m)^  '(\S+)': \(file\)`).FindAllStringSubmatch(string(runner), -1) {
		ends[end[1]] = false
	}
	for path, text := range documents(t) {
		for _, example := range regexp.MustCompile("(?m)^```\\w+ example=(\\S+)$").FindAllStringSubmatch(text, -1) {
			known := false
			for end := range ends {
				if strings.HasSuffix(example[1], end) {
					known, ends[end] = true, true
				}
			}
			if !known {
				t.Errorf("%s: make examples does not run %s", path, example[1])
			}
		}
	}
	for end, met := range ends {
		if !met {
			t.Errorf("there is no example %s", end)
		}
	}
}

// TestTheReadmeShowsTheBanner compares what the README shows behind make run with the banner.
func TestTheReadmeShowsTheBanner(t *testing.T) {
	shown := regexp.MustCompile("(?s)```text banner\n(.*?)```").FindStringSubmatch(documents(t)["../../README.md"])
	t.Chdir(t.TempDir())
	s := start(t, "--addr", "127.0.0.1:0")
	banner := strings.ReplaceAll(s.out.String(), s.addresses[0], "127.0.0.1:3676")
	if shown == nil {
		t.Fatal("the README shows no banner")
	}
	if !fits(shown[1], banner) {
		t.Errorf("the README shows\n%s\nand the banner is\n%s", shown[1], banner)
	}
}

// prose returns a document without its blocks of code.
func prose(document string) string {
	return regexp.MustCompile("(?ms)^```.*?^```$").ReplaceAllString(document, "")
}

// anchors returns the anchors of a document's headings, as GitHub forms them.
func anchors(document string) map[string]bool {
	found := map[string]bool{}
	dropped := regexp.MustCompile(`[^\p{L}\p{N} _-]`)
	for _, title := range regexp.MustCompile(`(?m)^#+ (.*)$`).FindAllStringSubmatch(prose(document), -1) {
		found[strings.ReplaceAll(dropped.ReplaceAllString(strings.ToLower(title[1]), ""), " ", "-")] = true
	}
	return found
}

// TestLinksOfDocuments follows every relative link and every anchor of a document.
func TestLinksOfDocuments(t *testing.T) {
	t.Parallel()
	texts := documents(t)
	links := regexp.MustCompile(`\]\(([^)\s]+)\)`)
	followed := 0
	for path, text := range texts {
		for _, found := range links.FindAllStringSubmatch(prose(text), -1) {
			file, anchor, _ := strings.Cut(found[1], "#")
			if strings.Contains(file, "://") {
				continue
			}
			followed++
			target := path
			if file != "" {
				target = filepath.Join(filepath.Dir(path), file)
			}
			if _, err := os.Stat(target); err != nil {
				t.Errorf("%s links to %s, which does not exist", path, found[1])
			} else if anchor != "" && !anchors(texts[target])[anchor] {
				t.Errorf("%s links to %s, where no heading has this anchor", path, found[1])
			}
		}
	}
	if followed < 20 {
		t.Errorf("there are %d links only", followed)
	}
}

// TestTheControlAPIHasOneName looks for its former names in the documents and in what --help prints.
func TestTheControlAPIHasOneName(t *testing.T) {
	t.Parallel()
	texts := documents(t)
	delete(texts, "../../CHANGELOG.md") // It describes earlier versions.
	for _, verb := range []string{"serve", "exec", "env", "wait", "healthcheck", "verify", "fixtures export"} {
		_, help, _ := invoke(t, append(strings.Fields(verb), "--help")...)
		if !strings.Contains(help, "Usage:") {
			t.Errorf("%s --help prints\n%s", verb, help)
		}
		texts[verb+" --help"] = help
	}
	former := regexp.MustCompile(`.*(\b[Tt]he handle\b|\ba handle\b|\bcontrol plane\b|\bsteer(s|ed|ing)?\b|tester's).*`)
	for name, text := range texts {
		for _, line := range former.FindAllString(text, -1) {
			t.Errorf("%s: %s", name, strings.TrimSpace(line))
		}
	}
}
