package contracts

import (
	"strings"

	. "github.com/onsi/gomega"

	. "standin/contracts/suite"
)

// The places in frames.
const (
	atJane     = "/customers/jane/"
	atPetra    = "/customers/petra/"
	atTarget   = atJane + "addresses/target/"
	atRest     = atJane + "addresses/rest/"
	newAddress = "addresses/[0-9a-f]{10}/.*"
	newLogin   = "/issued/logins/[0-9a-f-]{36}/.*"
	newSession = "/issued/sessions/[0-9a-f-]{36}/.*"
	newToken   = "/issued/tokens/[0-9A-Za-z]{28}/.*" //nolint:gosec // A place, not a token.
	newMailed  = "/issued/mailedTokens/[0-9A-Za-z]{64}/.*"
	newMail    = "/issued/mails/[0-9A-Za-z]{64}/.*"
	usedMailed = "/issued/mailedTokens/"
	atSession  = "/issued/sessions/anonymous/"
	failures   = "/issued/logins/jane@example.com/(failures|failed.*)" // They are counted from zero (LOGIN-LOCK, LOGIN-UNLOCK).
	sinceThen  = atSession + "(version|modifiedAt)"
)

// either returns a regular expression that matches any of the places.
func either(places ...string) string { return strings.Join(places, "|") }

func byJane(t *frameWorld) Part      { return Bearer(t.jane.Access) }
func byAnonymous(t *frameWorld) Part { return Bearer(t.anonymous.Access) }
func ofTarget(t *frameWorld) Part    { return Path("addressId", t.target) }

