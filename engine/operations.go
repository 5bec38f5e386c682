package engine

import "standin/spec"

// Operation is a line of a table: the handler, and how it is run.
type Operation struct {
	handle    func(*Call) (spec.Reply, error)
	writes    bool
	rehearsed bool     // it may hash passwords: run it once without the lock to learn which
	keeps     bool     // what it wrote before an error is kept (LOGIN-LOCK)
	free      bool     // it opens its own transactions: a step of the tester's
	secrets   []string // variables of its path that hold a secret
}

// Steers marks an operation of the control plane: it runs without a transaction of its own and has the world.
func Steers(handle func(*Call) (spec.Reply, error)) Operation {
	return Operation{handle: handle, free: true}
}

// Plane is a document with the handler of each of its operations, by their ids.
type Plane map[string]Operation

func reads(handle func(*Call) (spec.Reply, error)) Operation {
	return Operation{handle: handle}
}

func writes(handle func(*Call) (spec.Reply, error)) Operation {
	return Operation{handle: handle, writes: true}
}

// hashes marks a writing operation that hashes or verifies passwords.
func hashes(handle func(*Call) (spec.Reply, error)) Operation {
	return Operation{handle: handle, writes: true, rehearsed: true}
}

func (o Operation) keepingOnError() Operation {
	o.keeps = true
	return o
}

// planes is the whole API of the service: its documents, and the handler of each of their operations. The tester's
// operations are in engine/control.
var planes = map[string]Plane{
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
