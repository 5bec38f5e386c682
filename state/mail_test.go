package state_test

import (
	"fmt"
	"math"
	"testing"

	"standin/state"
)

func sequence(r state.Mail) uint64 { return r.Seq }

func TestOnlySoManyMailsAreKept(t *testing.T) {
	t.Parallel()
	db := fresh(t)
	commit(t, db, func(txn *state.Txn) {
		for i := range state.MaxMails {
			txn.PutMail(state.Mail{ID: fmt.Sprint(i)})
		}
		same(t, "up to the bound", len(txn.Mails(0, math.MaxInt)), state.MaxMails)
		txn.PutMail(state.Mail{ID: "one more"})
	})
	kept := db.View().Mails(0, math.MaxInt)
	same(t, "beyond it", len(kept), state.MaxMails)
	same(t, "the oldest", kept[0].Seq, uint64(2))
	same(t, "the newest", kept[len(kept)-1].ID, "one more")
	_, found := db.View().MailByID("0")
	same(t, "the one that went", found, false)

	commit(t, db, func(txn *state.Txn) {
		again, _ := txn.MailByID("1")
		again.Subject = "changed"
		txn.PutMail(again) // This changes a mail and adds none, so none is dropped.
		same(t, "after a change", len(txn.Mails(0, math.MaxInt)), state.MaxMails)
	})
}

// The caller may give mails their sequence numbers, in any order.
func TestMailsWithPlacesOfTheirOwn(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ put, want []uint64 }{
		"out of order":             {[]uint64{5, 3, 4}, []uint64{3, 4, 5}},
		"behind the one named":     {[]uint64{5, 0}, []uint64{5, 6}},
		"at the end of the window": {[]uint64{1, state.MaxMails}, []uint64{1, state.MaxMails}},
		"beyond the window":        {[]uint64{1, 2, 3, state.MaxMails + 2}, []uint64{3, state.MaxMails + 2}},
		"before the window":        {[]uint64{state.MaxMails + 2, 3, 2}, []uint64{3, state.MaxMails + 2}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := fresh(t)
			commit(t, db, func(txn *state.Txn) {
				for at, seq := range test.put {
					txn.PutMail(state.Mail{ID: fmt.Sprint(at), Seq: seq})
				}
			})
			same(t, "places", pick(db.View().Mails(0, 9), sequence), test.want)
		})
	}
}

// The newest mail may get a smaller sequence number. The window then ends at that number.
func TestTheOnlyMailTakesAnotherPlace(t *testing.T) {
	t.Parallel()
	db := fresh(t)
	commit(t, db, func(txn *state.Txn) {
		txn.PutMail(state.Mail{ID: "a", Seq: 2 * state.MaxMails})
		txn.PutMail(state.Mail{ID: "a", Seq: 5})
		same(t, "places", pick(txn.Mails(0, 9), sequence), []uint64{5})
	})
}

func TestARefusedMailDropsNone(t *testing.T) {
	t.Parallel()
	db := fresh(t)
	txn := db.Change()
	defer txn.Abort()
	for i := range state.MaxMails + 1 {
		txn.PutMail(state.Mail{ID: fmt.Sprint(i)})
	}
	txn.PutMail(state.Mail{ID: "new", Seq: state.MaxMails + 1})
	if txn.Err() == nil {
		t.Fatal("two mails at one place")
	}
	same(t, "kept", len(txn.Mails(0, math.MaxInt)), state.MaxMails)
}

func TestMailsAreReadFromAPlaceOn(t *testing.T) {
	t.Parallel()
	db := fresh(t)
	commit(t, db, func(txn *state.Txn) {
		for i := range 300 { // More than one byte can count.
			txn.PutMail(state.Mail{ID: fmt.Sprint(i)})
		}
		txn.DropMail("255")
		txn.DropMail("nobody's")
	})
	view := db.View()
	for _, test := range []struct {
		after uint64
		most  int
		want  []uint64
	}{
		{0, 2, []uint64{1, 2}},
		{254, 3, []uint64{255, 257, 258}},
		{256, 1, []uint64{257}},
		{298, 9, []uint64{299, 300}},
		{300, 9, nil},
		{math.MaxUint64, 9, nil},
		{0, 0, nil},
	} {
		same(t, fmt.Sprint("after ", test.after), pick(view.Mails(test.after, test.most), sequence), test.want)
	}
}

func TestALetterCarriesItsToken(t *testing.T) {
	t.Parallel()
	given := state.MailedToken{Token: "T0", CustomerNumber: "1", IssuedAt: noon(), ExpiresAt: noon().AddDate(0, 0, 1)}
	for kind, link := range map[state.MailKind]string{
		state.OptIn:         "http://localhost:3000/activate?token=T0",
		state.Resend:        "http://localhost:3000/activate?token=T0",
		state.PasswordReset: "http://localhost:3000/reset-password?token=T0",
		state.EmailChange:   "http://localhost:3000/confirm-email?token=T0",
		state.Deletion:      "http://localhost:3000/delete-account?token=T0",
	} {
		letter := state.DefaultSettings().Letter(kind, "a@example.com", given)
		same(t, "link", letter.Link, link)
		same(t, "kind", letter.Kind, kind)
		same(t, "expiry", letter.ExpiresAt, given.ExpiresAt)
	}
	same(t, "token of a resend", state.Resend.TokenKind(), state.OptIn)
}
