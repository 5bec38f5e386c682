package contracts

import (
	"strings"

	. "standin/contracts/suite"
)

// The places in frames.
const (
	atJane    = "/customers/jane/"
	atPetra   = "/customers/petra/"
	atTarget  = atJane + "addresses/target/"
	atRest    = atJane + "addresses/rest/"
	newTokens = "/issued/(tokens|sessions)/.*"
	newMail   = "/issued/mailedTokens/.*|/issued/mails/.*|/mails/.*"
)

// either returns a regular expression that matches any of the places.
func either(places ...string) string { return strings.Join(places, "|") }

// mailed returns the token of the newest mail of a kind.
func mailed(t *frameWorld, kind string) string { return t.LastMail(kind).Token }

// frames returns the writes, each with all that it may change.
func frames() []frame {
	as := func(token func(*frameWorld) Token) func(t *frameWorld) Part {
		return func(t *frameWorld) Part { return Bearer(token(t).Access) }
	}
	byJane := as(func(t *frameWorld) Token { return t.jane })
	byAnonymous := as(func(t *frameWorld) Token { return t.anonymous })
	ofTarget := func(t *frameWorld) Part { return Path("addressId", t.target) }
	change := func(body H) Part { return Body(body) }
	all := []frame{
		{
			"addAddress", "adds one", "ADDR-CREATE", func(t *frameWorld) *Answer { return t.Do("addAddress", byJane(t), change(H{"city": "Rome"})) }, nil,
			either(atJane+"addresses/[0-9a-f]{10}/.*", "/issued/addresses/[0-9a-f]{10}/.*"),
		},
		{
			"addAddressTags", "adds one", "ADDR-TAGS", func(t *frameWorld) *Answer {
				return t.Do("addAddressTags", byJane(t), ofTarget(t), Query("tags", "HOME"))
			}, nil,
			atTarget + "(tags/.*|version)",
		},
		{"deleteAddressTags", "takes one off", "ADDR-TAGS", func(t *frameWorld) *Answer {
			return t.Do("deleteAddressTags", byJane(t), ofTarget(t), Query("tags", "SHIPPING"))
		}, nil, atTarget + "(tags/.*|version)"},
		{
			"deleteAddress", "of the default", "ADDR-DELETE", func(t *frameWorld) *Answer { return t.Do("deleteAddress", byJane(t), ofTarget(t)) }, nil,
			either(atTarget+".*", atRest+"(isDefault|version)", "/issued/addresses/target/.*"),
		},
		{
			"updateProfile", "of one field", "PROFILE-PATCH", func(t *frameWorld) *Answer { return t.Do("updateProfile", byJane(t), change(H{"lastName": "Roe"})) }, nil,
			atJane + "(profile/lastName|version)",
		},
		{"replaceProfile", "of one mixin", "PROFILE-PATCH", func(t *frameWorld) *Answer {
			return t.Do("replaceProfile", byJane(t), change(H{"mixins": H{"loyalty": H{"points": 8}}}))
		}, nil, atJane + "(profile/mixins/loyalty/points|version)"},
		{"assignAccount", "of one login", "ACCOUNT-ASSIGN", func(t *frameWorld) *Answer {
			return t.Do("assignAccount", byJane(t), change(H{"email": "other@example.com", "password": "another1"}))
		}, nil, either(atJane+"(logins/.*|email|passwordHash)", "/issued/logins/.*")},
		{"changePassword", "of one login", "PASSWORD-CHANGE", func(t *frameWorld) *Answer {
			return t.Do("changePassword", byJane(t), change(H{"currentPassword": Password, "newPassword": "another1"}))
		}, nil, atJane + "passwordHash"},
		{"requestPasswordReset", "mails", "RESET", func(t *frameWorld) *Answer {
			return t.Do("requestPasswordReset", byAnonymous(t), change(H{"email": janesEmail}))
		}, nil, newMail},
		{"requestEmailChange", "mails", "EMAIL-CHANGE", func(t *frameWorld) *Answer {
			return t.Do("requestEmailChange", byJane(t), change(H{"email": janesEmail, "password": Password, "newEmail": "new@example.com"}))
		}, nil, newMail},
		{"resendOptIn", "mails", "OPTIN-RESEND", func(t *frameWorld) *Answer {
			return t.Do("resendOptIn", byAnonymous(t), change(H{"email": "petra@example.com"}))
		}, nil, newMail},
		{"deleteProfile", "without a token mails", "DELETE-ME", func(t *frameWorld) *Answer { return t.Do("deleteProfile", byJane(t)) }, nil, newMail},
		{"signup", "of somebody new", "SIGNUP", func(t *frameWorld) *Answer {
			return t.Do("signup", byAnonymous(t), change(H{"email": "new@example.com", "password": Password}))
		}, nil, either("/customers/[0-9]{8}/.*", "/issued/logins/.*", newMail)},
		{"login", "in a session that was there", "LOGIN", func(t *frameWorld) *Answer {
			return t.Do("login", byAnonymous(t), change(H{"email": janesEmail, "password": Password}))
		}, nil, either(atJane+"lastLogin", newTokens)},
		{"logout", "of one token", "LOGOUT", func(t *frameWorld) *Answer { return t.Do("logout", byJane(t), Query("accessToken", t.jane.Access)) }, nil, newTokens},
		{"refreshToken", "of one token", "T-ROTATE", func(t *frameWorld) *Answer {
			return t.Do("refreshToken", byAnonymous(t), Query("refreshToken", t.jane.Refresh))
		}, nil, newTokens},
		{"socialLogin", "of a known login", "SOCIAL", func(t *frameWorld) *Answer {
			return t.Do("socialLogin", byAnonymous(t), Header("session-id", t.anonymous.SessionID), change(H{"email": janesEmail, "provider": "google"}))
		}, nil, either(atJane+"(lastLogin|providerId|logins/.*|email|passwordHash)", "/issued/logins/.*")},
		{"resetPassword", "with its token", "RESET-UPDATE", func(t *frameWorld) *Answer {
			return t.Do("resetPassword", byAnonymous(t), change(H{"token": mailed(t, "password-reset"), "password": "another1"}))
		}, func(t *frameWorld) { t.RequestReset(janesEmail) }, either(atJane+"passwordHash", newTokens, newMail)},
		{"confirmEmailChange", "with its token", "EMAIL-CONFIRM", func(t *frameWorld) *Answer {
			return t.Do("confirmEmailChange", byAnonymous(t), change(H{"token": mailed(t, "email-change")}))
		}, func(t *frameWorld) {
			t.Do("requestEmailChange", byJane(t), change(H{"email": janesEmail, "password": Password, "newEmail": "new@example.com"}))
		}, either(atJane+"email", "/issued/logins/.*", newMail)},
		{"deleteProfile", "with its token", "DELETE-ME", func(t *frameWorld) *Answer {
			return t.Do("deleteProfile", byJane(t), Query("token", mailed(t, "deletion")))
		}, func(t *frameWorld) { t.Do("deleteProfile", byJane(t)) }, either(atJane+".*", "/issued/.*", newMail)},
		{
			"confirmOptIn", "with its token", "OPTIN", func(t *frameWorld) *Answer {
				return t.Do("confirmOptIn", byAnonymous(t), Path("token", mailed(t, "opt-in")))
			}, nil,
			either(atPetra+"(status|lastLogin)", newTokens, newMail),
		},
		{"anonymousRefresh", "of one session", "ANON-REFRESH", func(t *frameWorld) *Answer { return t.AnonymousRefresh(t.anonymous.Refresh) }, nil, newTokens},
		{
			"updateSessionContext", "of one field", "CONTEXT", func(t *frameWorld) *Answer {
				return t.Do("updateSessionContext", byAnonymous(t), change(H{"currency": "CHF", "metadata": H{"version": 1}}))
			}, nil,
			"/issued/sessions/[^/]+/(currency|version|modifiedAt)",
		},
		{
			"addContextAttribute", "adds one", "CONTEXT-ATTRIBUTES", func(t *frameWorld) *Answer {
				return t.Do("addContextAttribute", byAnonymous(t), change(H{"key": "weather", "value": "rain"}))
			}, nil,
			"/issued/sessions/[^/]+/(context/weather|version|modifiedAt)",
		},
		{
			"deleteContextAttribute", "takes one off", "CONTEXT-ATTRIBUTES", func(t *frameWorld) *Answer {
				return t.Do("deleteContextAttribute", byAnonymous(t), Path("attributeName", "weather"))
			}, func(t *frameWorld) {
				for _, key := range []string{"weather", "mood"} {
					t.Do("addContextAttribute", byAnonymous(t), change(H{"key": key, "value": "rain"}))
				}
			},
			"/issued/sessions/[^/]+/(context/weather|version|modifiedAt)",
		},
	}
	for _, operation := range []string{"updateAddress", "replaceAddress"} {
		all = append(all,
			frame{
				operation, "of one field", "ADDR-PATCH", func(t *frameWorld) *Answer { return t.Do(operation, byJane(t), ofTarget(t), change(H{"city": "Rome"})) }, nil,
				atTarget + "(city|version)",
			},
			frame{operation, "that moves the default", "ADDR-PATCH", func(t *frameWorld) *Answer {
				return t.Do(operation, byJane(t), Path("addressId", t.rest), change(H{"isDefault": true}))
			}, nil, either(atTarget+"(isDefault|version)", atRest+"(isDefault|version)")},
		)
	}
	return all
}
