package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"standin/spec"
)

// version and commit are set by the linker in a release (make dist).
var (
	version = "development"
	commit  = "" //nolint:gochecknoglobals // The linker can only set variables.
)

// versionCommand is standin version.
type versionCommand struct{}

// Help returns the text of --help after the flags.
func (versionCommand) Help() string {
	return "Example:\n  standin version"
}

// Run prints the version, the commit and the hash of the document.
func (versionCommand) Run(to streams) error {
	document, err := spec.Load(spec.Customer)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(to.out, "standin %s\ncommit   %s\ndocument %s sha256:%s\ngo       %s %s/%s\n",
		version, builtFrom(), document.Name, document.Hash, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return err
}

// builtFrom returns the commit from which the binary was built, or "unknown".
func builtFrom() string {
	if commit != "" {
		return commit
	}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, setting := range info.Settings {
			if setting.Key == "vcs.revision" {
				return setting.Value
			}
		}
	}
	return "unknown"
}
