package contracts

import (
	"net/http"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "standin/contracts/suite"
)

func (specs) CrossOrigin(s *Suite) {
	const page = "https://shop.example"

	Describe("a page of another origin", func() {
		It("may send every method of every path, and every header", Label("W-CORS"), func() {
			w := s.World()
			for _, op := range s.Operations() {
				path := strings.ReplaceAll(op.Templates()[0], "{tenant}", w.Tenant)
				path = strings.NewReplacer("{", "", "}", "").Replace(path)
				answer := w.Send(http.MethodOptions, path, Header("Origin", page),
					Header("Access-Control-Request-Method", op.Method), Header("Access-Control-Request-Headers", "authorization,content-type,session-id,x-total-count"))
				Expect(answer.Status).To(BeElementOf(http.StatusOK, http.StatusNoContent), op.ID)
				Expect(answer.Header.Get("Access-Control-Allow-Methods")).To(ContainSubstring(op.Method), op.ID)
				for _, name := range []string{"authorization", "content-type", "session-id", "x-total-count"} {
					Expect(strings.ToLower(answer.Header.Get("Access-Control-Allow-Headers"))).To(ContainSubstring(name), op.ID)
				}
			}
		})

		It("may read the headers that answers document, and the time", Label("W-CORS", "A"), func() {
			w := s.World()
			exposed := func(answer *Answer) string {
				return strings.ToLower(strings.Join(answer.Header.Values("Access-Control-Expose-Headers"), ","))
			}
			for _, answer := range []*Answer{
				w.Do("getProfile", Bearer(w.Anonymous().Access), Header("Origin", page)).Must(http.StatusOK),
				w.Do("listLegalEntities", Bearer(w.Customer("jane@example.com").Access), Header("Origin", page), Header("X-Total-Count", "true")).Must(http.StatusOK),
				w.Send(http.MethodPost, "/customer/"+w.Tenant+"/me", Header("Origin", page)).Must(http.StatusMethodNotAllowed),
			} {
				Expect(exposed(answer)).To(And(ContainSubstring("x-total-count"), ContainSubstring("allow"), ContainSubstring("date")))
			}
		})

		It("may be any page: a file, a local one, one with a port", Label("W-CORS"), func() {
			w := s.World()
			anonymous := w.Anonymous().Access
			for _, origin := range []string{"null", "http://localhost:3000", "https://SHOP.example:8443", "capacitor://localhost"} {
				answer := w.Do("getProfile", Bearer(anonymous), Header("Origin", origin)).Must(http.StatusOK)
				Expect(answer.Header.Get("Access-Control-Allow-Origin")).To(BeElementOf("*", origin))
			}
		})
	})
}
