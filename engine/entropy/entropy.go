package entropy

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
)

// Stream is a stream of unpredictable bytes, the same for the same seed, labels and counter, so that a call
// can be run twice. It is ChaCha8 under a key derived with SHA-256: as strong as its seed.
type Stream struct {
	seed          []byte
	label, tenant string
	counter       uint64
	source        *rand.ChaCha8 // nil until something is drawn: most calls draw nothing
}

// New returns the stream of a seed, a label, a tenant and a counter.
func New(seed []byte, label, tenant string, counter uint64) Stream {
	return Stream{seed: seed, label: label, tenant: tenant, counter: counter}
}

// Derive returns a key of a seed. Labels and tenants hold no NUL, so no two inputs run together.
func Derive(seed []byte, label, tenant string, counter uint64) [32]byte {
	input := make([]byte, 0, len(seed)+len(label)+len(tenant)+12)
	input = binary.BigEndian.AppendUint32(input, uint32(len(seed))) //nolint:gosec // A seed is short.
	input = append(input, seed...)
	input = append(append(input, label...), 0)
	input = append(append(input, tenant...), 0)
	return sha256.Sum256(binary.BigEndian.AppendUint64(input, counter))
}

// Key derives a key of the stream's seed and tenant under another label.
func (e *Stream) Key(label string) [32]byte { return Derive(e.seed, label, e.tenant, 0) }

// Read fills p; it never fails.
func (e *Stream) Read(p []byte) (int, error) {
	if e.source == nil {
		e.source = rand.NewChaCha8(Derive(e.seed, e.label, e.tenant, e.counter))
	}
	return e.source.Read(p)
}

// The alphabets of what is drawn.
const (
	digits       = "0123456789"
	lowerCase    = digits + "abcdefghijklmnopqrstuvwxyz"
	Hexadecimal  = digits + "abcdef"
	Alphanumeric = digits + "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
)

// Tries is the number of draws without a result after which a reader counts as one that repeats itself.
const Tries = 100

// ErrRepeats is the error of a reader that repeats itself.
var ErrRepeats = errors.New("the randomness repeats itself")

// Text draws n characters of an alphabet, each as likely as any other. It returns [ErrRepeats] if the reader repeats bytes
// that stand for no character, and an error that wraps the reader's if it ends.
func Text(random io.Reader, n int, alphabet string) (string, error) {
	var buffer [64]byte
	out := make([]byte, 0, n)
	for range Tries * ((n + len(buffer) - 1) / len(buffer)) {
		if err := fill(random, buffer[:]); err != nil {
			return "", err
		}
		if out = appendText(out, n, buffer[:], alphabet); len(out) == n {
			return string(out), nil
		}
	}
	return "", ErrRepeats
}

// appendText appends the characters that random bytes stand for, up to n in all.
func appendText(out []byte, n int, random []byte, alphabet string) []byte {
	limit := 256 - 256%len(alphabet) // Bytes above it would favor the first characters.
	for _, b := range random {
		if int(b) < limit && len(out) < n {
			out = append(out, alphabet[int(b)%len(alphabet)])
		}
	}
	return out
}

// UUID draws a random UUID, version 4 (RFC 9562). It returns an error that wraps the reader's if it ends.
func UUID(random io.Reader) (string, error) {
	var b [16]byte
	if err := fill(random, b[:]); err != nil {
		return "", err
	}
	return formatUUID(b), nil
}

func formatUUID(b [16]byte) string {
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	s := hex.EncodeToString(b[:])
	return s[:8] + "-" + s[8:12] + "-" + s[12:16] + "-" + s[16:20] + "-" + s[20:]
}

func fill(random io.Reader, buffer []byte) error {
	if _, err := io.ReadFull(random, buffer); err != nil {
		return fmt.Errorf("randomness: %w", err)
	}
	return nil
}

// text is [Text] for a stream, which never ends. It calls Read itself, so that neither the stream nor the buffer escapes.
func (e *Stream) text(n int, alphabet string) string {
	var buffer [64]byte
	out := make([]byte, 0, n)
	for len(out) < n {
		_, _ = e.Read(buffer[:])
		out = appendText(out, n, buffer[:], alphabet)
	}
	return string(out)
}

// LowerText draws n lower-case letters and digits.
func (e *Stream) LowerText(n int) string { return e.text(n, lowerCase) }

// The lengths of tokens, in letters and digits (W-TOKEN).
const (
	AccessLength  = 28
	RefreshLength = 32
	MailedLength  = 64
)

// AccessToken draws an access token.
func (e *Stream) AccessToken() string { return e.text(AccessLength, Alphanumeric) }

// RefreshToken draws a refresh token.
func (e *Stream) RefreshToken() string { return e.text(RefreshLength, Alphanumeric) }

// MailedToken draws a token that is sent by mail.
func (e *Stream) MailedToken() string { return e.text(MailedLength, Alphanumeric) }

// CustomerNumber draws a customer number: 8 digits, the first of which is not 0.
func (e *Stream) CustomerNumber() string {
	return e.text(1, digits[1:]) + e.text(7, digits)
}

// HexID draws n lower-case hexadecimal digits.
func (e *Stream) HexID(n int) string { return e.text(n, Hexadecimal) }

// UUID draws a random UUID, version 4 (RFC 9562).
func (e *Stream) UUID() string {
	var b [16]byte
	_, _ = e.Read(b[:])
	return formatUUID(b)
}

// EventID draws the id of an event, in the form of Standard Webhooks.
func (e *Stream) EventID() string { return "msg_" + e.text(27, Alphanumeric) }

// Reader returns a stream of a seed for a use outside of any world, such as the building of fixtures.
func Reader(seed []byte, use string) io.Reader {
	all := New(seed, use, "", 0)
	return &all
}

// LowerText draws small letters and digits from a stream.
func LowerText(random io.Reader, n int) string {
	var key [32]byte
	_, _ = io.ReadFull(random, key[:]) // A stream of this package never ends.
	return (&Stream{source: rand.NewChaCha8(key)}).LowerText(n)
}
