package session

import (
	"bytes"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
)

// exchange is the answer to a step.
type exchange struct {
	chapter, step string
	request       string // method and target, for readers
	text          string // what is approved of the answer
}

// uninteresting are headers that are not approved, with the value that is not; "" for any. They change with every step before,
// or are the same everywhere. The links lead to the explanations.
var uninteresting = map[string]string{
	"Date": "", "Content-Length": "", "Standin-Entry": "", "Link": "", "Etag": "", "Content-Range": "", "Content-Type": "application/json", "Vary": "Origin",
}

// sources are media types and operations of texts that are files of the repository, or figures of the process.
var sources = []string{
	"text/html; charset=utf-8", "text/javascript; charset=utf-8", "text/css; charset=utf-8", "getDocument", "getMetrics",
}

// shortened are parts of bodies that are not approved: what changes with every edit of the rules and the documents.
var shortened = []struct {
	expression *regexp.Regexp
	by         string
}{
	{regexp.MustCompile(`,"(?:statement|grade)":"(?:[^"\\]|\\.)*"`), ""},
	{regexp.MustCompile(`("(?:customer|companions|control)\.yaml":)"[^"]*"`), `$1"…"`},
}

// written returns an answer as a text.
func written(operation string, a Answer) string {
	lines := []string{strconv.Itoa(a.Status)}
	for _, name := range slices.Sorted(maps.Keys(a.Header)) {
		value := strings.Join(a.Header[name], ", ")
		if without, listed := uninteresting[name]; !listed || without != "" && without != value {
			lines = append(lines, name+": "+value)
		}
	}
	mediaType := a.Header.Get("Content-Type")
	switch {
	case a.Header.Get("Preference-Applied") != "", // an example of the document
		a.Status < http.StatusBadRequest && slices.Contains(sources, operation),
		slices.Contains(sources, mediaType) && operation != "previewMail":
		lines = append(lines, "…")
	case len(a.Body) > 0:
		lines = append(lines, legible(a.Body))
	}
	return strings.Join(lines, "\n")
}

// legible returns the beginning of a body, with JSON in lines.
func legible(body []byte) string {
	const most = 4000
	text := strings.TrimSpace(string(body))
	for _, one := range shortened {
		text = one.expression.ReplaceAllString(text, one.by)
	}
	if value := jsontext.Value(text); value.IsValid() {
		text = folded(value, "")
	}
	if len(text) > most {
		return strings.ToValidUTF8(text[:most], "") + "…"
	}
	return text
}

// folded returns JSON with a line for each member of a long value.
func folded(value jsontext.Value, indent string) string {
	const long = 120
	if len(value) <= long || value.Kind() != '{' && value.Kind() != '[' {
		return string(value)
	}
	inside := jsontext.NewDecoder(bytes.NewReader(value))
	_, _ = inside.ReadToken() // The value is valid.
	var lines []string
	for kind := inside.PeekKind(); kind != '}' && kind != ']'; kind = inside.PeekKind() {
		line := indent + " "
		if value.Kind() == '{' {
			name, _ := inside.ReadValue()
			line += string(name) + ": "
		}
		member, _ := inside.ReadValue()
		lines = append(lines, line+folded(member, indent+" "))
	}
	return string(value[:1]) + "\n" + strings.Join(lines, ",\n") + "\n" + indent + string(value[len(value)-1:])
}

const (
	heading = "== "     // before the name of a step
	same    = "as in: " // before the name of an earlier step with the same answer
)

// approve compares exchanges with those in the files of a folder, or writes the files.
func approve(t *testing.T, folder string, all []exchange) {
	t.Helper()
	folder = filepath.Join("testdata", "approved", folder)
	if *update {
		if err := rewrite(folder, all); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := approved(folder)
	if err != nil {
		t.Fatal(err)
	}
	lines := differences(all, want)
	const shown = 10
	for _, one := range lines[:min(shown, len(lines))] {
		t.Error(one)
	}
	if len(lines) > 0 {
		t.Errorf("%d answers are not the approved ones. If all are meant: go test ./cmd/session -run '^%s$' -update, and read the diff", len(lines), t.Name())
	}
}

// differences returns a message for each exchange that is not the approved one, and for each that is missing.
func differences(all []exchange, want map[string]string) []string {
	var lines []string
	got, told := map[string]bool{}, map[string]bool{}
	for _, one := range all {
		at := one.chapter + ": " + one.step
		got[at] = true
		was, ok := want[at]
		difference := firstDifference(one.text, was)
		switch {
		case !ok:
			lines = append(lines, at+": has not been approved yet")
		case was != one.text && !told[difference]: // The same in another answer says nothing new.
			lines, told[difference] = append(lines, at+": "+difference), true
		}
	}
	for _, at := range slices.Sorted(maps.Keys(want)) {
		if !got[at] {
			lines = append(lines, at+": has been approved, but there is no such answer")
		}
	}
	return lines
}

// firstDifference returns the first line in which two texts differ.
func firstDifference(got, want string) string {
	is, was := strings.Split(got, "\n"), strings.Split(want, "\n")
	n := 0
	for n < min(len(is), len(was)) && is[n] == was[n] {
		n++
	}
	line := func(lines []string) string {
		if n >= len(lines) {
			return "nothing more"
		}
		const most = 300
		return fmt.Sprintf("%.*s", most, lines[n])
	}
	return fmt.Sprintf("line %d\n  got  %s\n  want %s", n+1, line(is), line(was))
}

// rewrite writes the files of a folder, one for each chapter.
func rewrite(folder string, all []exchange) error {
	if err := os.RemoveAll(folder); err != nil {
		return err
	}
	if err := os.MkdirAll(folder, 0o750); err != nil {
		return err
	}
	chapters, first := map[string]*strings.Builder{}, map[string]string{}
	for _, one := range all {
		if chapters[one.chapter] == nil {
			chapters[one.chapter] = &strings.Builder{}
		}
		text := one.request + "\n" + one.text
		if earlier, is := first[one.chapter+one.text]; is {
			text = same + earlier
		} else {
			first[one.chapter+one.text] = one.step
		}
		fmt.Fprintf(chapters[one.chapter], "%s%s\n%s\n", heading, one.step, text)
	}
	for name, text := range chapters {
		if err := os.WriteFile(filepath.Join(folder, name+".txt"), []byte(text.String()), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// approved returns the texts in the files of a folder, by chapter and step.
func approved(folder string) (map[string]string, error) {
	files, err := filepath.Glob(filepath.Join(folder, "*.txt"))
	if err != nil {
		return nil, err
	}
	texts := map[string]string{}
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		chapter := strings.TrimSuffix(filepath.Base(file), ".txt") + ": "
		for block := range strings.SplitSeq(strings.TrimPrefix(string(source), heading), "\n"+heading) {
			step, rest, _ := strings.Cut(strings.TrimSuffix(block, "\n"), "\n")
			request, text, _ := strings.Cut(rest, "\n")
			if earlier, is := strings.CutPrefix(request, same); is {
				text = texts[chapter+earlier]
			}
			texts[chapter+step] = text
		}
	}
	return texts, nil
}
