package spec_test

import (
	"testing"

	"standin/spec"
)

func TestDocumentsLoad(t *testing.T) {
	for _, name := range []string{spec.Customer, spec.Companions} {
		d, err := spec.Load(name)
		if err != nil {
			t.Fatal(err)
		}
		t.Log(name, len(d.Operations))
	}
}
