package state

import "time"

// Deadline is the time at which a token expires or a lockout ends.
type Deadline struct {
	Kind           string // customerAccess, customerRefresh, anonymousAccess, anonymousRefresh, serviceAccess, mailed or lockout
	At             time.Time
	CustomerNumber string
	SessionID      string
}

// EachDeadline calls see for every deadline, in no particular order. It reads all tokens, mailed tokens and logins, so it
// is too slow for requests to the service; the control API uses it.
func (t *Txn) EachDeadline(see func(Deadline)) {
	shared := map[string]bool{} // Anonymous tokens of one session share a refresh token.
	each(t, tokens, func(row *Token) bool {
		see(Deadline{Kind: string(row.Kind) + "Access", At: row.AccessExpires, CustomerNumber: row.CustomerNumber, SessionID: row.SessionID})
		if row.Refresh != "" && !shared[row.Refresh] {
			shared[row.Refresh] = true
			see(Deadline{Kind: string(row.Kind) + "Refresh", At: row.RefreshExpires, CustomerNumber: row.CustomerNumber, SessionID: row.SessionID})
		}
		return true
	})
	each(t, mailedTokens, func(row *MailedToken) bool {
		see(Deadline{Kind: "mailed", At: row.ExpiresAt, CustomerNumber: row.CustomerNumber})
		return true
	})
	each(t, customers, func(row *Customer) bool {
		for _, login := range row.logins {
			if !login.LockedUntil.IsZero() {
				see(Deadline{Kind: "lockout", At: login.LockedUntil, CustomerNumber: row.Number})
			}
		}
		return true
	})
}

// each calls see for the rows of a table in the order of their ids, until see returns false.
func each[T any](t *Txn, table string, see func(*T) bool) {
	found := must(t.mem.Get(table, byID))
	for row, ok := found.Next().(*T); ok; row, ok = found.Next().(*T) {
		if !see(row) {
			return
		}
	}
}
