// Package console is a page that shows what the stand-in is doing, and lets a person steer it.
//
// It serves files that are in the binary, and nothing else: what they show they ask of the control plane, as any
// tester does. It knows no worlds, keeps nothing, and asks no other host for anything. The files are in web, as they
// are written: there is no build step. What others have written is in web/vendored; VENDORED.md lists it.
package console
