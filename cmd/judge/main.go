// Command judge compares the stand-in with the vendor's current documents. It derives facts from them and shows in what these differ from
// the facts in vendor.yaml, against which the tests judge the answers of the stand-in, and validates the same answers with the
// whole documents.
package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/signal"
	"slices"
	"syscall"

	"github.com/alecthomas/kong"
	"github.com/getkin/kin-openapi/openapi3"
)

// command contains the arguments and flags.
type command struct {
	Documents []string `arg:"" type:"existingfile" help:"The vendor's OpenAPI documents."`
	Exchanges bool     `default:"true" negatable:"" help:"Also play the session, and validate each exchange with the whole documents."`
}

func main() {
	var line command
	parsed := kong.Parse(&line, kong.Name("judge"), kong.Description("Compare the stand-in with the vendor's current documents."))
	parsed.FatalIfErrorf(parsed.Run())
}

// Run prints what is new and gone in the documents and, if asked for, which exchanges break them.
func (c *command) Run() error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	kept, watched, err := readFacts(vendor)
	if err != nil {
		return err
	}
	documents, theirs := map[string]*openapi3.T{}, facts{} // by method and path
	for _, file := range c.Documents {
		document, err := openapi3.NewLoader().LoadFromFile(file)
		if err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		for at, op := range derive(document) {
			documents[at], theirs[at] = document, op
		}
	}
	changes := kept.changes(theirs, watched)
	for _, one := range changes {
		fmt.Println(one)
	}
	if c.Exchanges {
		if err := validate(ctx, documents); err != nil {
			return err
		}
	}
	if len(changes) > 0 {
		return errors.New("the facts have changed: see above, and edit cmd/judge/vendor.yaml")
	}
	return nil
}

// validate plays the session, and prints in what its exchanges break the documents of their operations.
func validate(ctx context.Context, documents map[string]*openapi3.T) error {
	exchanges, err := play(ctx)
	if err != nil {
		return err
	}
	broken := map[string]int{}
	for _, one := range exchanges {
		if document := documents[one.at]; document != nil {
			for _, what := range one.breaks(ctx, document) {
				broken[what]++
			}
		}
	}
	for _, what := range slices.Sorted(maps.Keys(broken)) {
		fmt.Printf("%4d  %s\n", broken[what], what)
	}
	fmt.Printf("%d exchanges, %d kinds of difference from the whole documents\n", len(exchanges), len(broken))
	return nil
}
