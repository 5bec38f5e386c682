package main

import (
	"maps"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// LICENSES.md lists every module in the binary on any system, and every vendored file of the console, with its version.
func TestLicensesAreUpToDate(t *testing.T) {
	t.Parallel()
	built := map[string]bool{}
	for _, system := range []string{"linux", "darwin", "windows"} {
		list := exec.CommandContext(t.Context(), "go", "list", "-deps", "-f", "{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}}{{end}}{{end}}", ".")
		list.Env = append(os.Environ(), "GOOS="+system, "CGO_ENABLED=0")
		out, err := list.Output()
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(out)) {
			built[strings.TrimSpace(line)] = true
		}
	}
	delete(built, "")
	vendored, err := os.ReadFile("../../engine/console/VENDORED.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range regexp.MustCompile(`(?m)^\| (\S+) \| (\S+) \| \S+ \| web/vendored \|$`).FindAllSubmatch(vendored, -1) {
		built[string(row[1])+" "+string(row[2])] = true
	}
	source, err := os.ReadFile("LICENSES.md")
	if err != nil {
		t.Fatal(err)
	}
	listed := map[string]bool{}
	for _, row := range regexp.MustCompile(`(?m)^\| (\S+) \| (\S+) \| \S+ \|$`).FindAllSubmatch(source, -1) {
		name, version := string(row[1]), string(row[2])
		if name == "package" {
			continue
		}
		for one := range built { // A license may be in a subfolder of the module.
			if module, of, _ := strings.Cut(one, " "); of == version && strings.HasPrefix(name+"/", module+"/") {
				name = module
			}
		}
		listed[name+" "+version] = true
	}
	for _, one := range slices.Sorted(maps.Keys(built)) {
		if !listed[one] {
			t.Errorf("%s is built, and LICENSES.md does not have it; run make licenses", one)
		}
	}
	for _, one := range slices.Sorted(maps.Keys(listed)) {
		if !built[one] {
			t.Errorf("LICENSES.md has %s, which is not built; run make licenses", one)
		}
	}
}
