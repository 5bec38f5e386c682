package service

import (
	"standin/engine/call"
	"standin/engine/refusal"
	"standin/spec"
)

// Operation is a line of a table: a handler, and how it is run.
type Operation struct {
	Handle       func(*call.Call) (spec.Reply, error)
	Writes       bool           // in a writing transaction
	Hashes       bool           // may hash passwords, so it is rehearsed without the world's lock
	KeepsOnError bool           // commits what it wrote before a refusal (LOGIN-LOCK)
	Forbidden    *refusal.Error // of a caller that it does not admit; nil for [refusal.Forbidden]
}

func reads(handle func(*call.Call) (spec.Reply, error)) Operation {
	return Operation{Handle: handle}
}

func writes(handle func(*call.Call) (spec.Reply, error)) Operation {
	return Operation{Handle: handle, Writes: true}
}

// hashing marks a writing operation that hashes or verifies passwords.
func hashing(handle func(*call.Call) (spec.Reply, error)) Operation {
	return Operation{Handle: handle, Writes: true, Hashes: true}
}

// withBody returns a handler that decodes the request's body.
func withBody[T any](handle func(*call.Call, T) (spec.Reply, error)) func(*call.Call) (spec.Reply, error) {
	return func(c *call.Call) (spec.Reply, error) {
		in, err := call.Body[T](c.Request)
		if err != nil {
			return spec.Reply{}, err
		}
		return handle(c, in)
	}
}

func (o Operation) keepingOnError() Operation {
	o.KeepsOnError = true
	return o
}

// forbidding sets the refusal of callers that the operation does not admit.
func (o Operation) forbidding(refused *refusal.Error) Operation {
	o.Forbidden = refused
	return o
}

// Tables returns the API of the service: for each of its documents, the operations by their ids.
func Tables() map[string]map[string]Operation {
	return map[string]map[string]Operation{
		spec.Customer: {
			"addAddress":        writes(withBody(addAddress)),
			"listAddresses":     reads(listAddresses),
			"getAddress":        reads(getAddress),
			"updateAddress":     writes(withBody(updateAddress)),
			"replaceAddress":    writes(withBody(updateAddress)),
			"deleteAddress":     writes(deleteAddress),
			"addAddressTags":    writes(addAddressTags),
			"deleteAddressTags": writes(deleteAddressTags),

			"getProfile":     reads(getProfile),
			"updateProfile":  writes(withBody(updateProfile)),
			"replaceProfile": writes(withBody(updateProfile)),
			"deleteProfile":  writes(deleteProfile),
			"assignAccount":  hashing(withBody(assignAccount)),

			"signup":       hashing(withBody(signup)),
			"login":        hashing(withBody(login)).keepingOnError(),
			"logout":       writes(logout), // a GET that writes
			"refreshToken": writes(refreshToken),
			"socialLogin":  writes(withBody(socialLogin)),
			"confirmOptIn": writes(confirmOptIn),
			"resendOptIn":  writes(withBody(resendOptIn)),

			"requestEmailChange":   hashing(withBody(requestEmailChange)),
			"confirmEmailChange":   writes(withBody(confirmEmailChange)),
			"requestPasswordReset": writes(withBody(requestPasswordReset)),
			"resetPassword":        hashing(withBody(resetPassword)),
			"changePassword":       hashing(withBody(changePassword)),
		},
		spec.Companions: {
			"anonymousLogin":   writes(anonymousLogin),
			"anonymousRefresh": writes(anonymousRefresh),
			"validateToken":    reads(validateToken),
			"serviceToken":     writes(serviceToken),
			"getScopes":        reads(getScopes).forbidding(refusal.Scopes),

			"listLegalEntities":      reads(listLegalEntities).forbidding(refusal.Companies),
			"getLegalEntity":         reads(getLegalEntity).forbidding(refusal.Companies),
			"listLocations":          reads(listLocations).forbidding(refusal.Companies),
			"getLocation":            reads(getLocation).forbidding(refusal.Companies),
			"listContactAssignments": reads(listContactAssignments).forbidding(refusal.Companies),
			"getContactAssignment":   reads(getContactAssignment).forbidding(refusal.Companies),

			"getSessionContext":      reads(getSessionContext),
			"updateSessionContext":   writes(withBody(updateSessionContext)),
			"addContextAttribute":    writes(withBody(addContextAttribute)),
			"deleteContextAttribute": writes(deleteContextAttribute),
		},
	}
}
