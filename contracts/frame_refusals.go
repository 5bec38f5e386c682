package contracts

import (
	. "standin/contracts/suite"
)

// refusals returns requests that are refused for more than their form, by the operation.
func refusals() map[string][]func(*frameWorld) *Answer {
	type world = *frameWorld
	reset := func(token func(world) string, password string) func(world) *Answer {
		return func(t world) *Answer {
			return t.Do("resetPassword", byAnonymous(t), Body(H{"token": token(t), "password": password}))
		}
	}
	mailed := func(name string) func(world) string { return func(t world) string { return t.token(name) } }
	body := func(operation string, as func(world) Part, body H, parts ...Part) func(world) *Answer {
		return func(t world) *Answer { return t.Do(operation, append(parts, as(t), Body(body))...) }
	}
	stale := H{"city": "Rome", "isDefault": true, "metadata": H{"version": 99}}
	ofJoe := func(t world) Part { return Bearer(t.joe.Access) }
	all := map[string][]func(world) *Answer{
		"addAddress":    {body("addAddress", byJane, H{"country": "England", "companyName": "Doe Ltd"})},
		"deleteAddress": {func(t world) *Answer { return t.Do("deleteAddress", ofJoe(t), ofTarget(t)) }},
		"updateProfile": {
			body("updateProfile", byJane, H{"lastName": "Roe", "metadata": H{"version": 99}}),
			body("updateProfile", byJane, H{"lastName": "Roe", "contactEmail": nil}),
			body("updateProfile", byJane, H{"lastName": nil, "title": "MR"}), // There must be a lastName (B2B-RULE).
		},
		"assignAccount": {
			body("assignAccount", byJane, H{"email": "third@example.com", "password": "short"}),
			body("assignAccount", byJane, H{"email": "JOE@example.com", "password": Password}),
		},
		"changePassword": {
			body("changePassword", byJane, H{"currentPassword": "wrong-one", "newPassword": "another1"}),
			body("changePassword", byJane, H{"currentPassword": Password, "newPassword": "short"}),
		},
		"requestEmailChange": {
			body("requestEmailChange", byJane, H{"email": janesEmail, "password": "wrong-one", "newEmail": "new@example.com"}),
			body("requestEmailChange", byJane, H{"email": "joe@example.com", "password": Password, "newEmail": "new@example.com"}),
			body("requestEmailChange", byJane, H{"email": janesEmail, "password": Password, "newEmail": "joe@example.com"}),
		},
		"signup": {
			body("signup", byAnonymous, H{"email": "JANE@example.com", "password": Password}),
			body("signup", byAnonymous, H{"email": "new@example.com", "password": "short"}),
			body("signup", byAnonymous, H{"email": "new@example.com", "password": Password, "customerAddress": H{"city": "Rome"}}),
		},
		"login": {body("login", byAnonymous, H{"email": "petra@example.com", "password": Password})},
		"logout": {
			func(t world) *Answer { return t.Do("logout", byJane(t), Query("accessToken", t.joe.Access)) },
			func(t world) *Answer { return t.Do("logout", byJane(t), Query("accessToken", t.second.Refresh)) },
			func(t world) *Answer { return t.Do("logout", byJane(t), Query("accessToken", t.anonymous.Access)) },
		},
		"refreshToken": {
			func(t world) *Answer {
				return t.Do("refreshToken", byAnonymous(t), Query("refreshToken", t.second.Access))
			},
			func(t world) *Answer {
				return t.Do("refreshToken", byAnonymous(t), Query("refreshToken", t.shopper.Refresh))
			},
			func(t world) *Answer {
				return t.Do("refreshToken", byAnonymous(t), Query("refreshToken", t.second.Refresh), Query("legalEntityId", "5003"))
			},
		},
		"socialLogin": {
			body("socialLogin", byAnonymous, H{"email": janesEmail}, Header("session-id", "0d2a2b7c-8a6e-4a6a-9b0e-5c7a7f5f3f11")),
			func(t world) *Answer {
				return t.Do("socialLogin", byAnonymous(t), Header("session-id", t.anonymous.SessionID), Body(H{"email": "jane"}))
			},
		},
		"resetPassword": {reset(mailed("jane-password-reset"), "short"), reset(mailed("jane-deletion"), "another1")},
		"confirmEmailChange": {func(t world) *Answer {
			return t.Do("confirmEmailChange", byAnonymous(t), Body(H{"token": t.token("jane-password-reset")}))
		}},
		"deleteProfile": {
			func(t world) *Answer {
				return t.Do("deleteProfile", byJane(t), Query("token", t.token("joe-deletion")))
			},
			func(t world) *Answer {
				return t.Do("deleteProfile", byJane(t), Query("token", t.token("jane-email-change")))
			},
		},
		"confirmOptIn": {func(t world) *Answer {
			return t.Do("confirmOptIn", byAnonymous(t), Path("token", t.token("jane-deletion")))
		}},
		"anonymousRefresh": {
			func(t world) *Answer { return t.AnonymousRefresh(t.jane.Refresh) },
			func(t world) *Answer { return t.AnonymousRefresh(t.anonymous.Access) },
		},
		"updateSessionContext": {
			body("updateSessionContext", byAnonymous, H{"currency": "CHF", "context": H{"mood": nil}, "metadata": H{"version": 1}}),
		},
		"addContextAttribute": {body("addContextAttribute", byAnonymous, H{"key": "mood", "value": 5})},
	}
	all["replaceProfile"] = all["updateProfile"]
	for _, operation := range []string{"updateAddress", "replaceAddress"} {
		all[operation] = []func(world) *Answer{
			func(t world) *Answer { return t.Do(operation, byJane(t), Path("addressId", t.rest), Body(stale)) },
			func(t world) *Answer {
				return t.Do(operation, ofJoe(t), Path("addressId", t.rest), Body(H{"isDefault": true}))
			},
		}
	}
	for _, operation := range []string{"addAddressTags", "deleteAddressTags"} {
		all[operation] = []func(world) *Answer{
			func(t world) *Answer { return t.Do(operation, byJane(t), ofTarget(t), Query("tags", "")) },
			func(t world) *Answer { return t.Do(operation, ofJoe(t), ofTarget(t), Query("tags", "BILLING")) },
		}
	}
	return all
}
