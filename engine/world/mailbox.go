package world

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"standin/state"
)

// waiters are the calls that wait for a mail. Only the commit of a mail that a waiter waits for wakes it, so a thousand
// waiters cost no more than the few that match.
type waiters struct {
	mu   sync.Mutex
	open map[*waiter]struct{}
}

type waiter struct {
	filter MailFilter
	woken  chan struct{}
}

func (ws *waiters) join(filter MailFilter) *waiter {
	one := &waiter{filter: filter, woken: make(chan struct{}, 1)}
	ws.mu.Lock()
	defer ws.mu.Unlock()
	if ws.open == nil {
		ws.open = map[*waiter]struct{}{}
	}
	ws.open[one] = struct{}{}
	return one
}

func (ws *waiters) leave(one *waiter) {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	delete(ws.open, one)
}

func (ws *waiters) wake(mail state.Mail) {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	for one := range ws.open {
		if one.filter.takes(mail) {
			one.ring()
		}
	}
}

func (ws *waiters) wakeAll() {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	for one := range ws.open {
		one.ring()
	}
}

func (w *waiter) ring() {
	select {
	case w.woken <- struct{}{}:
	default: // It was woken already and has not looked yet.
	}
}

// MailFilter selects mails. Its zero value selects all.
type MailFilter struct {
	To   string // in any case; "" for any
	Kind string
}

func (f MailFilter) takes(m state.Mail) bool {
	return (f.To == "" || strings.EqualFold(f.To, m.To)) && (f.Kind == "" || f.Kind == string(m.Kind))
}

// MailCursor is a place in a world's mailbox, and its text can stand in a URL. After a reset or a restore it is the
// beginning, because the mailbox is another one then.
type MailCursor struct {
	epoch uint64
	seq   uint64
}

func (c MailCursor) String() string { return fmt.Sprintf("%d.%d", c.epoch, c.seq) }

// ParseMailCursor parses a cursor; "" is the beginning. The second result reports whether the text is a cursor.
func ParseMailCursor(text string) (MailCursor, bool) {
	if text == "" {
		return MailCursor{}, true
	}
	epoch, seq, ok := strings.Cut(text, ".")
	var c MailCursor
	var epochErr, seqErr error
	c.epoch, epochErr = strconv.ParseUint(epoch, 10, 64)
	c.seq, seqErr = strconv.ParseUint(seq, 10, 64)
	return c, ok && epochErr == nil && seqErr == nil
}

// Mails returns at most the given number of mails after the cursor, oldest first, and the cursor after them.
func (w *World) Mails(after MailCursor, filter MailFilter, most int) ([]Mail, MailCursor) {
	return w.mails(after, filter, most, (*state.Txn).EachMail)
}

// NewestMails returns at most the given number of mails before the cursor, newest first, and the cursor after them. The zero
// cursor begins with the last mail.
func (w *World) NewestMails(before MailCursor, filter MailFilter, most int) ([]Mail, MailCursor) {
	return w.mails(before, filter, most, (*state.Txn).EachMailBack)
}

func (w *World) mails(from MailCursor, filter MailFilter, most int, each func(*state.Txn, uint64, func(state.Mail) bool)) ([]Mail, MailCursor) {
	if epoch := w.epoch.Load(); from.epoch != epoch {
		from = MailCursor{epoch: epoch}
	}
	var mails []Mail
	w.View(func(txn *state.Txn) {
		each(txn, from.seq, func(row state.Mail) bool {
			from.seq = row.Seq
			if filter.takes(row) {
				mails = append(mails, mailView(w.Public(), row))
			}
			return len(mails) < most
		})
	})
	return mails, from
}

// LatestMail returns the newest mail after the cursor, if there is one, and the cursor after all of them.
func (w *World) LatestMail(after MailCursor, filter MailFilter) ([]Mail, MailCursor) {
	if epoch := w.epoch.Load(); after.epoch != epoch {
		after = MailCursor{epoch: epoch}
	}
	var latest []Mail
	end := after
	w.View(func(txn *state.Txn) {
		txn.EachMailBack(0, func(row state.Mail) bool {
			end.seq = max(end.seq, row.Seq)
			if row.Seq > after.seq && filter.takes(row) {
				latest = []Mail{mailView(w.Public(), row)}
			}
			return row.Seq > after.seq && latest == nil
		})
	})
	return latest, end
}

// AwaitMails returns what look finds. If look finds nothing, it is called again after each commit of a mail that passes the
// filter, until the context ends or the time is over.
func (w *World) AwaitMails(ctx context.Context, wait time.Duration, filter MailFilter, look func() ([]Mail, MailCursor)) ([]Mail, MailCursor) {
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	here := w.waiters.join(filter) // Before looking, so that no mail in between is missed.
	defer w.waiters.leave(here)
	for {
		mails, cursor := look()
		if len(mails) > 0 || !w.listed.Load() {
			return mails, cursor
		}
		select {
		case <-here.woken:
		case <-ctx.Done():
			return mails, cursor
		}
	}
}

// Mail returns the mail of an id.
func (w *World) Mail(id string) (Mail, bool) {
	var found Mail
	var ok bool
	w.View(func(txn *state.Txn) {
		var row state.Mail
		row, ok = txn.MailByID(id)
		found = mailView(w.Public(), row)
	})
	return found, ok
}
