package spec_test

import (
	"slices"
	"testing"

	"standin/spec"
)

func TestHeadersAreSplitOutsideQuotes(t *testing.T) {
	t.Parallel()
	for value, want := range map[string][]string{
		"":                   {""},
		"a":                  {"a"},
		" a ,\tb\t, c d":     {"a", "b", "c d"},
		"a,,b,":              {"a", "", "b", ""},
		`a="b,c", d`:         {`a="b,c"`, "d"},
		`a="b\",c",d`:        {`a="b\",c"`, "d"},
		`a="b\\",c`:          {`a="b\\"`, "c"},
		`a="",b`:             {`a=""`, "b"},
		`a="b,c`:             {`a="b,c`},
		`a\,b`:               {`a\`, "b"},
		`"a","b,c","d;e" ,f`: {`"a"`, `"b,c"`, `"d;e"`, "f"},
	} {
		if got := spec.SplitHeader(value, ','); !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", value, got, want)
		}
	}
	if got := spec.SplitHeader(`a;b="c;d"`, ';'); !slices.Equal(got, []string{"a", `b="c;d"`}) {
		t.Errorf("got %q", got)
	}
}

func TestQuotedTextsOfHeaders(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"": "", "a": "a", `"`: `"`, `""`: "", `"a"`: "a", `"a`: `"a`, `a"`: `a"`, `"a\"b\\c"`: `a"b\c`, `"a b"`: "a b", `a\b`: `a\b`,
	} {
		if got := spec.Unquote(text); got != want {
			t.Errorf("%s: got %s, want %s", text, got, want)
		}
	}
}
