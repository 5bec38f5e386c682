package contracts

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "standin/contracts/suite"
	"standin/spec"
)

func (specs) Wire(s *Suite) {
	Describe("the wire", func() {
		It("serves every operation of the document with and without the prefix", Label("W-PATH"), func() {
			w := s.World()
			for _, op := range s.Document().Operations {
				Expect(op.Templates()).To(Equal([]string{"/customer" + op.Path, op.Path}))
				for _, alias := range []Part{Suffix(""), Alias()} {
					answer := w.Do(op.ID, append(anyPath(op), alias)...)
					answer.MustFault(FaultBearer) // The operation exists, because it asks for a bearer.
				}
			}
		})

		It("is one service under both paths", Label("W-PATH", Smoke), func() {
			w := s.World()
			jane := w.Customer("jane@example.com")
			w.Do("updateProfile", Alias(), Bearer(jane.Access), Body(H{"firstName": "Jane"})).Must(http.StatusOK)
			Expect(w.Profile(jane).At("firstName")).To(Equal("Jane"))
		})

		DescribeTable("answers 400 to what is no tenant, before anything else", Label("W-TENANT", "T-ORDER"),
			func(tenant string) {
				w := s.World()
				for _, op := range s.Operations() {
					if op.TenantFrom != "path" {
						continue
					}
					answer := w.Do(op.ID, append(anyPath(op), Path("tenant", tenant), Raw("text/plain", []byte("{")))...)
					answer.MustRefuse(http.StatusBadRequest, "bad_request")
					Expect(answer.At("message")).To(Equal("The tenant information provided with the request is not valid."))
				}
			},
			Entry("too short", "ab"),
			Entry("too long", "abcdefghijklmnopq"),
			Entry("upper case", "Acme"),
			Entry("a digit first", "1acme"),
			Entry("a hyphen", "ac-me"),
			Entry("an encoded slash", "acme/x"),
			Entry("a word of the paths", "customer"),
			Entry("another one", "customerlogin"),
		)

		It("keeps tenants apart", Label("W-TENANT", "T-401"), func() {
			here, there := s.World(), s.World()
			jane := here.Customer("jane@example.com")
			there.SignUp("jane@example.com")
			there.Do("getProfile", Bearer(jane.Access)).MustFault(FaultBearer)
			there.Do("signup", Bearer(here.Anonymous().Access), Body(H{"email": "joe@example.com", "password": Password})).MustFault(FaultBearer)
		})

		It("keeps a copy of a tenant apart from it", Label("T-ISSUER", "T-401"), func() {
			s.Need(Sandboxes)
			w := s.World()
			jane := w.Customer("jane@example.com")
			anonymous, mailed := w.Anonymous(), w.RequestReset("jane@example.com")
			copied := w.Copy()
			copied.Do("getProfile", Bearer(jane.Access)).MustFault(FaultBearer)
			copied.Do("getProfile", Bearer(anonymous.Access)).MustFault(FaultBearer)
			copied.AnonymousRefresh(anonymous.Refresh).MustFault(FaultBearer)
			caller := copied.Anonymous()
			copied.Do("refreshToken", Bearer(caller.Access), Query("refreshToken", jane.Refresh)).MustRefuse(http.StatusUnauthorized, "unauthorized")
			copied.Do("socialLogin", Bearer(caller.Access), Header("session-id", anonymous.SessionID), Body(H{"email": "joe@example.com"})).
				MustRefuse(http.StatusBadRequest, "bad_request")
			copied.ResetPassword(mailed, "another1").MustRefuse(http.StatusBadRequest, "bad_request")
			there := copied.LogIn("jane@example.com")
			copied.Profile(there)
			copied.Do("logout", Bearer(there.Access), Query("accessToken", jane.Access)).MustRefuse(http.StatusBadRequest, "bad_request")
			w.Profile(jane)
			w.ResetPassword(mailed, "another1").Must(http.StatusNoContent)
		})

		It("hands out tokens, numbers and ids of the documented shapes", Label("W-TOKEN"), func() {
			w := s.World(H{"doubleOptIn": true})
			number := w.SignUp("jane@example.com")
			mailed := w.LastMail("opt-in").Token
			Expect(mailed).To(MatchRegexp(`^[0-9A-Za-z]{64}$`))
			anonymous := w.Anonymous()
			jane := w.TokenIn(w.Do("confirmOptIn", Bearer(anonymous.Access), Path("token", mailed)).Must(http.StatusOK))
			for _, token := range []Token{anonymous, jane} {
				Expect(token.Access).To(MatchRegexp(`^[0-9A-Za-z]{28}$`))
				Expect(token.Refresh).To(MatchRegexp(`^[0-9A-Za-z]{32}$`))
			}
			profile := w.Profile(jane)
			Expect(profile.At("id")).To(Equal(number))
			Expect(profile.At("customerNumber")).To(Equal(number))
			Expect(w.AddAddress(jane, H{})).To(MatchRegexp(`^[0-9a-f]{10}$`))
		})

		It("draws customer numbers of 8 digits", Label("W-TOKEN"), func() {
			s.Need(Sandboxes) // The numbers of a shared tenant may have another form.
			Expect(s.World().SignUp("jane@example.com")).To(MatchRegexp(`^[1-9][0-9]{7}$`))
		})

		DescribeTable("serves customers whose numbers have another form", Label("W-TOKEN"), func(number string) {
			w := s.World()
			jane := w.Stored("jane@example.com", H{"number": number})
			profile := w.Profile(jane)
			Expect(profile.At("id")).To(Equal(number))
			Expect(profile.At("customerNumber")).To(Equal(number))
			Expect(unpacked(strings.Split(jane.Saas, ".")[1])).To(HaveKeyWithValue("sub", number))
			anonymous := w.Anonymous()
			social := w.Do("socialLogin", Bearer(anonymous.Access), Header("session-id", anonymous.SessionID), Body(H{"email": "jane@example.com"}))
			Expect(social.Must(http.StatusOK).At("customerNumber")).To(Equal(number))
			Expect(w.Do("getScopes", Bearer(jane.Access)).Must(http.StatusOK).At("userId")).To(Equal(number))
			w.Do("updateProfile", Bearer(jane.Access), Body(H{"firstName": "Jane"})).Must(http.StatusOK)
			copied := w.Copy()
			Expect(copied.Profile(copied.LogIn("jane@example.com")).At("customerNumber")).To(Equal(number))
		},
			Entry("short", "C0033"),
			Entry("shorter than ours", "C412344"),
			Entry("longer than ours", "C87362407845"),
			Entry("digits that begin with 0", "00000001"),
		)

		It("signs the saas token with HS256, for the customer and until the access token ends", Label("W-TOKEN"), func() {
			w := s.World()
			w.Freeze()
			number := w.SignUp("jane@example.com")
			saas := w.LogIn("jane@example.com").Saas
			parts := strings.Split(saas, ".")
			Expect(parts).To(HaveLen(3))
			Expect(unpacked(parts[0])).To(HaveKeyWithValue("alg", "HS256"))
			claims := unpacked(parts[1])
			Expect(claims).To(HaveKeyWithValue("sub", number))
			Expect(claims).To(HaveKeyWithValue("iat", BeEquivalentTo(w.Now().Unix())))
			Expect(claims).To(HaveKeyWithValue("exp", BeEquivalentTo(w.Now().Unix()+2592000)))
			Expect(claims).To(HaveKeyWithValue("jti", Not(BeEmpty())))
			Expect(parts[2]).NotTo(BeEmpty())
		})

		It("signs with the tenant's own secret if it has one", Label("W-TOKEN"), func() {
			w := s.World(H{"saasSecret": "planted"})
			w.SignUp("jane@example.com")
			Expect(w.LogIn("jane@example.com").Saas).To(WithTransform(signedWith("planted"), BeTrue()))
			other := s.World()
			other.SignUp("jane@example.com")
			Expect(other.LogIn("jane@example.com").Saas).NotTo(Or(WithTransform(signedWith("planted"), BeTrue()), WithTransform(signedWith(""), BeTrue())))
		})

		DescribeTable("names tokens as the tenant wants them", Label("W-CASE"),
			func(wire string, classic, current bool) {
				w := s.World(H{"doubleOptIn": true, "wire": wire})
				w.SignUp("jane@example.com")
				anonymous := w.Anonymous()
				confirmed := w.Do("confirmOptIn", Bearer(anonymous.Access), Path("token", w.LastMail("opt-in").Token)).Must(http.StatusOK)
				login := w.TryLogIn("jane@example.com", Password).Must(http.StatusOK)
				refresh := w.MustMint("customer", "jane@example.com").Refresh
				refreshed := w.Do("refreshToken", Bearer(anonymous.Access), Query("refreshToken", refresh)).Must(http.StatusOK)
				for _, answer := range []*Answer{confirmed, login, refreshed} {
					for _, name := range []string{"accessToken", "expiresIn", "refreshToken", "refreshTokenExpiresIn"} {
						answer.MustHave(name, classic)
					}
					for _, name := range []string{"access_token", "expires_in", "refresh_token", "refresh_token_expires_in", "token_type", "session_id"} {
						answer.MustHave(name, current)
					}
				}
				for _, answer := range []*Answer{confirmed, login} {
					answer.MustHave("saasToken", classic)
					answer.MustHave("saas_token", current)
				}
				login.MustHave("initialPassword", current)
				Expect(confirmed.At("initialPassword")).To(BeNil())
			},
			Entry("both", "both", true, true),
			Entry("the print's", "classic", true, false),
			Entry("the newer ones", "current", false, true),
		)

		It("names tokens as the server is said to", Label("W-CASE", Smoke), func() {
			w := s.World()
			w.SignUp("jane@example.com")
			login := w.TryLogIn("jane@example.com", Password).Must(http.StatusOK)
			for _, name := range []string{"accessToken", "expiresIn", "refreshToken", "refreshTokenExpiresIn"} {
				login.MustHave(name, s.HasNames(Classic))
			}
			for _, name := range []string{"access_token", "expires_in", "refresh_token", "refresh_token_expires_in", "token_type", "session_id"} {
				login.MustHave(name, s.HasNames(Current))
			}
		})

		It("says the same under both names", Label("W-CASE"), func() {
			s.NeedNames(Classic, Current)
			w := s.World()
			w.SignUp("jane@example.com")
			login := w.TryLogIn("jane@example.com", Password).Must(http.StatusOK)
			for classic, current := range map[string]string{
				"accessToken": "access_token", "saasToken": "saas_token", "expiresIn": "expires_in",
				"refreshToken": "refresh_token", "refreshTokenExpiresIn": "refresh_token_expires_in",
			} {
				Expect(login.At(classic)).To(Equal(login.At(current)))
			}
			Expect(login.At("token_type")).To(Equal("Bearer"))
		})

		It("answers a preflight of any origin, for any header and without a token", Label("W-CORS", Smoke), func() {
			w := s.World()
			answer := w.Send(http.MethodOptions, "/customer/"+w.Tenant+"/me", Header("Origin", "https://shop.example"),
				Header("Access-Control-Request-Method", "PATCH"), Header("Access-Control-Request-Headers", "authorization,x-anything"))
			Expect(answer.Status).To(BeElementOf(http.StatusOK, http.StatusNoContent))
			Expect(answer.Header.Get("Access-Control-Allow-Origin")).To(BeElementOf("*", "https://shop.example"))
			Expect(answer.List("Access-Control-Allow-Methods")).To(ContainElement(BeElementOf("PATCH", "*")))
			headers := strings.ToLower(strings.Join(answer.List("Access-Control-Allow-Headers"), ","))
			Expect(strings.Split(headers, ",")).To(And(ContainElement("authorization"), ContainElement(BeElementOf("x-anything", "*"))))
			Expect(answer.Header.Get("Access-Control-Max-Age")).To(MatchRegexp(`^[1-9][0-9]*$`))
		})

		It("lets a page of any origin read its answers, errors too", Label("W-CORS"), func() {
			w := s.World()
			for _, answer := range []*Answer{
				w.Do("getProfile", Bearer(w.Anonymous().Access), Header("Origin", "https://shop.example")).Must(http.StatusOK),
				w.Do("getProfile", Header("Origin", "https://shop.example")).Must(http.StatusUnauthorized),
				w.Send(http.MethodGet, "/nowhere", Header("Origin", "https://shop.example")).Must(http.StatusNotFound),
			} {
				Expect(answer.Header.Get("Access-Control-Allow-Origin")).To(BeElementOf("*", "https://shop.example"))
			}
		})

		It("lets a page of any origin send credentials", Label("W-CORS"), func() {
			w := s.World()
			const page = "https://shop.example"
			for _, answer := range []*Answer{
				w.Do("getProfile", Bearer(w.Anonymous().Access), Header("Origin", page)).Must(http.StatusOK),
				w.Send(http.MethodOptions, "/customer/"+w.Tenant+"/me", Header("Origin", page), Header("Access-Control-Request-Method", "PATCH")),
			} {
				Expect(answer.Header.Get("Access-Control-Allow-Origin")).To(Equal(page)) // With credentials a browser does not accept *.
				Expect(answer.Header.Get("Access-Control-Allow-Credentials")).To(Equal("true"))
				Expect(answer.List("Vary")).To(ContainElement(BeElementOf("Origin", "origin", "*")))
			}
		})

		It("accepts one slash at the end, without a redirect", Label("W-SLASH", Smoke), func() {
			w := s.World()
			anonymous := w.Anonymous().Access
			w.Do("requestPasswordReset", Suffix("/"), Bearer(anonymous), Body(H{"email": "jane@example.com"})).Must(http.StatusNoContent)
			w.Do("getProfile", Suffix("/"), Bearer(anonymous)).Must(http.StatusOK)
			w.Send(http.MethodGet, "/customer/"+w.Tenant+"/me//", Bearer(anonymous)).Must(http.StatusNotFound)
		})

		It("answers 404 to an unknown path", Label("W-METHOD"), func() {
			w := s.World()
			for _, path := range []string{"/", "/product/" + w.Tenant + "/products", "/customer/" + w.Tenant + "/nothing", "/customer"} {
				w.Send(http.MethodGet, path).MustRefuse(http.StatusNotFound, "resource_not_found")
			}
		})

		It("answers 501 to a method of more than 32 characters", Label("W-METHOD"), func() {
			w := s.World()
			const longest = 32
			w.Send(strings.Repeat("X", longest), "/customer/"+w.Tenant+"/me").Must(http.StatusMethodNotAllowed)
			w.Send(strings.Repeat("X", longest+1), "/customer/"+w.Tenant+"/me").MustRefuse(http.StatusNotImplemented, "not_implemented")
		})

		DescribeTable("answers 405 and says what is allowed", Label("W-METHOD"),
			func(method, path, allow string) {
				w := s.World()
				answer := w.Send(method, "/customer/"+w.Tenant+path).Must(http.StatusMethodNotAllowed)
				allowed := slices.DeleteFunc(answer.List("Allow"), func(one string) bool { return one == http.MethodOptions }) // It may be for preflights.
				Expect(allowed).To(ConsistOf(strings.Split(allow, ",")))
			},
			Entry("another method", Label(Smoke), http.MethodPost, "/me", "DELETE,GET,PATCH,PUT"),
			Entry("HEAD", http.MethodHead, "/me", "DELETE,GET,PATCH,PUT"),
			Entry("a GET that the path lacks", http.MethodGet, "/login", "POST"),
			Entry("an OPTIONS that is no preflight", http.MethodOptions, "/logout", "GET"),
			Entry("a literal segment beside a variable one", http.MethodGet, "/signup/optin/refresh_token", "POST"),
		)
	})
}

func unpacked(part string) H {
	GinkgoHelper()
	data, err := base64.RawURLEncoding.DecodeString(part)
	Expect(err).NotTo(HaveOccurred())
	var object H
	Expect(json.Unmarshal(data, &object)).To(Succeed())
	return object
}

// anyPath returns values for the variables of an operation's path but the tenant. They name nothing that there is.
func anyPath(op *spec.Operation) []Part {
	var parts []Part
	for _, name := range op.Parameters("path") {
		if name != "tenant" {
			parts = append(parts, Path(name, "b05c20e034"))
		}
	}
	return parts
}
