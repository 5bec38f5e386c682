package contracts_test

import (
	"testing"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"standin/contracts"
	"standin/engine/enginetest"
)

func TestContracts(t *testing.T) {
	server := enginetest.Run(t, enginetest.WithFixture("testdata/buyer.yaml"))
	RegisterFailHandler(Fail)
	err := contracts.Register(contracts.Target{
		URL:      server.URL,
		ClientID: "storefront",
		Buyer:    contracts.Buyer{Email: "buyer@example.com", LegalEntityID: "5002"},
		Handle:   func(tenant string) contracts.Handle { return handle{server.Tenant(tenant)} },
	})
	if err != nil {
		t.Fatal(err)
	}
	suite, reporter := GinkgoConfiguration()
	suite.RandomizeAllSpecs = true
	RunSpecs(t, "The contract of the customer service", suite, reporter)
}

// handle lends a tenant of the engine to the specs.
type handle struct{ *enginetest.Tenant }

func (h handle) Now() time.Time           { return h.Clock().Now() }
func (h handle) Freeze()                  { h.Clock().Freeze() }
func (h handle) Advance(by time.Duration) { h.Clock().Advance(by) }

func (h handle) Mails() []contracts.Mail {
	var mails []contracts.Mail
	for _, mail := range h.Tenant.Mails() {
		mails = append(mails, contracts.Mail{Kind: mail.Kind, To: mail.To, Token: mail.Token, Link: mail.Link})
	}
	return mails
}

func (h handle) Mint(kind, email string, scopes []string, lifetime time.Duration) (contracts.Token, error) {
	minted, err := h.Tenant.Mint(kind, email, scopes, lifetime)
	return contracts.Token{
		Access: minted.AccessToken, Refresh: minted.RefreshToken, Saas: minted.SaasToken, SessionID: minted.SessionID,
	}, err
}
