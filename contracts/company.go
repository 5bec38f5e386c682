package contracts

import (
	"fmt"
	"net/http"
	"strconv"
	"time"

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

		It("have locations that differ in their ids only", Label("COMPANY"), func() {
			w := s.World()
			place := func(id string) H { return H{"id": id, "name": "Office", "type": "OFFICE"} }
			bo := w.Stored("buyer@example.com", H{"legalEntities": []H{{"id": "1", "locations": []H{place("a"), place("A")}}, {"id": "2", "locations": []H{place("b"), place("a"), place(" a")}}}})
			Expect(ids(list(w, bo, "listLocations"))).To(Equal([]string{"a", "A", "b", " a"}))
			for _, id := range []string{"A", " a"} {
				Expect(list(w, bo, "getLocation", Path("locationId", id)).At("id")).To(Equal(id))
			}
		})

		It("have an empty list of locations if they have none", Label("COMPANY", "A"), func() {
			w := s.World()
			bo := w.Stored("buyer@example.com", H{"legalEntities": []H{{"id": "1"}}})
			Expect(list(w, bo, "listLegalEntities").At(0, "entitiesAddresses")).To(Equal([]any{}))
			Expect(list(w, bo, "listLocations").JSON()).To(BeEmpty())
		})

		It("are as old as the customer whom the control API has assigned", Label("COMPANY", "A"), func() {
			w := s.World()
			w.Freeze()
			since := w.Now().UTC().Format(time.RFC3339)
			w.Stored("buyer@example.com", H{"legalEntities": []H{company, subsidiary}})
			w.Advance(time.Hour)
			bo := w.LogIn("buyer@example.com")
			metadata := H{"version": 1.0, "createdAt": since, "modifiedAt": since}
			for _, operation := range []string{"listLegalEntities", "listLocations", "listContactAssignments"} {
				Expect(list(w, bo, operation).At(0, "metadata")).To(Equal(metadata), operation)
			}
			Expect(list(w, bo, "listLegalEntities").At(0, "entitiesAddresses", 0, "metadata")).To(Equal(metadata))
			Expect(list(w, bo, "listContactAssignments").At(0, "legalEntity", "metadata")).To(Equal(metadata))
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

		It("are found by each filter, by all of them together, and by none that is empty", Label("COMPANY"), func() {
			w, bo := buyer()
			for _, one := range []struct {
				operation string
				filter    []string // names and values
				want      []string
			}{
				{"listLegalEntities", []string{"name", "PORIX"}, []string{"5001", "5002"}},
				{"listLegalEntities", []string{"name", "x n"}, []string{"5002"}},
				{"listLegalEntities", []string{"name", "south"}, []string{}},
				{"listLegalEntities", []string{"name", ""}, []string{"5001", "5002", "5003"}},
				{"listLegalEntities", []string{"id", ""}, []string{"5001", "5002", "5003"}},
				{"listLegalEntities", []string{"id", "50"}, []string{}},
				{"listLegalEntities", []string{"parentId", "5002"}, []string{}},
				{"listLegalEntities", []string{"name", "emporix", "type", "COMPANY"}, []string{"5001"}},
				{"listLegalEntities", []string{"id", "5001", "parentId", "5001"}, []string{}},
				{"listLegalEntities", []string{"id", "5001", "type", "SUBSIDIARY"}, []string{}},
				{"listLocations", []string{"type", "HEADQUARTER"}, []string{"4001"}},
				{"listLocations", []string{"type", "WAREHOUSE"}, []string{"4002"}},
				{"listLocations", []string{"name", "offic"}, []string{"4001", "4003"}},
				{"listLocations", []string{"name", "offic", "type", "OFFICE"}, []string{"4003"}},
				{"listContactAssignments", []string{"primary", "true"}, []string{"6001"}},
				{"listContactAssignments", []string{"primary", "false"}, []string{"6003"}},
				{"listContactAssignments", []string{"type", "BILLING"}, []string{"6001"}},
				{"listContactAssignments", []string{"type", "LOGISTICS"}, []string{}},
				{"listContactAssignments", []string{"legalEntity.id", "5001"}, []string{"6001"}},
				{"listContactAssignments", []string{"legalEntity.id", "5002"}, []string{}},
				{"listContactAssignments", []string{"legalEntity.id", "5001", "primary", "false"}, []string{}},
				{"listContactAssignments", []string{"type", "CONTACT", "primary", "true"}, []string{}},
			} {
				parts := []Part{Header("X-Total-Count", "true")}
				for i := 0; i < len(one.filter); i += 2 {
					parts = append(parts, Query(one.filter[i], one.filter[i+1]))
				}
				found := list(w, bo, one.operation, parts...)
				Expect(ids(found)).To(Equal(one.want), "%s %v", one.operation, one.filter)
				Expect(found.Header.Get("X-Total-Count")).To(Equal(strconv.Itoa(len(one.want))), "%s %v", one.operation, one.filter)
			}
		})

		DescribeTable("come a page at a time, with the number of all", Label("COMPANY"), func(operation string) {
			w := s.World()
			entities, all := []H{}, []string{}
			for i := range 33 {
				id := fmt.Sprintf("id%02d", i)
				all = append(all, id)
				entities = append(entities, H{"id": id, "contactAssignmentId": id, "locations": []H{{"id": id}}})
			}
			bo := w.Stored("buyer@example.com", H{"legalEntities": entities})
			for _, one := range []struct {
				size, number string
				from, to     int
			}{
				{"", "", 0, 16},
				{"", "1", 0, 16},
				{"", "2", 16, 32},
				{"", "3", 32, 33},
				{"", "4", 33, 33},
				{"1", "33", 32, 33},
				{"11", "3", 22, 33},
				{"11", "4", 33, 33},
				{"32", "2", 32, 33},
				{"33", "1", 0, 33},
				{"33", "2", 33, 33},
				{"100", "", 0, 33},
			} {
				parts := []Part{Header("X-Total-Count", "true")}
				for name, value := range map[string]string{"pageSize": one.size, "pageNumber": one.number} {
					if value != "" {
						parts = append(parts, Query(name, value))
					}
				}
				page := list(w, bo, operation, parts...)
				Expect(ids(page)).To(Equal(all[one.from:one.to]), "%+v", one)
				Expect(page.Header.Get("X-Total-Count")).To(Equal("33"), "%+v", one)
			}
			Expect(list(w, bo, operation).Header).NotTo(HaveKey("X-Total-Count"))
		},
			Entry("legal entities", "listLegalEntities"),
			Entry("locations", "listLocations"),
			Entry("contact assignments", "listContactAssignments"),
		)

		It("are read with good parameters, by customers", Label("COMPANY", "W-INPUT", "T-KIND"), func() {
			w, bo := buyer()
			for _, operation := range []string{"listLegalEntities", "listLocations", "listContactAssignments"} {
				for name, value := range map[string]string{"pageNumber": "0", "pageSize": "-1", "type": "NONE"} {
					w.Do(operation, Bearer(bo.Access), Query(name, value)).MustNameField(name)
				}
				both := w.Do(operation, Bearer(bo.Access), Query("pageNumber", "0"), Query("pageSize", "0"))
				both.MustNameField("pageNumber").MustNameField("pageSize")
				w.Do(operation, Bearer(bo.Access), Query("pageSize", "99999999999999999999")).MustNameField("pageSize")
				w.Do(operation, Bearer(w.Anonymous().Access)).Must(http.StatusForbidden)
				w.Do(operation).MustFault(FaultBearer)
			}
		})
	})
}
