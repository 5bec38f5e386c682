package state

import (
	"math"
	"strings"
	"time"
)

// MaxMails is how many mails a database keeps; beyond it the oldest goes.
const MaxMails = 10_000

// Mail is a letter that the service sent.
type Mail struct {
	ID             string
	Seq            uint64 // order of sending; Put gives it
	Kind           MailKind
	CustomerNumber string
	To             string
	Subject        string
	Token          string
	Link           string
	SentAt         time.Time
	ExpiresAt      time.Time // of the token
}

// Letter is the mail of a kind that carries a token, with the link that the settings give it. It has no id yet.
func (s Settings) Letter(kind MailKind, to string, t MailedToken) Mail {
	subject, link := "Confirm your e-mail address", s.Links.OptIn
	switch kind {
	case Resend:
		subject = "Confirm your e-mail address (sent again)"
	case PasswordReset:
		subject, link = "Choose a new password", s.Links.Reset
	case EmailChange:
		subject, link = "Confirm your new e-mail address", s.Links.EmailChange
	case Deletion:
		subject, link = "Confirm the deletion of your account", s.Links.Deletion
	case OptIn:
	}
	return Mail{
		Kind:           kind,
		CustomerNumber: t.CustomerNumber,
		To:             to,
		Subject:        subject,
		Token:          t.Token,
		Link:           strings.ReplaceAll(link, "{token}", t.Token),
		SentAt:         t.IssuedAt,
		ExpiresAt:      t.ExpiresAt,
	}
}

// PutMail stores a mail, a new one behind all others, and drops what is then [MaxMails] or more places behind the
// newest. It returns [ErrTaken] if another mail has its place.
func (t *Txn) PutMail(row Mail) error {
	if row.Seq == 0 {
		newest, _ := last[Mail](t, mails, bySequence+"_prefix")
		row.Seq = max(newest.Seq, t.marks().LastMail) + 1
	}
	if err := put(t, mails, row); err != nil {
		return err
	}
	// Places are counted, not mails: that needs no counter, and a place holds one mail at most. The newest mail is
	// never that far behind itself, so the loop ends before the table is empty.
	newest, _ := last[Mail](t, mails, bySequence+"_prefix")
	oldest, _ := get[Mail](t, mails, bySequence+"_prefix")
	for newest.Seq-oldest.Seq >= MaxMails {
		t.DropMail(oldest.ID)
		oldest, _ = get[Mail](t, mails, bySequence+"_prefix")
	}
	return nil
}

// MailByID finds a mail.
func (t *Txn) MailByID(id string) (Mail, bool) { return get[Mail](t, mails, byID, id) }

// Mails lists at most so many mails sent after one, by its sequence number, oldest first.
func (t *Txn) Mails(after uint64, most int) []Mail {
	var rows []Mail
	t.EachMail(after, func(row Mail) bool {
		if len(rows) < most {
			rows = append(rows, row)
		}
		return len(rows) < most
	})
	return rows
}

// EachMail calls see for the mails sent after one, by its sequence number, oldest first, until see says no.
func (t *Txn) EachMail(after uint64, see func(Mail) bool) {
	found := must(t.mem.LowerBound(mails, bySequence, t.at(after)...))
	for row, ok := found.Next().(*Mail); ok; row, ok = found.Next().(*Mail) {
		if row.Seq != after && !see(*row) { // To begin at after+1 would begin anew behind the greatest number.
			return
		}
	}
}

// EachMailBack calls see for the mails sent before one, by its sequence number, newest first, until see says no; 0
// begins with the last one.
func (t *Txn) EachMailBack(before uint64, see func(Mail) bool) {
	if before == 0 {
		before = math.MaxUint64
	}
	found := must(t.mem.ReverseLowerBound(mails, bySequence, t.at(before)...))
	for row, ok := found.Next().(*Mail); ok; row, ok = found.Next().(*Mail) {
		if row.Seq != before && !see(*row) {
			return
		}
	}
}

// DropMail removes a mail. Its place in the order is not given to another one.
func (t *Txn) DropMail(id string) {
	row, ok := t.MailByID(id)
	if !ok {
		return
	}
	if newest, _ := last[Mail](t, mails, bySequence+"_prefix"); newest.Seq == row.Seq {
		must(0, put(t, marksTable, Marks{LastMail: row.Seq}))
	}
	drop[Mail](t, mails, id)
}

// Marks are what a database remembers of rows that are gone.
type Marks struct {
	LastMail uint64 // the greatest place that a dropped mail had
}

func (t *Txn) marks() Marks {
	row, _ := get[Marks](t, marksTable, byID, marksTable)
	return row
}
