package state

import (
	"strings"
	"time"
)

// MaxMails is the number of mails that a database keeps. A new mail beyond it removes the oldest.
const MaxMails = 10_000

// Mail is a mail that the service has sent.
type Mail struct {
	ID             string
	Seq            uint64 // order of sending; PutMail assigns it
	Kind           MailKind
	CustomerNumber string
	To             string
	Subject        string
	Token          string
	Link           string
	SentAt         time.Time
	ExpiresAt      time.Time // expiry of the token
	Site           string    // site that a password reset named
}

func (m Mail) sequence() uint64 { return m.Seq }

// Letter returns a mail of a kind that carries the mailed token t, with the link from the settings. The mail has no id yet.
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
		Site:           t.Site,
	}
}

// PutMail stores a mail. A new one comes after all others. It then drops every mail whose sequence number is [MaxMails] or
// more below that of the newest. The transaction fails with [ErrTaken] if another mail has the same sequence number.
func (t *Txn) PutMail(row Mail) {
	if row.Seq == 0 {
		newest, _ := last[Mail](t, mails, bySequence+"_prefix")
		row.Seq = max(newest.Seq, t.marks().LastMail) + 1
	}
	put(t, mails, row)
	// Sequence numbers are compared instead of counting mails, so no counter is needed; the numbers are unique. The
	// newest mail is never below itself, so the loop ends before the table is empty.
	newest, _ := last[Mail](t, mails, bySequence+"_prefix")
	oldest, _ := get[Mail](t, mails, bySequence+"_prefix")
	for newest.Seq-oldest.Seq >= MaxMails {
		t.DropMail(oldest.ID)
		oldest, _ = get[Mail](t, mails, bySequence+"_prefix")
	}
}

// MailByID returns the mail with an id.
func (t *Txn) MailByID(id string) (Mail, bool) { return get[Mail](t, mails, byID, id) }

// Mails returns up to most mails whose sequence numbers are greater than after, oldest first.
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

// EachMail calls see for the mails whose sequence numbers are greater than after, oldest first, until see returns false.
func (t *Txn) EachMail(after uint64, see func(Mail) bool) { eachAfter(t, mails, after, see) }

// EachMailBack calls see for the mails whose sequence numbers are less than before, newest first, until see returns
// false. If before is 0, it begins with the newest mail.
func (t *Txn) EachMailBack(before uint64, see func(Mail) bool) { eachBefore(t, mails, before, see) }

// DropMail removes a mail. Its sequence number is not used again.
func (t *Txn) DropMail(id string) {
	row, ok := t.MailByID(id)
	if !ok {
		return
	}
	if newest, _ := last[Mail](t, mails, bySequence+"_prefix"); newest.Seq == row.Seq {
		marks := t.marks()
		marks.LastMail = row.Seq
		put(t, marksTable, marks)
	}
	drop[Mail](t, mails, id)
}

// Marks are facts about dropped rows that a database still needs.
type Marks struct {
	LastMail  uint64 // sequence number of the dropped mail that was the newest
	LastEvent uint64 // sequence number of the dropped event that was the newest
}

func (t *Txn) marks() Marks {
	row, _ := get[Marks](t, marksTable, byID, marksTable)
	return row
}
