package service

import (
	"bytes"
	"encoding/json"
	"strconv"

	jsonv2 "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"standin/engine/refusal"
	"standin/spec"
)

// member is a member of a merge patch (RFC 7396): absent, null, or a value.
type member[T any] struct {
	Present bool
	Null    bool
	Value   T
}

// UnmarshalJSONFrom records that the member was present, and whether it was null.
func (m *member[T]) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	m.Present, m.Null = true, d.PeekKind() == 'n'
	return jsonv2.UnmarshalDecode(d, &m.Value)
}

// into writes the member's value to a field. A null writes the cleared value; an absent member changes nothing.
func (m member[T]) into(field *T, cleared T) {
	switch {
	case m.Null:
		*field = cleared
	case m.Present:
		*field = m.Value
	}
}

// mergeInto merges free-form JSON member by member. A null clears all of it.
func mergeInto(field *json.RawMessage, m member[json.RawMessage]) {
	switch {
	case m.Null:
		*field = nil
	case m.Present:
		merged := must(spec.Merge(*field, m.Value))
		*field = nil
		if !bytes.Equal(merged, emptyObject) {
			*field = merged
		}
	}
}

// must returns value and panics on an error, which would be a bug: what is encoded here was decoded before, or signed with a key
// that may be any text.
func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

var emptyObject = []byte("{}") //nolint:gochecknoglobals // A constant that Go cannot declare as one.

func orEmpty(raw json.RawMessage) json.RawMessage {
	if len(raw) == 0 {
		return emptyObject
	}
	return raw
}

// metadataBody is the metadata in a request: the version that the client has read, and links to mixin schemas.
type metadataBody struct {
	Version member[int64]           `json:"version"`
	Mixins  member[json.RawMessage] `json:"mixins"`
}

// check refuses a change that was made on an older version than the stored one (PROFILE-VERSION).
func (m metadataBody) check(stored int) error {
	if m.Version.Present && !m.Version.Null && m.Version.Value != int64(stored) {
		return refusal.Stale.Of(m.Version.Value, stored).Saw("metadata.version", strconv.Itoa(stored))
	}
	return nil
}

func mergeMetadata(links *json.RawMessage, m member[metadataBody]) {
	if m.Null {
		*links = nil
	}
	mergeInto(links, m.Value.Mixins)
}

// metadataView is the metadata in an answer.
type metadataView struct {
	Version int             `json:"version"`
	Mixins  json.RawMessage `json:"mixins"`
}

func viewMetadata(version int, links json.RawMessage) metadataView {
	return metadataView{Version: version, Mixins: orEmpty(links)}
}
