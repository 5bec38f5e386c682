package contracts

import (
	"net/http"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "standin/contracts/suite"
)

func (specs) Company(s *Suite) {
	company := H{
		"id": "5001", "name": "Emporix", "type": "COMPANY", "legalInfo": H{"legalName": "Emporix AG", "countryOfRegistration": "DE"},
		"accountLimit": H{"currency": "EUR", "value": 1000.5}, "customerGroups": []H{{"id": "9001", "name": H{"en": "Gold"}}},
		"locations": []H{
			{"id": "4001", "name": "Head office", "contactDetails": H{"city": "Berlin", "tags": []string{"shipping"}}},
			{"id": "4002", "name": "Warehouse", "type": "WAREHOUSE"},
		},
		"contactAssignmentId": "6001", "contactType": "BILLING", "primaryContact": true,
	}
	subsidiary := H{
		"id": "5002", "name": "Emporix North", "type": "SUBSIDIARY", "parentId": "5001",
		"locations": []H{{"id": "4002", "name": "Warehouse", "type": "WAREHOUSE"}, {"id": "4003", "name": "Office", "type": "OFFICE"}},
	}
	buyer := func() (*World, Token) {
		GinkgoHelper()
		w := s.World()
		return w, w.Stored("buyer@example.com", H{
			"profile":       H{"firstName": "Bo", "lastName": "Buyer", "contactPhone": "123"},
			"legalEntities": []H{company, subsidiary, {"id": "5003", "contactAssignmentId": "6003"}},
		})
	}
	list := func(w *World, bo Token, operation string, parts ...Part) *Answer {
		GinkgoHelper()
		return w.Do(operation, append(parts, Bearer(bo.Access))...).Must(http.StatusOK)
	}
	ids := func(a *Answer) []string {
		GinkgoHelper()
		all, ok := a.JSON().([]any)
		Expect(ok).To(BeTrue())
		found := []string{}
		for _, one := range all {
			object, _ := one.(H)
			id, _ := object["id"].(string)
			found = append(found, id)
		}
		return found
	}

	Describe("companies", func() {
		It("are those that the customer is assigned to", Label("COMPANY"), func() {
			w, bo := buyer()
			all := list(w, bo, "listLegalEntities")
			Expect(ids(all)).To(Equal([]string{"5001", "5002", "5003"}))
			metadata := all.At(0, "metadata")
			Expect(metadata).To(HaveKeyWithValue("version", 1.0))
			Expect(all.At(0)).To(Equal(H{
				"id": "5001", "name": "Emporix", "type": "COMPANY", "legalInfo": H{"legalName": "Emporix AG", "countryOfRegistration": "DE"},
				"accountLimit": H{"currency": "EUR", "value": 1000.5}, "customerGroups": []any{H{"id": "9001", "name": H{"en": "Gold"}}},
				"entitiesAddresses": []any{
					H{"id": "4001", "name": "Head office", "type": "HEADQUARTER", "contactDetails": H{"city": "Berlin", "tags": []any{"shipping"}}, "metadata": metadata},
					H{"id": "4002", "name": "Warehouse", "type": "WAREHOUSE", "metadata": metadata},
				},
				"metadata": metadata,
			}))
			Expect(all.At(2)).To(Equal(H{"id": "5003", "type": "COMPANY", "entitiesAddresses": []any{}, "metadata": metadata}))
			for i, id := range ids(all) {
				Expect(list(w, bo, "getLegalEntity", Path("legalEntityId", id)).JSON()).To(Equal(all.At(i)))
			}
			jane := w.Customer("jane@example.com")
			Expect(ids(list(w, jane, "listLegalEntities"))).To(BeEmpty())
			for _, id := range []string{"5001", "none"} {
				w.Do("getLegalEntity", Bearer(jane.Access), Path("legalEntityId", id)).Must(http.StatusNotFound)
			}
			Expect(w.Profile(bo).At("b2b", "legalEntities", 1)).To(Equal(H{"id": "5002", "name": "Emporix North"}))
		})

		It("are filtered by id, name, type and parent, and come a page at a time", Label("COMPANY"), func() {
			w, bo := buyer()
			for _, one := range []struct {
				name, value string
				want        []string
			}{
				{"id", "5002", []string{"5002"}},
				{"name", "emporix n", []string{"5002"}},
				{"type", "COMPANY", []string{"5001", "5003"}},
				{"parentId", "5001", []string{"5002"}},
				{"pageSize", "2", []string{"5001", "5002"}},
				{"pageSize", "2.0", []string{"5001", "5002"}},
				{"pageNumber", "2", []string{}},
			} {
				Expect(ids(list(w, bo, "listLegalEntities", Query(one.name, one.value)))).To(Equal(one.want), one.name)
			}
			second := list(w, bo, "listLegalEntities", Query("pageSize", "2"), Query("pageNumber", "2"), Header("X-Total-Count", "true"))
			Expect(ids(second)).To(Equal([]string{"5003"}))
			Expect(second.Header.Get("X-Total-Count")).To(Equal("3"))
			Expect(list(w, bo, "listLegalEntities", Query("type", "SUBSIDIARY"), Header("X-Total-Count", "true")).Header.Get("X-Total-Count")).To(Equal("1"))
			Expect(list(w, bo, "listLegalEntities", Header("X-Total-Count", "false")).Header).NotTo(HaveKey("X-Total-Count"))
			many := []H{}
			for i := range 17 {
				many = append(many, H{"id": string(rune('a' + i))})
			}
			agent := w.Stored("agent@example.com", H{"legalEntities": many})
			Expect(ids(list(w, agent, "listLegalEntities"))).To(HaveLen(16))
			Expect(ids(list(w, agent, "listLegalEntities", Query("pageNumber", "2")))).To(Equal([]string{"q"}))
		})

		It("have locations, each listed once, and assignments of the caller", Label("COMPANY"), func() {
			w, bo := buyer()
			places := list(w, bo, "listLocations")
			Expect(ids(places)).To(Equal([]string{"4001", "4002", "4003"}))
			Expect(ids(list(w, bo, "listLocations", Query("type", "OFFICE")))).To(Equal([]string{"4003"}))
			for _, part := range []string{"HOUSE", "wareh"} { // Neither the case of the filter nor that of the name matters.
				Expect(ids(list(w, bo, "listLocations", Query("name", part)))).To(Equal([]string{"4002"}), part)
			}
			Expect(list(w, bo, "getLocation", Path("locationId", "4003")).JSON()).To(Equal(places.At(2)))
			contacts := list(w, bo, "listContactAssignments")
			Expect(ids(contacts)).To(Equal([]string{"6001", "6003"}))
			first, _ := contacts.At(0).(H)
			Expect(first).To(And(HaveKeyWithValue("type", "BILLING"), HaveKeyWithValue("primary", true)))
			Expect(first["legalEntity"]).To(Equal(list(w, bo, "getLegalEntity", Path("legalEntityId", "5001")).JSON()))
			Expect(first["customer"]).To(Equal(H{"id": w.Profile(bo).Text("id"), "name": "Bo", "surname": "Buyer", "email": "buyer@example.com", "phone": "123"}))
			Expect(contacts.At(1)).To(And(HaveKeyWithValue("type", "CONTACT"), HaveKeyWithValue("primary", false)))
			Expect(ids(list(w, bo, "listContactAssignments", Query("legalEntity.id", "5003")))).To(Equal([]string{"6003"}))
			Expect(ids(list(w, bo, "listContactAssignments", Query("primary", "true")))).To(Equal([]string{"6001"}))
			Expect(ids(list(w, bo, "listContactAssignments", Query("type", "CONTACT")))).To(Equal([]string{"6003"}))
			Expect(list(w, bo, "getContactAssignment", Path("contactAssignmentId", "6001")).JSON()).To(Equal(contacts.At(0)))
			w.Do("getLocation", Bearer(bo.Access), Path("locationId", "4004")).Must(http.StatusNotFound)
			w.Do("getContactAssignment", Bearer(bo.Access), Path("contactAssignmentId", "6002")).Must(http.StatusNotFound)
			jane := w.Customer("jane@example.com")
			w.Do("getLocation", Bearer(jane.Access), Path("locationId", "4001")).Must(http.StatusNotFound)
			w.Do("getContactAssignment", Bearer(jane.Access), Path("contactAssignmentId", "6001")).Must(http.StatusNotFound)
		})

		It("are read with good parameters, by customers", Label("COMPANY", "W-INPUT", "T-KIND"), func() {
			w, bo := buyer()
			for _, operation := range []string{"listLegalEntities", "listLocations", "listContactAssignments"} {
				for name, value := range map[string]string{"pageNumber": "0", "pageSize": "-1", "type": "NONE"} {
					w.Do(operation, Bearer(bo.Access), Query(name, value)).MustNameField(name)
				}
				w.Do(operation, Bearer(bo.Access), Query("pageSize", "99999999999999999999")).MustNameField("pageSize")
				w.Do(operation, Bearer(w.Anonymous().Access)).Must(http.StatusForbidden)
				w.Do(operation).MustFault(FaultBearer)
			}
		})
	})
}
