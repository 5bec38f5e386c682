package suite

import (
	"html"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
)

// mostLayers is the most times that a secret may have been encoded; JSON in JSON in JSON is three times.
const mostLayers = 3

// encoded are the characters that begin an encoded one: an escape of JSON, Go or Python, a percent-encoded byte, an entity
// of HTML, or a space in a form.
const encoded = `\%&+`

// character is a way to decode the text at a place, and the place after it.
type character struct {
	text string
	next int
}

// reading decodes a text in all ways in which it may be encoded.
type reading struct {
	text  string
	known map[[2]int][]character // the steps by place and layers
}

// steps returns the ways to decode the character at a place, if the text was encoded at most layers times.
func (r *reading) steps(at, layers int) []character {
	switch {
	case at >= len(r.text):
		return nil
	case layers == 0 || strings.IndexByte(encoded, r.text[at]) < 0:
		return []character{{r.text[at : at+1], at + 1}}
	}
	key := [2]int{at, layers}
	if all, ok := r.known[key]; ok {
		return all
	}
	all := slices.Clone(r.steps(at, layers-1))
	for _, first := range r.steps(at, layers-1) {
		var more []character
		switch first.text {
		case `\`:
			more = r.escape(first.next, layers-1)
		case "%":
			more = r.hex(first.next, layers-1, 2, asByte)
		case "&":
			more = r.entity(first.next, layers-1)
		case "+":
			more = []character{{" ", first.next}}
		}
		for _, one := range more {
			if !slices.Contains(all, one) {
				all = append(all, one)
			}
		}
	}
	r.known[key] = all
	return all
}

// escape decodes what follows a backslash.
func (r *reading) escape(at, layers int) []character {
	var all []character
	for _, one := range r.steps(at, layers) {
		switch one.text {
		case `"`, `\`, "/", "'":
			all = append(all, one)
		case "n", "t", "r", "b", "f":
			all = append(all, character{string("\n\t\r\b\f"[strings.Index("ntrbf", one.text)]), one.next})
		case "x":
			all = append(all, r.hex(one.next, layers, 2, asByte)...)
		case "u":
			all = append(all, r.unicode(one.next, layers)...)
		}
	}
	return all
}

// unicode decodes what follows \u: four digits, or the digits of a surrogate pair.
func (r *reading) unicode(at, layers int) []character {
	all := r.hex(at, layers, 4, asRune)
	for _, high := range r.hex(at, layers, 4, asDigits) {
		for _, slash := range r.literal(high.next, layers, `\`) {
			for _, u := range r.literal(slash.next, layers, "u") {
				for _, low := range r.hex(u.next, layers, 4, asDigits) {
					one, _ := strconv.ParseUint(high.text, 16, 16)
					other, _ := strconv.ParseUint(low.text, 16, 16)
					if pair := utf16.DecodeRune(rune(one), rune(other)); pair != '\uFFFD' {
						all = append(all, character{string(pair), low.next})
					}
				}
			}
		}
	}
	return all
}

// literal returns the steps at a place that are the text.
func (r *reading) literal(at, layers int, text string) []character {
	return slices.DeleteFunc(slices.Clone(r.steps(at, layers)), func(one character) bool { return one.text != text })
}

func asByte(digits string) string {
	value, _ := strconv.ParseUint(digits, 16, 8)
	return string([]byte{byte(value)})
}

func asRune(digits string) string {
	value, _ := strconv.ParseUint(digits, 16, 16)
	return string(rune(value))
}

func asDigits(digits string) string { return digits }

// hex decodes a number of hexadecimal digits to what as returns for them.
func (r *reading) hex(at, layers, count int, as func(string) string) []character {
	all := r.while(at, layers, count, func(c byte) bool { return strings.IndexByte("0123456789abcdefABCDEF", c) >= 0 })
	all = slices.DeleteFunc(all, func(one character) bool { return len(one.text) < count })
	for i := range all {
		all[i].text = as(all[i].text)
	}
	return all
}

// while returns the ways to decode up to most characters that fit.
func (r *reading) while(at, layers, most int, fits func(byte) bool) []character {
	all, last := []character{{"", at}}, []character{{"", at}}
	for range most {
		var longer []character
		for _, one := range last {
			for _, next := range r.steps(one.next, layers) {
				if len(next.text) == 1 && fits(next.text[0]) {
					longer = append(longer, character{one.text + next.text, next.next})
				}
			}
		}
		all, last = append(all, longer...), longer
	}
	return all
}

// entity decodes what follows an ampersand, up to a semicolon.
func (r *reading) entity(at, layers int) []character {
	const longest = 10
	var all []character
	for _, name := range r.while(at, layers, longest, func(c byte) bool {
		return c == '#' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
	}) {
		for _, end := range r.literal(name.next, layers, ";") {
			if text := html.UnescapeString("&" + name.text + ";"); text != "&"+name.text+";" {
				all = append(all, character{text, end.next})
			}
		}
	}
	return all
}

// end returns where a secret that begins at a place ends; -1 if the secret is not there.
func (r *reading) end(at int, secret string) int {
	i := 0
	for ; i < len(secret) && at < len(r.text) && strings.IndexByte(encoded, r.text[at]) < 0; i++ {
		if r.text[at] != secret[i] {
			return -1
		}
		at++
	}
	const mostReadings, mostTried = 16, 8_000
	tried := 0
	reached := map[int][]int{i: {at}} // the places after each length of the secret
	for ; i < len(secret) && len(reached) > 0 && tried < mostTried; i++ {
		for _, from := range reached[i] {
			for _, one := range r.steps(from, mostLayers) {
				tried++
				to := i + len(one.text)
				if strings.HasPrefix(secret[i:], one.text) && len(reached[to]) < mostReadings && !slices.Contains(reached[to], one.next) {
					reached[to] = append(reached[to], one.next)
				}
			}
		}
		delete(reached, i)
	}
	if ends := reached[len(secret)]; len(ends) > 0 {
		return slices.Max(ends)
	}
	return -1
}
