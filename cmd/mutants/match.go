package main

import (
	"go/scanner"
	"go/token"
	"slices"
	"strings"
	"unicode"
)

// span is the part of a text from start up to, but not including, end.
type span struct{ start, end int }

// occurrences returns the parts of source that equal wanted, ignoring white space.
func occurrences(source, wanted string) []span {
	dense, offsets := stripped(source)
	needle, _ := stripped(wanted)
	var found []span
	for at := 0; ; at++ {
		next := strings.Index(dense[at:], needle)
		if next < 0 {
			return found
		}
		at += next
		found = append(found, span{offsets[at], offsets[at+len(needle)-1] + 1})
	}
}

// stripped returns a text without white space, and for each remaining byte its offset in source.
func stripped(source string) (string, []int) {
	var dense strings.Builder
	var offsets []int
	for at, char := range source {
		if unicode.IsSpace(char) {
			continue
		}
		size := len(string(char))
		dense.WriteString(source[at : at+size])
		for i := range size {
			offsets = append(offsets, at+i)
		}
	}
	return dense.String(), offsets
}

// lexeme is a token or a comment with its place.
type lexeme struct {
	span
	kind token.Token
	text string
}

// lexemes returns the tokens and comments of a text, which may be a part of a file, without the semicolons that Go inserts.
func lexemes(source string) []lexeme {
	set := token.NewFileSet()
	file := set.AddFile("", -1, len(source))
	var s scanner.Scanner
	s.Init(file, []byte(source), func(token.Position, string) {}, scanner.ScanComments)
	var all []lexeme
	for {
		at, kind, literal := s.Scan()
		if kind == token.EOF {
			return all
		}
		if kind == token.SEMICOLON && literal != ";" {
			continue
		}
		if literal == "" {
			literal = kind.String()
		}
		start := file.Offset(at)
		all = append(all, lexeme{span{start, start + len(literal)}, kind, literal})
	}
}

// sameTokens reports whether two texts differ only in the space between their tokens.
func sameTokens(a, b string) bool {
	return slices.EqualFunc(lexemes(a), lexemes(b), func(x, y lexeme) bool { return x.kind == y.kind && x.text == y.text })
}

// widened returns a span extended to whole tokens.
func widened(s span, all []lexeme) span {
	for _, one := range all {
		if one.start < s.start && s.start < one.end {
			s.start = one.start
		}
		if one.start < s.end && s.end < one.end {
			s.end = one.end
		}
	}
	return s
}