// frames returns the writes, each with what it changes.
func frames() []frame {
	all := []frame{
		{"addAddress", "adds one", "ADDR-CREATE", func(t *frameWorld) *Answer {
			return t.Do("addAddress", byJane(t), Body(H{"city": "Berlin", "companyName": "Doe Ltd"}))
		}, []string{atJane + newAddress, "/issued/" + newAddress}, ""},
		{"addAddressTags", "adds one", "ADDR-TAGS", func(t *frameWorld) *Answer {
			return t.Do("addAddressTags", byJane(t), ofTarget(t), Query("tags", "HOME"))
		}, []string{atTarget + "tags/2"}, atTarget + "version"},
		{"deleteAddressTags", "takes one off", "ADDR-TAGS", func(t *frameWorld) *Answer {
			return t.Do("deleteAddressTags", byJane(t), ofTarget(t), Query("tags", "SHIPPING"))
		}, []string{atTarget + "tags/1"}, atTarget + "version"},
		{"deleteAddress", "of the default", "ADDR-DELETE", func(t *frameWorld) *Answer {
			return t.Do("deleteAddress", byJane(t), ofTarget(t))
		}, []string{atTarget + ".*", atRest + "isDefault", "/issued/addresses/target/.*"}, atRest + "version"},
		{"deleteAddress", "of another one", "ADDR-DELETE", func(t *frameWorld) *Answer {
			return t.Do("deleteAddress", byJane(t), Path("addressId", t.rest))
		}, []string{atRest + ".*", "/issued/addresses/rest/.*"}, ""},
		{"updateProfile", "of one field", "PROFILE-PATCH", func(t *frameWorld) *Answer {
			return t.Do("updateProfile", byJane(t), Body(H{"lastName": "Roe"}))
		}, []string{atJane + "profile/lastName", atJane + "version"}, ""},
		{"replaceProfile", "of one mixin", "PROFILE-PATCH", func(t *frameWorld) *Answer {
			return t.Do("replaceProfile", byJane(t), Body(H{"mixins": H{"loyalty": H{"points": 8}}}))
		}, []string{atJane + "profile/mixins/loyalty/points", atJane + "version"}, ""},
		{"assignAccount", "of one login", "ACCOUNT-ASSIGN", func(t *frameWorld) *Answer {
			return t.Do("assignAccount", byJane(t), Body(H{"email": "third@example.com", "password": Password}))
		}, []string{atJane + "logins/third@example.com/.*", newLogin}, ""},
		{"changePassword", "of one login", "PASSWORD-CHANGE", func(t *frameWorld) *Answer {
			return t.Do("changePassword", byJane(t), Body(H{"currentPassword": Password, "newPassword": "another1"}))
		}, []string{atJane + "passwordHash"}, either(atJane+"initialPassword", "/issued/tokens/(again|second|spare-jane)/.*", failures)},
		{"requestPasswordReset", "mails", "RESET", func(t *frameWorld) *Answer {
			return t.Do("requestPasswordReset", byAnonymous(t), Body(H{"email": janesEmail}))
		}, []string{newMailed, newMail, usedMailed + "jane-password-reset/.*"}, ""},
		{"requestEmailChange", "mails", "EMAIL-CHANGE", func(t *frameWorld) *Answer {
			return t.Do("requestEmailChange", byJane(t), Body(H{"email": janesEmail, "password": Password, "newEmail": "new.jane@example.com"}))
		}, []string{newMailed, newMail, usedMailed + "jane-email-change/.*"}, ""},
		{"resendOptIn", "mails", "OPTIN-RESEND", func(t *frameWorld) *Answer {
			return t.Do("resendOptIn", byAnonymous(t), Body(H{"email": "petra@example.com"}))
		}, []string{newMailed, newMail, usedMailed + "petra-opt-in/.*"}, ""},
		{"deleteProfile", "without a token mails", "DELETE-ME", func(t *frameWorld) *Answer {
			return t.Do("deleteProfile", byJane(t))
		}, []string{newMailed, newMail, usedMailed + "jane-deletion/.*"}, ""},
		{"signup", "of somebody new", "SIGNUP", func(t *frameWorld) *Answer {
			return t.Do("signup", byAnonymous(t), Body(H{"email": "new@example.com", "password": Password}))
		}, []string{"/customers/[0-9]{8}/.*", newLogin, newMailed, newMail}, ""},
		{"login", "in a session that was there", "LOGIN", func(t *frameWorld) *Answer {
			return t.Do("login", byAnonymous(t), Body(H{"email": janesEmail, "password": Password}))
		}, []string{atJane + "lastLogin", newToken}, either(atSession+"expiresAt", failures)},
		{"logout", "of one token", "LOGOUT", func(t *frameWorld) *Answer {
			return t.Do("logout", byJane(t), Query("accessToken", t.jane.Access))
		}, []string{"/issued/tokens/jane/.*"}, ""},
		{"logout", "of another token", "LOGOUT", func(t *frameWorld) *Answer {
			return t.Do("logout", byJane(t), Query("accessToken", t.second.Access))
		}, []string{"/issued/tokens/second/.*"}, ""},
		{"refreshToken", "of one token", "T-ROTATE", func(t *frameWorld) *Answer {
			before := t.Do("validateToken", Bearer(t.second.Access))
			answer := t.Do("refreshToken", byAnonymous(t), Query("refreshToken", t.second.Refresh))
			after := t.Do("validateToken", Bearer(t.TokenIn(answer).Access))
			for _, member := range []string{"email", "scope", "sessionId"} {
				Expect(after.At(member)).To(Equal(before.At(member)), "the refreshed token's "+member)
			}
			return answer
		}, []string{newToken, "/issued/tokens/second/refreshToken"}, either("/issued/tokens/second/refreshExpiresAt", "/issued/sessions/second/expiresAt")},
		{"socialLogin", "of a known login", "SOCIAL", func(t *frameWorld) *Answer {
			return t.Do("socialLogin", byAnonymous(t), Header("session-id", t.anonymous.SessionID), Body(H{"email": janesEmail, "provider": "google"}))
		}, []string{atJane + "providerId"}, atJane + "lastLogin"},
		{"socialLogin", "of a login that waits for its opt-in", "SOCIAL A", func(t *frameWorld) *Answer {
			return t.Do("socialLogin", byAnonymous(t), Header("session-id", t.anonymous.SessionID), Body(H{"email": "petra@example.com", "provider": "google"}))
		}, []string{atPetra + "providerId"}, atPetra + "lastLogin"},
		{"resetPassword", "with its token", "RESET-UPDATE", func(t *frameWorld) *Answer {
			return t.Do("resetPassword", byAnonymous(t), Body(H{"token": t.token("jane-password-reset"), "password": "another1"}))
		}, []string{atJane + "passwordHash", usedMailed + "jane-password-reset/.*"}, either(atJane+"initialPassword", "/issued/tokens/(jane|again|second|spare-jane)/.*", failures)},
		{"resetPassword", "and all sessions", "RESET-UPDATE A", func(t *frameWorld) *Answer {
			return t.Do("resetPassword", byAnonymous(t), Body(H{"token": t.token("jane-password-reset"), "password": "another1"}))
		}, []string{"/issued/tokens/jane/.*", "/issued/tokens/again/.*", "/issued/tokens/second/.*"}, either("/issued/tokens/spare-jane/.*", atJane+"(passwordHash|initialPassword)", usedMailed+"jane-password-reset/.*", failures)},
		{"confirmEmailChange", "of another login than the caller's", "EMAIL-CONFIRM", func(t *frameWorld) *Answer {
			t.Do("requestEmailChange", byJane(t), Body(H{"email": "second@example.com", "password": Password, "newEmail": "new.second@example.com"}))
			return t.Do("confirmEmailChange", byAnonymous(t), Body(H{"token": t.LastMail("email-change").Token}))
		}, []string{"/issued/logins/second@example.com/email", usedMailed + "jane-email-change/.*", newMail}, atJane + "logins/(new.)?second@example.com/.*"},
		{"confirmEmailChange", "with its token", "EMAIL-CONFIRM", func(t *frameWorld) *Answer {
			return t.Do("confirmEmailChange", byAnonymous(t), Body(H{"token": t.token("jane-email-change")}))
		}, []string{atJane + "email", "/issued/logins/jane@example.com/email", usedMailed + "jane-email-change/.*"}, ""},
		{"deleteProfile", "with its token", "DELETE-ME", func(t *frameWorld) *Answer {
			return t.Do("deleteProfile", byJane(t), Query("token", t.token("jane-deletion")))
		}, []string{
			atJane + ".*", "/issued/logins/jane@example.com/.*", "/issued/logins/second@example.com/.*", "/issued/addresses/target/.*", "/issued/addresses/rest/.*",
			"/issued/tokens/jane/.*", "/issued/tokens/again/.*", "/issued/tokens/second/.*", "/issued/tokens/spare-jane/.*",
			usedMailed + "jane-deletion/.*", usedMailed + "jane-email-change/.*", usedMailed + "jane-password-reset/.*",
		}, "/issued/sessions/(jane|again|second)/.*|/issued/mails/jane-.*"},
		{"confirmOptIn", "with its token", "OPTIN", func(t *frameWorld) *Answer {
			return t.Do("confirmOptIn", byAnonymous(t), Path("token", t.token("petra-opt-in")))
		}, []string{atPetra + "status", atPetra + "lastLogin", newToken, usedMailed + "petra-opt-in/.*"}, atSession + "expiresAt"},
		{"serviceToken", "adds one", "SERVICE-TOKEN", func(t *frameWorld) *Answer {
			return t.Do("serviceToken", Raw(FormType, []byte("grant_type=client_credentials&client_id=x&client_secret=y&scope=tenant%3D"+t.Tenant)))
		}, nil, newToken},
		{"anonymousLogin", "begins a session", "ANON-LOGIN", func(t *frameWorld) *Answer {
			return t.Do("anonymousLogin", Query("tenant", t.Tenant), Query("client_id", "x"))
		}, []string{newToken, newSession}, ""},
		{"anonymousRefresh", "of one session", "ANON-REFRESH", func(t *frameWorld) *Answer {
			return t.AnonymousRefresh(t.anonymous.Refresh)
		}, []string{newToken}, atSession + "expiresAt"},
		{"anonymousRefresh", "with another currency", "ANON-REFRESH A", func(t *frameWorld) *Answer {
			return t.Do("anonymousRefresh", Query("tenant", t.Tenant), Query("client_id", "x"), Query("refresh_token", t.anonymous.Refresh), Query("currency", "CHF"))
		}, []string{newToken, atSession + "currency"}, either(atSession+"expiresAt", sinceThen)},
		{"updateSessionContext", "of one field", "CONTEXT", func(t *frameWorld) *Answer {
			return changeContext(t.World, t.anonymous.Access, H{"currency": "CHF"})
		}, []string{atSession + "currency", atSession + "version"}, atSession + "modifiedAt"},
		{"addContextAttribute", "adds one", "CONTEXT-ATTRIBUTES", func(t *frameWorld) *Answer {
			return t.Do("addContextAttribute", byAnonymous(t), Body(H{"key": "wind", "value": "rain"}))
		}, []string{atSession + "context/wind"}, sinceThen},
		{"deleteContextAttribute", "takes one off", "CONTEXT-ATTRIBUTES", func(t *frameWorld) *Answer {
			return t.Do("deleteContextAttribute", byAnonymous(t), Path("attributeName", "weather"))
		}, []string{atSession + "context/weather"}, sinceThen},
	}
	for _, operation := range []string{"updateAddress", "replaceAddress"} {
		all = append(all,
			frame{operation, "of one field", "ADDR-PATCH", func(t *frameWorld) *Answer {
				return t.Do(operation, byJane(t), ofTarget(t), Body(H{"city": "Rome"}))
			}, []string{atTarget + "city", atTarget + "version"}, ""},
			frame{operation, "that moves the default", "ADDR-PATCH", func(t *frameWorld) *Answer {
				return t.Do(operation, byJane(t), Path("addressId", t.rest), Body(H{"isDefault": true}))
			}, []string{atTarget + "isDefault", atRest + "isDefault"}, either(atTarget+"version", atRest+"version")},
		)
	}
	return all
}
