package spec

import "testing"

func BenchmarkPlan(b *testing.B) {
	d, err := Load(Customer)
	if err != nil {
		b.Fatal(err)
	}
	for _, id := range []string{"getProfile", "login"} {
		op, _ := d.Operation(id)
		b.Run(id, func(b *testing.B) {
			data := []byte(`{"preferredLanguage":"de_DE","preferredCurrency":"EUR","preferredSite":"default","customerNumber":"45127654","id":"45127654","accounts":[{"id":"john.doe@example.com","providerId":"emporix"}],"firstName":"John","lastName":"Doe","contactEmail":"john.doe@example.com","metadata":{"version":3,"mixins":{}},"mixins":{},"businessModel":"B2C","lastLogin":"2026-01-01T10:00:00Z"}`)
			plan := op.answers[200].plans["application/json"]()
			if id == "login" {
				data = []byte(`{"accessToken":"abcdefghijklmnopqrstuvwx1234","saasToken":"x.y.z","expiresIn":1,"refreshToken":"abcdefghijklmnopqrstuvwx12345678","refreshTokenExpiresIn":123}`)
			}
			b.ReportAllocs()
			for b.Loop() {
				if !plan.valid(data, answerDepth) {
					b.Fatal("not valid")
				}
			}
		})
	}
}
