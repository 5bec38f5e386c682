package state_test

import (
	"testing"

	"github.com/go-json-experiment/json"

	"standin/state"
)

func TestAnAbsentTextIsNotAnEmptyOne(t *testing.T) {
	t.Parallel()
	for name, one := range map[string]struct {
		text        state.Text
		reads, json string
	}{
		"the zero one":            {state.Text{}, "", "{}"},
		"an empty one":            {state.TextOf(""), "", `{"text":""}`},
		"one with letters":        {state.TextOf("Ada"), "Ada", `{"text":"Ada"}`},
		"an optional, empty":      {state.OptionalText(""), "", "{}"},
		"an optional, of letters": {state.OptionalText("Ada"), "Ada", `{"text":"Ada"}`},
	} {
		same(t, name, one.text.String(), one.reads)
		same(t, name+" is absent", one.text.Absent(), one.json == "{}")
		row := member{one.text}
		written, err := json.Marshal(row)
		ok(t, err)
		same(t, name+" in JSON", string(written), one.json)
		var read member
		ok(t, json.Unmarshal(written, &read))
		same(t, name+" from JSON", read, row)
	}
	same(t, "an empty one is an absent one", state.TextOf("") == state.Text{}, false)
}

type member struct {
	Text state.Text `json:"text,omitzero"`
}

func TestATextOfOtherJSON(t *testing.T) {
	t.Parallel()
	read := member{state.TextOf("before")}
	ok(t, json.Unmarshal([]byte(`{"text":null}`), &read))
	same(t, "null", read, member{})
	for _, wrong := range []string{`{"text":1}`, `{"text":["a"]}`, `{"text":`} {
		if json.Unmarshal([]byte(wrong), &read) == nil {
			t.Errorf("%s is read", wrong)
		}
	}
}
