package main

import (
	_ "embed"
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

//go:embed vendor.yaml
var vendor []byte

// values are forms by path. The path of a whole value is empty, that of a member of a list's elements is for example
// addresses[].city, and that of any member of a map ends with *.
type values map[string]form

// operation is what a document says of an operation.
type operation struct {
	Callers    []string // names of the security schemes, sorted
	Parameters values   // by location and name, for example "query tags"
	Media      []string // media types of the body, sorted
	Body       values
	Answers    map[int]values // by status; empty for an answer without a body
}

// facts is what a document says, by method and path.
type facts map[string]*operation

// source is the form of facts in a file.
type source struct {
	Watched    []string                     `yaml:"watched"` // beginnings of paths below which every operation of the vendor is a fact
	Shapes     map[string]map[string]string `yaml:"shapes"`
	Operations map[string]sourceOperation   `yaml:"operations"`
}

// sourceOperation is the form of an operation in a file.
type sourceOperation struct {
	By     []string          `yaml:"by"`
	Path   map[string]string `yaml:"path"`
	Query  map[string]string `yaml:"query"`
	Header map[string]string `yaml:"header"`
	As     []string          `yaml:"as"` // media types of the body; JSON if there is none
	Body   string            `yaml:"body"`
	Gives  map[int]string    `yaml:"gives"`
}

// readFacts returns the facts of a file and the beginnings of paths that it watches.
func readFacts(text []byte) (facts, []string, error) {
	var read source
	if err := yaml.Load(text, &read, yaml.WithKnownFields()); err != nil {
		return nil, nil, err
	}
	all := facts{}
	for at, one := range read.Operations {
		op, err := read.operation(one)
		if err != nil {
			return nil, nil, fmt.Errorf("%s: %w", at, err)
		}
		all[at] = op
	}
	return all, read.Watched, nil
}

// operation returns the facts of an operation.
func (s *source) operation(read sourceOperation) (*operation, error) {
	op := &operation{Callers: slices.Sorted(slices.Values(read.By)), Parameters: values{}, Answers: map[int]values{}}
	for in, named := range map[string]map[string]string{"path": read.Path, "query": read.Query, "header": read.Header} {
		for name, text := range named {
			if err := s.expand(op.Parameters, in+" "+name, text); err != nil {
				return nil, err
			}
		}
	}
	var err error
	if read.Body != "" {
		op.Media = []string{"application/json"}
		if len(read.As) > 0 {
			op.Media = slices.Sorted(slices.Values(read.As))
		}
		if op.Body, err = s.whole(read.Body); err != nil {
			return nil, fmt.Errorf("body: %w", err)
		}
	}
	for status, text := range read.Gives {
		if op.Answers[status], err = s.whole(text); err != nil {
			return nil, fmt.Errorf("%d: %w", status, err)
		}
	}
	return op, nil
}

// whole returns the forms of a body; none if it is nothing.
func (s *source) whole(text string) (values, error) {
	forms := values{}
	if text == "nothing" {
		return forms, nil
	}
	return forms, s.expand(forms, "", text)
}

// expand adds the forms of a value and of all that is in it. The text begins with a type or the name of a shape, which "list of"
// or "map of" may precede.
func (s *source) expand(to values, path, text string) error {
	for _, outer := range []string{list, free} {
		rest, is := strings.CutPrefix(text, outer+" of ")
		if !is {
			continue
		}
		rest, required := strings.CutSuffix(rest, " required")
		to[path] = form{Type: outer, Required: required}
		return s.expand(to, inside(path, outer), rest)
	}
	words := strings.Fields(text)
	if len(words) == 0 {
		return fmt.Errorf("%s has no type", path)
	}
	f := form{Type: words[0]}
	members, isShape := s.Shapes[f.Type]
	if isShape {
		f.Type = object
	} else if !slices.Contains([]string{"string", "integer", "number", "boolean", free, list, anyOf}, f.Type) {
		return fmt.Errorf("%q is neither a type nor a shape", f.Type)
	}
	for _, word := range words[1:] {
		if err := f.add(word); err != nil {
			return err
		}
	}
	to[path] = f
	for name, member := range members {
		if err := s.expand(to, below(path, name), member); err != nil {
			return err
		}
	}
	return nil
}

// below returns the path of a member.
func below(path, name string) string { return strings.TrimPrefix(path+"."+name, ".") }

// inside returns the path of the elements of a list or of the members of a map.
func inside(path, outer string) string {
	if outer == list {
		return path + "[]"
	}
	return below(path, "*")
}

// lines returns all facts of an operation as lines, sorted.
func (op *operation) lines() []string {
	var all []string
	add := func(of string, forms values) {
		for path, f := range forms {
			all = append(all, strings.TrimSpace(of+" "+path)+": "+f.String())
		}
	}
	for _, name := range op.Callers {
		all = append(all, "by "+name)
	}
	for _, name := range op.Media {
		all = append(all, "body as "+name)
	}
	add("", op.Parameters)
	add("body", op.Body)
	for status, forms := range op.Answers {
		all = append(all, fmt.Sprintf("gives %d", status))
		add(fmt.Sprintf("gives %d", status), forms)
	}
	return slices.Sorted(slices.Values(all))
}

// changes returns what other facts have that these do not, and the reverse. An operation that these do not have counts if its path is
// watched.
func (f facts) changes(other facts, watched []string) []string {
	var all []string
	for _, at := range slices.Sorted(maps.Keys(f)) {
		if other[at] == nil {
			all = append(all, at+": gone")
			continue
		}
		was, is := f[at].lines(), other[at].lines()
		for _, line := range without(was, is) {
			all = append(all, at+": gone: "+line)
		}
		for _, line := range without(is, was) {
			all = append(all, at+": new: "+line)
		}
	}
	for _, at := range without(slices.Sorted(maps.Keys(other)), slices.Collect(maps.Keys(f))) {
		_, path, _ := strings.Cut(at, " ")
		if slices.ContainsFunc(watched, func(prefix string) bool { return strings.HasPrefix(path, prefix) }) {
			all = append(all, at+": new")
		}
	}
	return all
}

// without returns the texts that others lack.
func without(texts, others []string) []string {
	return slices.DeleteFunc(slices.Clone(texts), func(one string) bool { return slices.Contains(others, one) })
}
