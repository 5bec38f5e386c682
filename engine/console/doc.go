// Package console serves pages that show a person what the stand-in does, and that let the person use the control API.
//
// It only serves files of the binary. The pages get their data from the control API, as any tester does. The package knows no
// worlds, stores nothing, and loads nothing from other hosts. The files are in web. There is no build step. The libraries of others
// are in web/vendored; VENDORED.md lists them.
package console
