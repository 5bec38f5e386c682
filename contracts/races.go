package contracts

import (
	"fmt"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "standin/contracts/suite"
)

// crowd is the number of clients in [atOnce].
const crowd = 64

// atOnce calls send for all clients at the same time. It returns the number of answers by status.
func atOnce(send func(client int) *Answer) map[int]int {
	GinkgoHelper()
	var (
		all    sync.WaitGroup
		mu     sync.Mutex
		counts = map[int]int{}
		start  = make(chan struct{})
	)
	for client := range crowd {
		all.Go(func() {
			defer GinkgoRecover()
			<-start
			status := send(client).Status
			mu.Lock()
			defer mu.Unlock()
			counts[status]++
		})
	}
	close(start)
	all.Wait()
	return counts
}

func (specs) Races(s *Suite) {
	Describe("many at once", func() {
		It("sign up one e-mail address once", Label("SIGNUP-DUP"), func() {
			w := s.World()
			anonymous := w.Anonymous().Access
			counts := atOnce(func(int) *Answer {
				return w.Do("signup", Bearer(anonymous), Body(H{"email": "jane@example.com", "password": Password}))
			})
			Expect(counts).To(Equal(map[int]int{http.StatusCreated: 1, http.StatusConflict: crowd - 1}))
			Expect(w.Profile(w.LogIn("jane@example.com")).At("accounts")).To(HaveLen(1))
		})

		It("use one refresh token once", Label("T-ROTATE", "REFRESH-BAD"), func() {
			w := s.World()
			jane := w.Customer("jane@example.com")
			anonymous := w.Anonymous().Access
			counts := atOnce(func(int) *Answer {
				return w.Do("refreshToken", Bearer(anonymous), Query("refreshToken", jane.Refresh))
			})
			Expect(counts).To(Equal(map[int]int{http.StatusOK: 1, http.StatusUnauthorized: crowd - 1}))
		})

		It("use one mailed token once", Label("MAIL-TOKEN"), func() {
			w := s.World()
			w.SignUp("jane@example.com")
			token := w.RequestReset("jane@example.com")
			counts := atOnce(func(int) *Answer { return w.ResetPassword(token, "another1") })
			Expect(counts).To(Equal(map[int]int{http.StatusNoContent: 1, http.StatusBadRequest: crowd - 1}))
		})

		It("log in, all of them", Label("LOGIN"), func() {
			w := s.World()
			w.SignUp("jane@example.com")
			anonymous := w.Anonymous().Access
			counts := atOnce(func(int) *Answer {
				return w.Do("login", Bearer(anonymous), Body(H{"email": "jane@example.com", "password": Password}))
			})
			Expect(counts).To(Equal(map[int]int{http.StatusOK: crowd}))
		})

		It("begin sessions in a tenant that nobody has used, all in the same one, each with a token of its own", Label("ANON-LOGIN"), func() {
			w := s.World()
			var mu sync.Mutex
			var tokens []string
			atOnce(func(int) *Answer {
				answer := w.Do("anonymousLogin", Query("tenant", w.Tenant), Query("client_id", s.Target.ClientID))
				mu.Lock()
				defer mu.Unlock()
				tokens = append(tokens, answer.Text("access_token"))
				return answer
			})
			slices.Sort(tokens)
			Expect(slices.Compact(tokens)).To(HaveLen(crowd))
			for _, token := range tokens {
				w.Do("getProfile", Bearer(token)).Must(http.StatusOK)
			}
		})

		It("add tags, and none is lost", Label("ADDR-TAGS"), func() {
			w := s.World()
			jane := w.Customer("jane@example.com")
			id := w.AddAddress(jane, H{})
			counts := atOnce(func(client int) *Answer {
				return w.Do("addAddressTags", Bearer(jane.Access), Path("addressId", id), Query("tags", fmt.Sprintf("T%d,ALL", client)))
			})
			Expect(counts).To(Equal(map[int]int{http.StatusNoContent: crowd}))
			Expect(w.Address(jane, id).At("tags")).To(HaveLen(crowd + 1))
			Expect(w.Address(jane, id).At("metadata", "version")).To(BeEquivalentTo(crowd + 1))
		})

		It("read while a logout ends the token, and are let in before it only", Label("LOGOUT"), func() {
			w := s.World()
			jane := w.Customer("jane@example.com")
			other := w.LogIn("jane@example.com")
			var ended atomic.Bool
			counts := atOnce(func(client int) *Answer {
				if client == 0 {
					answer := w.Do("logout", Bearer(other.Access), Query("accessToken", jane.Access))
					ended.Store(true)
					return answer
				}
				late := ended.Load()
				answer := w.Do("getProfile", Bearer(jane.Access))
				if late {
					answer.MustFault(FaultBearer)
				}
				return answer
			})
			Expect(counts[http.StatusNoContent]).To(Equal(1))
			Expect(counts[http.StatusOK] + counts[http.StatusUnauthorized]).To(Equal(crowd - 1))
			w.Do("getProfile", Bearer(jane.Access)).MustFault(FaultBearer)
			w.Profile(other)
		})

		It("change one profile by the version that they have read, and one of them does", Label("PROFILE-VERSION"), func() {
			w := s.World()
			jane := w.Customer("jane@example.com")
			counts := atOnce(func(client int) *Answer {
				return w.Do("updateProfile", Bearer(jane.Access), Body(H{"firstName": fmt.Sprintf("Jane %d", client), "metadata": H{"version": 1}}))
			})
			Expect(counts).To(Equal(map[int]int{http.StatusOK: 1, http.StatusConflict: crowd - 1}))
			Expect(w.Profile(jane).At("metadata", "version")).To(BeEquivalentTo(2))
		})

		It("move the default address and end up with one", Label("ADDR-PATCH"), func() {
			w := s.World()
			jane := w.Customer("jane@example.com")
			var ids []string
			for range crowd {
				ids = append(ids, w.AddAddress(jane, H{}))
			}
			counts := atOnce(func(client int) *Answer {
				return w.Do("updateAddress", Bearer(jane.Access), Path("addressId", ids[client]), Body(H{"isDefault": true}))
			})
			Expect(counts).To(Equal(map[int]int{http.StatusOK: crowd}))
			defaults := 0
			for _, id := range ids {
				if w.Address(jane, id).At("isDefault") == true {
					defaults++
				}
			}
			Expect(defaults).To(Equal(1))
		})
	})
}
