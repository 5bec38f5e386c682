package contracts

import (
	"net/http"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "standin/contracts/suite"
)

func (specs) Refresh(s *Suite) {
	refresh := func(w *World, bearer, token string, more ...Part) *Answer {
		GinkgoHelper()
		return w.Do("refreshToken", append(more, Bearer(bearer), Query("refreshToken", token))...)
	}

	Describe("refreshToken", func() {
		It("answers new tokens; the used refresh token is dead, the old access token lives", Label("T-ROTATE", "REFRESH", "REFRESH-BAD"), func() {
			w := s.World()
			w.Freeze()
			jane := w.Customer("jane@example.com")
			anonymous := w.Anonymous().Access
			answer := refresh(w, anonymous, jane.Refresh).Must(http.StatusOK)
			renewed := w.TokenIn(answer)
			Expect([]string{renewed.Access, renewed.Refresh}).NotTo(ContainElements(jane.Access, jane.Refresh))
			Expect(renewed.Saas).To(BeEmpty())
			Expect(answer.At("saasToken")).To(BeNil())
			refresh(w, anonymous, jane.Refresh).MustRefuse(http.StatusUnauthorized, "unauthorized")
			w.Profile(jane)
			w.Profile(renewed)
			w.Advance(month - time.Second)
			w.Profile(jane)
			w.Advance(time.Second)
			w.Do("getProfile", Bearer(jane.Access)).MustFault(FaultExpired)
		})

		It("leaves the used refresh token dead, also if the clock is turned back", Label("T-ROTATE", "REFRESH-BAD"), func() {
			w := s.World()
			w.Freeze()
			jane := w.Customer("jane@example.com")
			w.Advance(time.Minute)
			refresh(w, w.Anonymous().Access, jane.Refresh).Must(http.StatusOK)
			w.TurnBack(time.Second)
			refresh(w, w.Anonymous().Access, jane.Refresh).MustRefuse(http.StatusUnauthorized, "unauthorized")
		})

		It("does not restart the lifetime of the refresh token, but that of the access token", Label("T-ROTATE"), func() {
			w := s.World()
			w.Freeze()
			jane := w.Customer("jane@example.com")
			w.Advance(9 * time.Second)
			answer := refresh(w, w.Anonymous().Access, jane.Refresh).Must(http.StatusOK)
			Expect(answer.At("refreshTokenExpiresIn")).To(BeEquivalentTo(86390))
			Expect(answer.At("expiresIn")).To(BeEquivalentTo(2591999))
			w.Advance(day - 9*time.Second)
			refresh(w, w.Anonymous().Access, answer.Text("refreshToken")).MustRefuse(http.StatusUnauthorized, "unauthorized")
		})

		It("accepts a customer's bearer, live or expired, but not an ended one", Label("REFRESH"), func() {
			w := s.World(H{"lifetimes": H{"customerAccess": "60s"}})
			w.Freeze()
			jane := w.Customer("jane@example.com")
			renewed := w.TokenIn(refresh(w, jane.Access, jane.Refresh).Must(http.StatusOK))
			w.Advance(60 * time.Second)
			w.Do("getProfile", Bearer(renewed.Access)).MustFault(FaultExpired)
			again := w.TokenIn(refresh(w, renewed.Access, renewed.Refresh).Must(http.StatusOK))
			other := w.LogIn("jane@example.com")
			w.Do("logout", Bearer(again.Access), Query("accessToken", again.Access)).Must(http.StatusNoContent)
			refresh(w, again.Access, other.Refresh).MustFault(FaultBearer)
			refresh(w, w.Anonymous().Access, other.Refresh).Must(http.StatusOK)
		})

		It("does not accept an expired anonymous bearer, nor a service", Label("REFRESH", "T-KIND"), func() {
			w := s.World()
			jane := w.Customer("jane@example.com")
			expired, err := w.Mint("anonymous", "", nil, -time.Second)
			Expect(err).NotTo(HaveOccurred())
			refresh(w, expired.Access, jane.Refresh).MustFault(FaultExpired)
			refresh(w, w.MustMint("service", "").Access, jane.Refresh).MustFault(FaultBearer)
			w.Do("refreshToken", Query("refreshToken", jane.Refresh)).MustFault(FaultBearer)
			refresh(w, w.Anonymous().Access, jane.Refresh).Must(http.StatusOK)
		})

		It("refuses what is no refresh token of a customer of this tenant", Label("REFRESH-BAD"), func() {
			w, elsewhere := s.World(), s.World()
			jane, stranger := w.Customer("jane@example.com"), elsewhere.Customer("jane@example.com")
			anonymous := w.Anonymous()
			for _, token := range []string{"unknown", "", jane.Access, anonymous.Refresh, stranger.Refresh, jane.Saas} {
				refresh(w, anonymous.Access, token).MustRefuse(http.StatusUnauthorized, "unauthorized")
			}
			elsewhere.Do("refreshToken", Bearer(elsewhere.Anonymous().Access), Query("refreshToken", stranger.Refresh)).Must(http.StatusOK)
		})

		It("lets a buyer act for a legal entity, until a refresh leaves it out", Label("REFRESH", "VALIDATE"), func() {
			w := s.World()
			buyer := w.Buyer()
			actsFor := func(token Token) any {
				GinkgoHelper()
				return w.Do("validateToken", Bearer(token.Access)).Must(http.StatusOK).At("legalEntityId")
			}
			Expect(actsFor(buyer)).To(BeNil())
			for _, entity := range []string{LegalEntity, ""} {
				more := []Part{}
				if entity != "" {
					more = append(more, Query("legalEntityId", entity))
				}
				acting := w.TokenIn(refresh(w, w.Anonymous().Access, buyer.Refresh, more...).Must(http.StatusOK))
				if entity == "" {
					Expect(actsFor(acting)).To(BeNil())
					continue
				}
				Expect(actsFor(acting)).To(Equal(entity))
				Expect(actsFor(buyer)).To(BeNil())
				buyer = acting
			}
		})

		It("lets a buyer act for each of its legal entities, by its id to the letter", Label("REFRESH", "VALIDATE"), func() {
			w := s.World()
			ids := []string{"Entity-A", "entity-a2", "5001"}
			entities := []H{}
			for _, id := range ids {
				entities = append(entities, H{"id": id})
			}
			buyer := w.Stored("buyer@example.com", H{"legalEntities": entities})
			for _, like := range []string{"entity-a", "ENTITY-A2", "Entity", "500", "50011", " 5001", "5001,Entity-A"} {
				refresh(w, w.Anonymous().Access, buyer.Refresh, Query("legalEntityId", like)).MustRefuse(http.StatusBadRequest, "bad_request")
			}
			for _, id := range ids {
				buyer = w.TokenIn(refresh(w, w.Anonymous().Access, buyer.Refresh, Query("legalEntityId", id)).Must(http.StatusOK))
				Expect(w.Do("validateToken", Bearer(buyer.Access)).Must(http.StatusOK).At("legalEntityId")).To(Equal(id))
			}
		})

		It("refuses a legal entity that is none of the customer's, and uses nothing up by it", Label("REFRESH"), func() {
			w := s.World()
			jane := w.Customer("jane@example.com")
			refresh(w, w.Anonymous().Access, jane.Refresh, Query("legalEntityId", "nobody")).MustRefuse(http.StatusBadRequest, "bad_request")
			refresh(w, w.Anonymous().Access, jane.Refresh).Must(http.StatusOK)
		})
	})
}
