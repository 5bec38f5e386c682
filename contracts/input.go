package contracts

import (
	"bytes"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "standin/contracts/suite"
)

// secret is the password or token of invalid requests. No answer may have it.
const secret = "hunter2hunter2hunter2"

func (specs) Input(s *Suite) {
	Describe("bad input", func() {
		DescribeTable("is refused with a named field, echoes nothing and changes nothing", Label("W-INPUT", "T-ORDER"),
			func(body, field string) {
				w := s.World()
				jane := w.Customer("jane@example.com")
				before := w.Profile(jane)
				answer := w.Do("updateProfile", Bearer(jane.Access), Raw("application/json", []byte(body))).MustNameField(field)
				Expect(string(answer.Raw)).NotTo(ContainSubstring(secret))
				Expect(w.Profile(jane).Raw).To(MatchJSON(before.Raw))
			},
			Entry("malformed", `{"firstName": `+secret+`}`, "body"),
			Entry("truncated", `{"firstName":"`+secret, "body"),
			Entry("empty", ``, "body"),
			Entry("trailing bytes", `{"firstName":"`+secret+`"}{}`, "body"),
			Entry("a duplicate key", `{"firstName":"`+secret+`","firstName":"B"}`, "firstName"),
			Entry("a duplicate key further down", `{"b2b":{"companyRegistrationId":"`+secret+`","companyRegistrationId":"B"}}`, "b2b.companyRegistrationId"),
			Entry("bad UTF-8", "{\"firstName\":\""+secret+"\xff\"}", "body"),
			Entry("half a surrogate pair", `{"firstName":"`+secret+`\ud800"}`, "body"),
			Entry("a wrong type", `{"firstName":["`+secret+`"]}`, "firstName"),
			Entry("no object", `"`+secret+`"`, "body"),
			Entry("a number out of range", `{"mixins":{"a":1e999}}`, "body"),
			Entry("a version that is no whole number", `{"metadata":{"version":1.5}}`, "metadata.version"),
			Entry("too deep", `{"mixins":`+strings.Repeat(`{"a":`, 10_000)+`1`+strings.Repeat(`}`, 10_000)+`}`, "body"),
			Entry("a currency of four letters", `{"preferredCurrency":"EURO"}`, "preferredCurrency"),
		)

		It("answers what it has taken, as deep as it was", Label("W-INPUT"), func() {
			w := s.World()
			jane := w.Customer("jane@example.com")
			deep := `{"mixins":{"m":` + strings.Repeat("[", 98) + strings.Repeat("]", 98) + `}}`
			w.Do("addAddress", Bearer(jane.Access), Raw("application/json", []byte(deep))).Must(http.StatusCreated)
			w.Do("listAddresses", Bearer(jane.Access)).Must(http.StatusOK)
			w.Profile(jane)
		})

		It("takes many members in little time, and names only so many mistakes", Label("W-INPUT"), func() {
			w := s.World()
			jane := w.Customer("jane@example.com")
			var members, tags []string
			for i := range 30_000 {
				members = append(members, fmt.Sprintf(`"%x":{"a":%d}`, i, i))
				tags = append(tags, fmt.Sprintf(`"%x"`, i))
			}
			many := []byte(`{"mixins":{` + strings.Join(members, ",") + `}}`)
			for range 2 {
				w.Do("updateProfile", Bearer(jane.Access), Raw("application/json", many)).Must(http.StatusOK)
			}
			id := w.Do("addAddress", Bearer(jane.Access), Raw("application/json", []byte(`{"tags":[`+strings.Join(tags, ",")+`]}`))).Must(http.StatusCreated).Text("id")
			Expect(w.Address(jane, id).At("tags")).To(HaveLen(len(tags)))
			for _, count := range []int{1_000, 300_000} {
				wrong := []byte(`{"tags":[` + strings.Repeat("1,", count) + `1]}`)
				answer := w.Do("addAddress", Bearer(jane.Access), Raw("application/json", wrong)).MustNameField("tags.0")
				Expect(len(answer.Raw)).To(BeNumerically("<", 20_000))
			}
		})

		It("tells password and PASSWORD apart", Label("W-INPUT"), func() {
			w := s.World()
			w.SignUp("jane@example.com")
			w.Do("login", Bearer(w.Anonymous().Access),
				Raw("application/json", []byte(`{"email":"jane@example.com","PASSWORD":"`+Password+`"}`))).MustNameField("password")
			w.Do("login", Bearer(w.Anonymous().Access),
				Raw("application/json", []byte(`{"email":"jane@example.com","password":"`+Password+`","PASSWORD":"x"}`))).Must(http.StatusOK)
		})

		It("never echoes a password or a token", Label("W-INPUT"), func() {
			w := s.World()
			anonymous := w.Anonymous().Access
			jane := w.Customer("jane@example.com")
			for _, answer := range []*Answer{
				w.Do("signup", Bearer(anonymous), Body(H{"email": "x", "password": secret})),
				w.Do("signup", Bearer(anonymous), Body(H{"email": "joe@example.com", "password": []string{secret}})),
				w.Do("login", Bearer(anonymous), Body(H{"email": "jane@example.com", "password": secret})),
				w.Do("resetPassword", Bearer(anonymous), Body(H{"token": secret, "password": secret})),
				w.Do("changePassword", Bearer(jane.Access), Body(H{"currentPassword": secret, "newPassword": secret})),
				w.Do("refreshToken", Bearer(anonymous), Query("refreshToken", secret)),
				w.Do("logout", Bearer(jane.Access), Query("accessToken", secret)),
				w.Do("confirmOptIn", Bearer(anonymous), Path("token", secret)),
				w.Do("getProfile", Bearer(secret)),
			} {
				Expect(answer.Status).To(BeNumerically(">=", 400))
				Expect(string(answer.Raw)).NotTo(ContainSubstring(secret))
			}
		})

		It("refuses a body of more than 1 MiB with 413, even before it asks who calls", Label("W-INPUT", "T-ORDER"), func() {
			w := s.World()
			large := append([]byte(`{"firstName":"`), bytes.Repeat([]byte("x"), 1<<20)...)
			large = append(large, `"}`...)
			w.Do("updateProfile", Raw("application/json", large)).MustRefuse(http.StatusRequestEntityTooLarge, "content_too_large")
			jane := w.Customer("jane@example.com")
			w.Do("updateProfile", Bearer(jane.Access), Raw("application/json", large)).MustRefuse(http.StatusRequestEntityTooLarge, "content_too_large")
			const frame = len(`{"firstName":""}`)
			for _, size := range []int{1 << 19, 1 << 20} {
				name := strings.Repeat("x", size-frame)
				w.Do("updateProfile", Bearer(jane.Access), Raw("application/json", []byte(`{"firstName":"`+name+`"}`))).Must(http.StatusOK)
				Expect(w.Profile(jane).Text("firstName")).To(HaveLen(len(name)))
			}
			w.Do("updateProfile", Bearer(jane.Access), Raw("application/json", large[len(large)-1<<20-1:])).MustRefuse(http.StatusRequestEntityTooLarge, "content_too_large")
		})

		DescribeTable("refuses other media types with 415", Label("W-INPUT"),
			func(mediaType string) {
				w := s.World()
				jane := w.Customer("jane@example.com")
				w.Do("updateProfile", Bearer(jane.Access), Raw(mediaType, []byte(`{"firstName":"Jane"}`))).
					MustRefuse(http.StatusUnsupportedMediaType, "unsupported_media_type")
				Expect(w.Profile(jane).At("firstName")).To(BeNil())
			},
			Entry("text", "text/plain"),
			Entry("a form", "application/x-www-form-urlencoded"),
			Entry("nonsense", "???"),
			Entry("another charset", "application/json; charset=utf-16"),
		)

		It("reads a body without a content type as JSON, and one with a charset of UTF-8", Label("W-INPUT"), func() {
			w := s.World()
			jane := w.Customer("jane@example.com")
			w.Do("updateProfile", Bearer(jane.Access), Body(H{"firstName": "Jane"}), Header("Content-Type", "")).Must(http.StatusOK)
			w.Do("updateProfile", Bearer(jane.Access), Raw("application/json; charset=utf-8", []byte(`{"lastName":"Doe"}`))).Must(http.StatusOK)
			profile := w.Profile(jane)
			Expect(profile.At("firstName")).To(Equal("Jane"))
			Expect(profile.At("lastName")).To(Equal("Doe"))
		})

		It("reads media type and charset in any case, and a body that says it is not encoded", Label("W-INPUT"), func() {
			w := s.World()
			jane := w.Customer("jane@example.com")
			for i, mediaType := range []string{
				"Application/JSON", "application/json; charset=UTF-8", `application/json; charset="utf-8"`, "application/json;charset=Utf-8", "application/json; charset=us-ascii",
			} {
				name := string(rune('A' + i))
				w.Do("updateProfile", Bearer(jane.Access), Raw(mediaType, []byte(`{"firstName":"`+name+`"}`)), Header("Content-Encoding", "Identity")).Must(http.StatusOK)
				Expect(w.Profile(jane).At("firstName")).To(Equal(name))
			}
			for _, coding := range []string{"gzip", "GZIP", "br", "gzip, identity", "identity, gzip", "identity;gzip"} {
				w.Do("updateProfile", Bearer(jane.Access), Body(H{"firstName": "Z"}), Header("Content-Encoding", coding)).MustRefuse(http.StatusUnsupportedMediaType, "unsupported_media_type")
			}
		})

		It("takes a whole number in any of its forms", Label("W-INPUT"), func() {
			w := s.World()
			jane := w.Customer("jane@example.com")
			for i, form := range []string{"1", "2.0", "3e0", "0.4e1"} {
				body := `{"title":"` + strconv.Itoa(i) + `","metadata":{"version":` + form + `}}`
				w.Do("updateProfile", Bearer(jane.Access), Raw("application/json", []byte(body))).Must(http.StatusOK)
				Expect(w.Profile(jane).At("title")).To(Equal(strconv.Itoa(i)))
			}
			for _, form := range []string{"5.5", "1e99", "9223372036854775808", `"5"`} {
				body := `{"title":"x","metadata":{"version":` + form + `}}`
				w.Do("updateProfile", Bearer(jane.Access), Raw("application/json", []byte(body))).MustNameField("metadata.version")
			}
		})

		It("takes a token of no other form than that of a bearer", Label("T-401"), func() {
			w := s.World()
			jane := w.Customer("jane@example.com")
			for _, header := range []string{
				jane.Access, "Token " + jane.Access, "Basic " + jane.Access, "Bearer" + jane.Access, "Bearer " + jane.Access + " x",
				"Bearer " + jane.Access + ",x", "Bearer Bearer " + jane.Access, "Bearer " + strings.ToUpper(jane.Access), "Bearer " + jane.Access[1:], "Bearer " + jane.Access + "x",
			} {
				w.Do("getProfile", Header("Authorization", header)).MustFault(FaultBearer)
			}
		})

		It("takes the scheme of the bearer in any case", Label("T-401"), func() {
			w := s.World()
			jane := w.Customer("jane@example.com")
			for _, scheme := range []string{"bearer ", "BEARER ", "Bearer   "} {
				w.Do("getProfile", Header("Authorization", scheme+jane.Access)).Must(http.StatusOK)
			}
		})

		It("ignores a body where none belongs", Label("W-INPUT", Smoke), func() {
			w := s.World()
			w.Do("getProfile", Bearer(w.Anonymous().Access), Raw("text/plain", []byte("{"))).Must(http.StatusOK)
			w.Do("getProfile", Bearer(w.Anonymous().Access), Raw("text/plain", bytes.Repeat([]byte("x"), 200_000))).Must(http.StatusOK)
		})

		It("names a parameter that is missing", Label("W-INPUT"), func() {
			w := s.World()
			anonymous, jane := w.Anonymous().Access, w.Customer("jane@example.com").Access
			w.Do("refreshToken", Bearer(anonymous)).MustNameField("refreshToken")
			w.Do("logout", Bearer(jane)).MustNameField("accessToken")
			w.Do("socialLogin", Bearer(anonymous), Body(H{})).MustNameField("session-id")
			w.Do("addAddressTags", Bearer(jane), Path("addressId", "x")).MustNameField("tags")
		})

		It("survives an absurdly long token", Label("W-INPUT"), func() {
			w := s.World()
			long := strings.Repeat("x", 100_000)
			w.Do("getProfile", Bearer(long)).MustFault(FaultBearer)
			w.Do("confirmOptIn", Bearer(w.Anonymous().Access), Path("token", long)).MustRefuse(http.StatusBadRequest, "bad_request")
			w.Do("refreshToken", Bearer(w.Anonymous().Access), Query("refreshToken", long)).MustRefuse(http.StatusUnauthorized, "unauthorized")
		})

		It("takes an encoded slash for a part of the id", Label("W-INPUT"), func() {
			w := s.World()
			jane := w.Customer("jane@example.com")
			answer := w.Do("getAddress", Bearer(jane.Access), Path("addressId", "a/b")).MustRefuse(http.StatusNotFound, "resource_not_found")
			Expect(answer.Text("message")).To(ContainSubstring("a/b"))
		})

		It("refuses bad UTF-8 in a path and in a query", Label("W-INPUT"), func() {
			w := s.World()
			jane := w.Customer("jane@example.com")
			w.Do("getAddress", Bearer(jane.Access), Path("addressId", "\xff")).MustNameField("addressId")
			w.Do("addAddressTags", Bearer(jane.Access), Path("addressId", "x"), Query("tags", "\xff")).MustNameField("tags")
		})

		It("ignores members that nobody knows", Label("W-LIBERAL"), func() {
			w := s.World()
			w.SignUp("jane@example.com", H{"nonsense": true, "customerDetails": H{"firstName": "Jane", "shoeSize": 40}})
			jane := w.LogIn("jane@example.com")
			w.Do("updateProfile", Bearer(jane.Access), Query("nobody", "asked"), Body(H{"lastName": "Doe", "nonsense": H{"a": 1}})).Must(http.StatusOK)
			Expect(w.Profile(jane).At("lastName")).To(Equal("Doe"))
		})

		It("refuses them where the tenant is strict", Label("W-LIBERAL"), func() {
			w := s.World()
			jane := w.Customer("jane@example.com")
			w.Configure(H{"strict": true})
			w.Do("updateProfile", Bearer(jane.Access), Body(H{"b2b": H{"nonsense": true}})).MustNameField("b2b.nonsense")
			w.Do("getProfile", Bearer(jane.Access), Query("nobody", "asked")).MustNameField("nobody")
		})

		It("takes the first value of a query parameter that is repeated", Label("W-LIBERAL", "A"), func() {
			w := s.World()
			jane := w.Customer("jane@example.com")
			repeated := []Part{Bearer(jane.Access), Query("expand", "addresses"), Query("expand", "mixin:*")}
			profile := w.Do("getProfile", repeated...).Must(http.StatusOK)
			Expect(profile.At("addresses")).To(Equal([]any{}))
			w.Configure(H{"strict": true})
			w.Do("getProfile", repeated...).MustNameField("expand")
		})

		It("takes null in an optional member for its absence", Label("W-LIBERAL"), func() {
			w := s.World()
			w.SignUp("jane@example.com", H{"signup": nil, "customerAddress": nil, "customerDetails": H{
				"b2b": nil, "firstName": "Jane", "lastName": nil, "preferredLanguage": nil, "contactEmail": nil, "mixins": nil, "metadata": nil,
			}})
			profile := w.Profile(w.LogIn("jane@example.com"))
			Expect(profile.At("firstName")).To(Equal("Jane"))
			Expect(profile.At("lastName")).To(BeNil())
			Expect(profile.At("preferredLanguage")).To(Equal("en_US"))
			Expect(profile.At("contactEmail")).To(Equal("jane@example.com"))
			Expect(profile.At("businessModel")).To(Equal("B2C"))
		})

		It("refuses null in a required member", Label("W-LIBERAL", Smoke), func() {
			w := s.World()
			w.Do("signup", Bearer(w.Anonymous().Access), Body(H{"email": nil, "password": Password})).MustNameField("email")
			w.Do("login", Bearer(w.Anonymous().Access), Body(H{"email": "jane@example.com", "password": nil})).MustNameField("password")
		})
	})
}
