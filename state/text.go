package state

// Text is a text that may be absent, which is not the same as empty. The zero Text is absent. As a field of a struct it
// needs the option omitzero in JSON.
type Text struct {
	held string // the text; "" if it is absent, and present if it is empty
}

// present is what a Text holds that is there and empty. It is not valid UTF-8, so no text of a request is equal to it. A
// second field would make the rows of a customer larger by a sixth.
const present = "\xff"

// TextOf returns a text that is there, even if it is empty.
func TextOf(text string) Text {
	if text == "" {
		return Text{held: present}
	}
	return Text{held: text}
}

// OptionalText returns a text, or an absent one if it is empty.
func OptionalText(text string) Text { return Text{held: text} }

// String returns the text. It is empty if the text is absent.
func (t Text) String() string {
	if t.held == present {
		return ""
	}
	return t.held
}

// Absent reports whether the text is absent.
func (t Text) Absent() bool { return t == Text{} }

// AppendText appends the text to b.
func (t Text) AppendText(b []byte) ([]byte, error) { return append(b, t.String()...), nil }

// UnmarshalText sets t to a text that is there.
func (t *Text) UnmarshalText(text []byte) error {
	*t = TextOf(string(text))
	return nil
}
