package contracts

import (
	"net/http"
	"sync"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

// crowd is how many clients do the same at once.
const crowd = 64

// atOnce sends the same request from a crowd of clients and counts the statuses of the answers.
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

func (s *suite) describeRaces() {
	Describe("many at once", func() {
		It("sign up one e-mail address once", Label("SIGNUP-DUP"), func() {
			w := s.world()
			anonymous := w.Anonymous().Access
			counts := atOnce(func(int) *Answer {
				return w.Do("signup", Bearer(anonymous), Body(H{"email": "jane@example.com", "password": password}))
			})
			Expect(counts).To(Equal(map[int]int{http.StatusCreated: 1, http.StatusConflict: crowd - 1}))
			Expect(w.Profile(w.LogIn("jane@example.com")).At("accounts")).To(HaveLen(1))
		})

		It("use one refresh token once", Label("T-ROTATE", "REFRESH-BAD"), func() {
			w := s.world()
			jane := w.Customer("jane@example.com")
			anonymous := w.Anonymous().Access
			counts := atOnce(func(int) *Answer {
				return w.Do("refreshToken", Bearer(anonymous), Query("refreshToken", jane.Refresh))
			})
			Expect(counts).To(Equal(map[int]int{http.StatusOK: 1, http.StatusUnauthorized: crowd - 1}))
		})

		It("use one mailed token once", Label("MAIL-TOKEN"), func() {
			w := s.world()
			w.SignUp("jane@example.com")
			token := w.requestReset("jane@example.com")
			counts := atOnce(func(int) *Answer { return w.reset(token, "another1") })
			Expect(counts).To(Equal(map[int]int{http.StatusNoContent: 1, http.StatusBadRequest: crowd - 1}))
		})

		It("log in, all of them", Label("LOGIN"), func() {
			w := s.world()
			w.SignUp("jane@example.com")
			anonymous := w.Anonymous().Access
			counts := atOnce(func(int) *Answer {
				return w.Do("login", Bearer(anonymous), Body(H{"email": "jane@example.com", "password": password}))
			})
			Expect(counts).To(Equal(map[int]int{http.StatusOK: crowd}))
		})

		It("begin sessions in a tenant that nobody has used, all in the same one", Label("ANON-LOGIN"), func() {
			w := s.world()
			var mu sync.Mutex
			var tokens []string
			atOnce(func(int) *Answer {
				answer := w.Do("anonymousLogin", Query("tenant", w.Tenant), Query("client_id", "x"))
				mu.Lock()
				defer mu.Unlock()
				tokens = append(tokens, answer.Text("access_token"))
				return answer
			})
			Expect(tokens).To(HaveLen(crowd))
			for _, token := range tokens {
				w.Do("getProfile", Bearer(token)).Must(http.StatusOK)
			}
		})

		It("move the default address and end up with one", Label("ADDR-PATCH"), func() {
			w := s.world()
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
