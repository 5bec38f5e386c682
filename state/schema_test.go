package state

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"
)

// Databases that were forked from one another share rows, so rows must not refer to memory that can change: they contain
// no pointers and no maps. Slices are allowed, since doc.go forbids callers to change them.
func TestRowsArePlainValues(t *testing.T) {
	t.Parallel()
	rows := map[string]any{
		customers: new(Customer), addresses: new(Address), sessions: new(Session), tokens: new(Token),
		mailedTokens: new(MailedToken), mails: new(Mail), events: new(Event), settings: new(Settings), marksTable: new(Marks),
	}
	if len(rows) != len(tables) {
		t.Fatalf("%d tables, %d types of rows", len(tables), len(rows))
	}
	for table, row := range rows {
		if got, want := reflect.TypeOf(byValue(table, row)), reflect.TypeOf(row).Elem(); got != want {
			t.Errorf("a changed %s is reported as a %s", want, got)
		}
		plain(t, reflect.TypeOf(row).Elem(), reflect.TypeOf(row).Elem().Name())
	}
}

func plain(t *testing.T, of reflect.Type, path string) {
	t.Helper()
	if of == reflect.TypeFor[time.Time]() || of == reflect.TypeFor[json.RawMessage]() {
		return
	}
	switch of.Kind() { //nolint:exhaustive // All other kinds are refused.
	case reflect.Struct:
		for field := range of.Fields() {
			plain(t, field.Type, path+"."+field.Name)
		}
	case reflect.Slice:
		plain(t, of.Elem(), path+"[]")
	case reflect.String, reflect.Bool, reflect.Int, reflect.Int64, reflect.Uint64:
	default:
		t.Errorf("%s is a %s", path, of)
	}
}

// FuzzKey checks the two properties of keys on which every search relies: their order, and that none is a prefix of another.
func FuzzKey(f *testing.F) {
	for _, seed := range [][2]string{
		{"13", "139"}, {"13", "13\x00"}, {"13", "13\x00\xff"}, {"13", "13\x01"}, {"", "\x00"}, {"a\x00", "a\x00\x00"}, {"a", "a"},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		if got, want := bytes.Compare(key(a), key(b)), strings.Compare(a, b); got != want {
			t.Errorf("the keys of %q and %q are in order %d, the texts in %d", a, b, got, want)
		}
		if a != b && bytes.HasPrefix(key(b), key(a)) {
			t.Errorf("the key of %q begins with that of %q", b, a)
		}
		if a != b && bytes.Equal(key(a, b), key(b, a)) {
			t.Errorf("%q and %q may change places", a, b)
		}
	})
}

func TestKeysOfMomentsSortAsTheyFollow(t *testing.T) {
	t.Parallel()
	moments := []time.Time{
		{},
		time.Unix(-2, 0), time.Unix(-2, 1), time.Unix(-1, 999_999_999), time.Unix(0, 0), time.Unix(0, 1), time.Unix(1, 0),
		time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC), time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC),
	}
	for at := range moments[1:] {
		if bytes.Compare(key(moments[at]), key(moments[at+1])) >= 0 {
			t.Errorf("%s does not come before %s", moments[at], moments[at+1])
		}
	}
}
