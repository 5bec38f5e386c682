package engine

import "standin/spec"

// operation is a line of the table: the handler, and how it is run.
type operation struct {
	handle    func(*Call) (spec.Reply, error)
	writes    bool
	rehearsed bool // it may hash passwords: run it once without the lock to learn which
	keeps     bool // what it wrote before an error is kept (LOGIN-LOCK)
}

func reads(handle func(*Call) (spec.Reply, error)) operation {
	return operation{handle: handle}
}

func writes(handle func(*Call) (spec.Reply, error)) operation {
	return operation{handle: handle, writes: true}
}

// hashes marks a writing operation that hashes or verifies passwords.
func hashes(handle func(*Call) (spec.Reply, error)) operation {
	return operation{handle: handle, writes: true, rehearsed: true}
}

func (o operation) keepingOnError() operation {
	o.keeps = true
	return o
}

// planes is the whole API: every document that is served, and the handler of each of its operations.
var planes = map[string]map[string]operation{
	spec.Customer: {
		"addAddress":        writes(addAddress),
		"listAddresses":     reads(listAddresses),
		"getAddress":        reads(getAddress),
		"updateAddress":     writes(updateAddress),
		"replaceAddress":    writes(updateAddress),
		"deleteAddress":     writes(deleteAddress),
		"addAddressTags":    writes(addAddressTags),
		"deleteAddressTags": writes(deleteAddressTags),

		"getProfile":     reads(getProfile),
		"updateProfile":  writes(updateProfile),
		"replaceProfile": writes(updateProfile),
		"deleteProfile":  writes(deleteProfile),
		"assignAccount":  hashes(assignAccount),

		"signup":       hashes(signup),
		"login":        hashes(login).keepingOnError(),
		"logout":       writes(logout), // a GET that writes
		"refreshToken": writes(refreshToken),
		"socialLogin":  writes(socialLogin),
		"confirmOptIn": writes(confirmOptIn),
		"resendOptIn":  writes(resendOptIn),

		"requestEmailChange":   hashes(requestEmailChange),
		"confirmEmailChange":   writes(confirmEmailChange),
		"requestPasswordReset": writes(requestPasswordReset),
		"resetPassword":        hashes(resetPassword),
		"changePassword":       hashes(changePassword),
	},
	spec.Companions: {
		"anonymousLogin":       writes(anonymousLogin),
		"anonymousRefresh":     writes(anonymousRefresh),
		"validateToken":        reads(validateToken),
		"serviceToken":         writes(serviceToken),
		"getScopes":            reads(getScopes),
		"getSessionContext":    reads(getSessionContext),
		"updateSessionContext": writes(updateSessionContext),
	},
}
