package contracts

import "strings"

// The places that frames name.
const (
	atJane    = "/customers/jane/"
	atPetra   = "/customers/petra/"
	atTarget  = atJane + "addresses/target/"
	atRest    = atJane + "addresses/rest/"
	newTokens = "/issued/(tokens|sessions)/.*"
	newMail   = "/issued/mailedTokens/.*|/issued/mails/.*|/mails/.*"
)

func either(places ...string) string { return strings.Join(places, "|") }

// mailed is the token of the newest mail of a kind.
func mailed(t *tableau, kind string) string { return t.LastMail(kind).Token }

// frames are the writes, with all that each may change.
func frames() []frame {
	as := func(token func(*tableau) Token) func(t *tableau) Part {
		return func(t *tableau) Part { return Bearer(token(t).Access) }
	}
	byJane := as(func(t *tableau) Token { return t.jane })
	byShopper := as(func(t *tableau) Token { return t.shopper })
	ofTarget := func(t *tableau) Part { return Path("addressId", t.target) }
	change := func(body H) Part { return Body(body) }
	all := []frame{
		{
			"addAddress", "adds one", "ADDR-CREATE", func(t *tableau) *Answer { return t.Do("addAddress", byJane(t), change(H{"city": "Rome"})) }, nil,
			either(atJane+"addresses/[0-9a-f]{10}/.*", "/issued/addresses/[0-9a-f]{10}/.*"),
		},
		{
			"addAddressTags", "adds one", "ADDR-TAGS", func(t *tableau) *Answer { return t.Do("addAddressTags", byJane(t), ofTarget(t), Query("tags", "HOME")) }, nil,
			atTarget + "(tags/.*|version)",
		},
		{"deleteAddressTags", "takes one off", "ADDR-TAGS", func(t *tableau) *Answer {
			return t.Do("deleteAddressTags", byJane(t), ofTarget(t), Query("tags", "SHIPPING"))
		}, nil, atTarget + "(tags/.*|version)"},
		{
			"deleteAddress", "of the default", "ADDR-DELETE", func(t *tableau) *Answer { return t.Do("deleteAddress", byJane(t), ofTarget(t)) }, nil,
			either(atTarget+".*", atRest+"(isDefault|version)", "/issued/addresses/target/.*"),
		},
		{
			"updateProfile", "of one field", "PROFILE-PATCH", func(t *tableau) *Answer { return t.Do("updateProfile", byJane(t), change(H{"lastName": "Roe"})) }, nil,
			atJane + "(profile/lastName|version)",
		},
		{"replaceProfile", "of one mixin", "PROFILE-PATCH", func(t *tableau) *Answer {
			return t.Do("replaceProfile", byJane(t), change(H{"mixins": H{"loyalty": H{"points": 8}}}))
		}, nil, atJane + "(profile/mixins/loyalty/points|version)"},
		{"assignAccount", "of one login", "ACCOUNT-ASSIGN", func(t *tableau) *Answer {
			return t.Do("assignAccount", byJane(t), change(H{"email": "other@example.com", "password": "another1"}))
		}, nil, either(atJane+"(logins/.*|email|passwordHash)", "/issued/logins/.*")},
		{"changePassword", "of one login", "PASSWORD-CHANGE", func(t *tableau) *Answer {
			return t.Do("changePassword", byJane(t), change(H{"currentPassword": password, "newPassword": "another1"}))
		}, nil, atJane + "passwordHash"},
		{"requestPasswordReset", "mails", "RESET", func(t *tableau) *Answer { return t.Do("requestPasswordReset", byShopper(t), change(H{"email": jane})) }, nil, newMail},
		{"requestEmailChange", "mails", "EMAIL-CHANGE", func(t *tableau) *Answer {
			return t.Do("requestEmailChange", byJane(t), change(H{"email": jane, "password": password, "newEmail": "new@example.com"}))
		}, nil, newMail},
		{"resendOptIn", "mails", "OPTIN-RESEND", func(t *tableau) *Answer {
			return t.Do("resendOptIn", byShopper(t), change(H{"email": "petra@example.com"}))
		}, nil, newMail},
		{"deleteProfile", "without a token mails", "DELETE-ME", func(t *tableau) *Answer { return t.Do("deleteProfile", byJane(t)) }, nil, newMail},
		{"signup", "of somebody new", "SIGNUP", func(t *tableau) *Answer {
			return t.Do("signup", byShopper(t), change(H{"email": "new@example.com", "password": password}))
		}, nil, either("/customers/[0-9]{8}/.*", "/issued/logins/.*", newMail)},
		{"login", "in a session that was there", "LOGIN", func(t *tableau) *Answer {
			return t.Do("login", byShopper(t), change(H{"email": jane, "password": password}))
		}, nil, either(atJane+"lastLogin", newTokens)},
		{"logout", "of one token", "LOGOUT", func(t *tableau) *Answer { return t.Do("logout", byJane(t), Query("accessToken", t.jane.Access)) }, nil, newTokens},
		{"refreshToken", "of one token", "T-ROTATE", func(t *tableau) *Answer {
			return t.Do("refreshToken", byShopper(t), Query("refreshToken", t.jane.Refresh))
		}, nil, newTokens},
		{"socialLogin", "of a known login", "SOCIAL", func(t *tableau) *Answer {
			return t.Do("socialLogin", byShopper(t), Header("session-id", t.shopper.SessionID), change(H{"email": jane, "provider": "google"}))
		}, nil, either(atJane+"(lastLogin|providerId|logins/.*|email|passwordHash)", "/issued/logins/.*")},
		{"resetPassword", "with its token", "RESET-UPDATE", func(t *tableau) *Answer {
			return t.Do("resetPassword", byShopper(t), change(H{"token": mailed(t, "password-reset"), "password": "another1"}))
		}, func(t *tableau) { t.requestReset(jane) }, either(atJane+"passwordHash", newTokens, newMail)},
		{"confirmEmailChange", "with its token", "EMAIL-CONFIRM", func(t *tableau) *Answer {
			return t.Do("confirmEmailChange", byShopper(t), change(H{"token": mailed(t, "email-change")}))
		}, func(t *tableau) {
			t.Do("requestEmailChange", byJane(t), change(H{"email": jane, "password": password, "newEmail": "new@example.com"}))
		}, either(atJane+"email", "/issued/logins/.*", newMail)},
		{"deleteProfile", "with its token", "DELETE-ME", func(t *tableau) *Answer {
			return t.Do("deleteProfile", byJane(t), Query("token", mailed(t, "deletion")))
		}, func(t *tableau) { t.Do("deleteProfile", byJane(t)) }, either(atJane+".*", "/issued/.*", newMail)},
		{
			"confirmOptIn", "with its token", "OPTIN", func(t *tableau) *Answer {
				return t.Do("confirmOptIn", byShopper(t), Path("token", mailed(t, "opt-in")))
			}, nil,
			either(atPetra+"(status|lastLogin)", newTokens, newMail),
		},
		{"anonymousRefresh", "of one session", "ANON-REFRESH", func(t *tableau) *Answer { return t.anonymousRefresh(t.shopper.Refresh) }, nil, newTokens},
		{
			"updateSessionContext", "of one field", "CONTEXT", func(t *tableau) *Answer {
				return t.Do("updateSessionContext", byShopper(t), change(H{"currency": "CHF"}))
			}, nil,
			"/issued/sessions/[^/]+/(currency|version)",
		},
	}
	for _, operation := range []string{"updateAddress", "replaceAddress"} {
		all = append(all,
			frame{
				operation, "of one field", "ADDR-PATCH", func(t *tableau) *Answer { return t.Do(operation, byJane(t), ofTarget(t), change(H{"city": "Rome"})) }, nil,
				atTarget + "(city|version)",
			},
			frame{operation, "that moves the default", "ADDR-PATCH", func(t *tableau) *Answer {
				return t.Do(operation, byJane(t), Path("addressId", t.rest), change(H{"isDefault": true}))
			}, nil, either(atTarget+"(isDefault|version)", atRest+"(isDefault|version)")},
		)
	}
	return all
}
