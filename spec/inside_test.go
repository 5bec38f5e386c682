package spec

import "testing"

func TestBracketsInTextsAreNoLevels(t *testing.T) {
	t.Parallel()
	for text, levels := range map[string]int{
		`1`: 0, `"[[{{"`: 0, `"\"[[{{"`: 0, `"\\"`: 0, `["\\",[]]`: 2, `["\\\"[["]`: 1, `{"[[":{"]]":"]]"}}`: 2, `[[],{},[],{}]`: 2, `[{"a":[1]}]`: 3, `["]]",[[]]]`: 3,
	} {
		for most := range 6 {
			if got, want := deeper([]byte(text), most), most < levels; got != want {
				t.Errorf("%s deeper than %d: %t", text, most, got)
			}
		}
	}
}

func TestForms(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]Detail{
		"a=%zz":           {Field: "body", Type: "malformed", Message: "is not a well-formed form"},
		"a=1;b=2":         {Field: "body", Type: "malformed", Message: "is not a well-formed form"},
		"a=%ff":           {Field: "body", Type: "malformed", Message: "is not valid UTF-8"},
		"%ff=a":           {Field: "body", Type: "malformed", Message: "is not valid UTF-8"},
		"b=1&a=1&a=2&b=2": {Field: "a", Type: "duplicate", Message: "is given more than once"},
	} {
		if value, got := DecodeForm([]byte(text)); value != nil || got == nil || *got != want {
			t.Errorf("%s: got %v and %v, want %v", text, value, got, want)
		}
	}
	value, fault := DecodeForm([]byte("a=1+2&b=&c=%C3%A9"))
	object, _ := value.(map[string]any)
	if fault != nil || len(object) != 3 || object["a"] != "1 2" || object["b"] != "" || object["c"] != "é" {
		t.Errorf("got %v and %v", value, fault)
	}
}

func TestTheHeaderOfAnAnswerIsChecked(t *testing.T) {
	t.Parallel()
	d, err := Load(Customer)
	if err != nil {
		t.Fatal(err)
	}
	op, _ := d.Operation("getProfile")
	for mediaType, want := range map[string]string{
		"application/json": "application/json", "Application/JSON; charset=utf-8": "application/json", "text/plain": "", "": "",
	} {
		header := headers(nil, mediaType)
		got, problems := op.answers[200].checkHeader(header)
		if got != want || (want == "") != (len(problems) == 1) {
			t.Errorf("%q: got %q and %v, want %q", mediaType, got, problems, want)
		}
		if undocumented := (Detail{Field: "Content-Type", Type: "undocumented", Message: "is not documented"}); want == "" && problems[0] != undocumented {
			t.Errorf("%q: got %v, want %v", mediaType, problems[0], undocumented)
		}
	}
	if got, problems := (*answer)(nil).checkHeader(nil); got != "" || len(problems) != 1 || problems[0] != (Detail{Field: "status", Type: "undocumented", Message: "is not documented"}) {
		t.Errorf("got %q and %v", got, problems)
	}
	for mediaType, members := range map[string]int{"": 1, "text/plain": 2} {
		got := headers(map[string][]string{"Allow": {"GET"}}, mediaType)
		if got.Get("Allow") != "GET" || got.Get("Content-Type") != mediaType || len(got) != members {
			t.Errorf("%q: got %v", mediaType, got)
		}
	}
}
