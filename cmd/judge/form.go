package main

import (
	"encoding/json"
	"fmt"
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// The types of values. The others are JSON's.
const (
	object = "object" // has the members that are named, and no others
	free   = "map"    // has any members
	list   = "list"
	anyOf  = "any"
)

// form is what a document says of a value. Its text is, for example, "string required 1..64 /[a-z]+/" or "string EUR|USD".
type form struct {
	Type     string
	Required bool   // only of members and parameters
	Least    string // least length of a string, or least number; empty for none
	Most     string
	Pattern  string
	Values   []string // the values that are allowed; empty for all
	Time     bool     // a date and a time
}

// String returns the form as facts have it.
func (f form) String() string {
	parts := []string{f.Type}
	if f.Required {
		parts = append(parts, "required")
	}
	if f.Least+f.Most != "" {
		parts = append(parts, f.Least+".."+f.Most)
	}
	if f.Pattern != "" {
		parts = append(parts, "/"+f.Pattern+"/")
	}
	if len(f.Values) > 0 {
		parts = append(parts, strings.Join(f.Values, "|"))
	}
	if f.Time {
		parts = append(parts, "time")
	}
	return strings.Join(parts, " ")
}

// add adds a word of a form's text after the type.
func (f *form) add(word string) error {
	least, most, bounds := strings.Cut(word, "..")
	switch {
	case word == "required":
		f.Required = true
	case word == "time":
		f.Time = true
	case strings.HasPrefix(word, "/") && strings.HasSuffix(word, "/") && len(word) > 1:
		f.Pattern = word[1 : len(word)-1]
		_, err := regexp.Compile(f.Pattern)
		return err
	case bounds:
		f.Least, f.Most = least, most
	case strings.Contains(word, "|"):
		f.Values = strings.Split(word, "|")
	default:
		return fmt.Errorf("%q is not required, time, a pattern in slashes, bounds with two dots or values with bars", word)
	}
	return nil
}

// breaksParameter returns in what way the text of a parameter breaks the form, or an empty text.
func (f form) breaksParameter(text string) string {
	if f.Type != "integer" && f.Type != "number" {
		return f.breaksText(text)
	}
	var number json.Number
	if err := json.Unmarshal([]byte(text), &number); err != nil {
		return "is no number"
	}
	return f.breaks(number)
}

// breaks returns in what way a value that is no object and no list breaks the form, or an empty text.
func (f form) breaks(value any) string {
	if is := typeOf(value); f.Type != anyOf && is != f.Type && (is != "integer" || f.Type != "number") && (is != object || f.Type != free) {
		return "is of type " + is
	}
	switch value := value.(type) {
	case string:
		return f.breaksText(value)
	case json.Number:
		if !f.within(value.String()) {
			return "is out of bounds"
		}
	}
	return ""
}

// breaksText is [form.breaks] for a string.
func (f form) breaksText(value string) string {
	_, notTime := time.Parse(time.RFC3339, value)
	switch {
	case !f.within(strconv.Itoa(utf8.RuneCountInString(value))):
		return "is of another length"
	case f.Pattern != "" && !regexp.MustCompile(f.Pattern).MatchString(value):
		return "breaks the pattern"
	case len(f.Values) > 0 && !slices.Contains(f.Values, value):
		return "is none of the values"
	case f.Time && notTime != nil:
		return "is no time"
	}
	return ""
}

// within reports whether a decimal number is within the bounds.
func (f form) within(number string) bool {
	parse := func(text string) *big.Rat {
		n, _ := new(big.Rat).SetString(text)
		return n
	}
	n, least, most := parse(number), parse(f.Least), parse(f.Most)
	return n == nil || (least == nil || n.Cmp(least) >= 0) && (most == nil || n.Cmp(most) <= 0)
}

// typeOf returns the type of a decoded JSON value. A number without a fraction is an integer.
func typeOf(value any) string {
	switch value := value.(type) {
	case nil:
		return "null"
	case bool:
		return "boolean"
	case json.Number:
		if n, ok := new(big.Rat).SetString(value.String()); ok && n.IsInt() {
			return "integer"
		}
		return "number"
	case string:
		return "string"
	case []any:
		return list
	}
	return object
}
