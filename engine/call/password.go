package call

import (
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"maps"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/crypto/argon2"
)

// HashCost is the cost of a password hash. The defaults are far below what a real service needs, because here speed counts
// and passwords are invented. Four passes over little memory take as long as one pass over four times as much, and leave
// less to the garbage collector.
type HashCost struct {
	Time   uint32 // passes; 4 by default
	Memory uint32 // KiB; 128 by default
}

// WithDefaults returns the cost with its zero fields set to their defaults.
func (c HashCost) WithDefaults() HashCost {
	if c.Time == 0 {
		c.Time = 4
	}
	if c.Memory == 0 {
		c.Memory = 128
	}
	return c
}

// HashesAtOnce returns how many hashes may be computed at once, which bounds their memory. More than one for each processor
// keeps all of them busy.
func HashesAtOnce() int { return 2 * runtime.GOMAXPROCS(0) }

const (
	saltLength = 16
	keyLength  = 32
)

// Hash returns the PHC string of a password with argon2id, under a salt from random.
func (c HashCost) Hash(random io.Reader, password string) (string, error) {
	salt := make([]byte, saltLength)
	if _, err := io.ReadFull(random, salt); err != nil {
		return "", fmt.Errorf("call: salt: %w", err)
	}
	c = c.WithDefaults()
	return phc{time: c.Time, memory: c.Memory, salt: salt}.derive(password), nil
}

// phc holds the parameters and the salt of a PHC string of argon2id.
type phc struct {
	time, memory uint32
	salt         []byte
}

var errPHC = errors.New("call: not a PHC string of argon2id")

// parsePHC parses a PHC string such as $argon2id$v=19$m=512,t=1,p=1$salt$hash.
func parsePHC(text string) (phc, error) {
	parts := strings.Split(text, "$")
	if len(parts) != 6 || parts[1] != "argon2id" || parts[2] != "v=19" {
		return phc{}, errPHC
	}
	cost := strings.Split(parts[3], ",")
	if len(cost) != 3 || cost[2] != "p=1" {
		return phc{}, errPHC
	}
	memory, noMemory := strconv.ParseUint(strings.TrimPrefix(cost[0], "m="), 10, 32)
	time, noTime := strconv.ParseUint(strings.TrimPrefix(cost[1], "t="), 10, 32)
	salt, noSalt := base64.RawStdEncoding.DecodeString(parts[4])
	if noMemory != nil || noTime != nil || noSalt != nil || time == 0 {
		return phc{}, errPHC
	}
	return phc{time: uint32(time), memory: uint32(memory), salt: salt}, nil
}

func (p phc) derive(password string) string {
	key := argon2.IDKey([]byte(password), p.salt, p.time, p.memory, 1, keyLength)
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=1$%s$%s", argon2.Version, p.memory, p.time,
		base64.RawStdEncoding.EncodeToString(p.salt), base64.RawStdEncoding.EncodeToString(key))
}

// Hashes computes the password hashes of a call and remembers them. So they can be computed in a rehearsal, without the
// world's lock.
type Hashes struct {
	cost       HashCost
	slots      chan struct{}        // its capacity bounds how many hashes are computed at once
	known      map[[2]string]string // password and salt → PHC string
	rehearsals int
	rehearsing bool
}

// ErrUnrehearsed ends a run at a hash that is not known. A rehearsal has computed it by then. The real run needs another
// rehearsal, because there is a second hash or the state has changed.
var ErrUnrehearsed = errors.New("call: a hash was not rehearsed")

// rehearsalsAtMost bounds how often a call is rehearsed; after it, hashes are computed under the lock.
const rehearsalsAtMost = 3

// NewHashes returns the hashes of a call. Each takes one of the slots while it is computed.
func NewHashes(cost HashCost, slots chan struct{}) *Hashes {
	return &Hashes{cost: cost, slots: slots, known: map[[2]string]string{}}
}

// Rehearse calls run, which ends at the first hash that is not known yet, and computes that hash.
func (m *Hashes) Rehearse(run func()) {
	m.rehearsals++
	m.rehearsing = true
	run()
	m.rehearsing = false
}

// Rehearsing reports whether a rehearsal is under way.
func (m *Hashes) Rehearsing() bool { return m.rehearsing }

// Computed returns the PHC strings that were computed so far.
func (m *Hashes) Computed() []string { return slices.Collect(maps.Values(m.known)) }

func (m *Hashes) derive(p phc, password string) (string, error) {
	key := [2]string{password, string(p.salt)}
	if hash, ok := m.known[key]; ok {
		return hash, nil
	}
	if !m.rehearsing && m.rehearsals < rehearsalsAtMost {
		return "", ErrUnrehearsed
	}
	m.slots <- struct{}{}
	hash := p.derive(password)
	<-m.slots
	m.known[key] = hash
	if m.rehearsing {
		return "", ErrUnrehearsed // The rest of the operation is left to the real run.
	}
	return hash, nil
}

// HashPassword returns the PHC string of a new password.
func (c *Call) HashPassword(password string) (string, error) {
	salt := make([]byte, saltLength)
	_, _ = c.Entropy.Read(salt)
	return c.Hashes.derive(phc{time: c.Hashes.cost.Time, memory: c.Hashes.cost.Memory, salt: salt}, password)
}

// VerifyPassword compares a password with a PHC string, in constant time. Besides the verdict it returns the PHC string of
// the password that was tried. An empty or unreadable hash costs as much as any other, and no password fits it.
func (c *Call) VerifyPassword(password, hash string) (bool, string, error) {
	p, unusable := parsePHC(hash)
	if unusable != nil {
		p = phc{time: c.Hashes.cost.Time, memory: c.Hashes.cost.Memory, salt: make([]byte, saltLength)}
	}
	tried, err := c.Hashes.derive(p, password)
	if err != nil {
		return false, "", err
	}
	same := subtle.ConstantTimeCompare([]byte(tried), []byte(hash)) == 1
	return same && unusable == nil, tried, nil
}
