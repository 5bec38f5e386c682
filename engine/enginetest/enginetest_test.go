package enginetest_test

import (
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"

	"standin/engine"
	"standin/engine/call"
	"standin/engine/enginetest"
)

func TestStartNeedsAFixture(t *testing.T) {
	t.Parallel()
	if _, err := enginetest.Start(enginetest.WithFixture("nonesuch")); err == nil || !strings.Contains(err.Error(), "nonesuch") {
		t.Errorf("an unknown fixture gives %v", err)
	}
}

func TestRunServesUntilTheTestEnds(t *testing.T) {
	t.Parallel()
	var url string
	t.Run("inner", func(t *testing.T) {
		url = enginetest.Run(t).URL
		if got := ask(http.MethodGet, url+"/customer/acme/me", "", ""); got != "401 Unauthorized" {
			t.Errorf("it answers %s", got)
		}
	})
	if _, err := net.Dial("tcp", strings.TrimPrefix(url, "http://")); err == nil {
		t.Error("it still listens after the test")
	}
}

func TestCloseReportsABrokenContract(t *testing.T) {
	t.Parallel()
	quiet := enginetest.WithConfig(func(c *engine.Config) { c.Log = slog.New(slog.DiscardHandler) })
	server, err := enginetest.Start(enginetest.WithFixture("demo"), quiet)
	if err != nil {
		t.Fatal(err)
	}
	shop := server.Tenant("acme")
	token, err := shop.Mint("customer", "john.doe@example.com", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	err = server.Engine.Change(shop.World(), func(c *call.Call) error {
		john, _ := c.Txn.CustomerByNumber("10000001")
		john.PreferredCurrency = "" // The document requires three letters.
		c.Txn.PutCustomer(john)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	got := ask(http.MethodGet, server.URL+"/customer/acme/me", token.AccessToken, "")
	if err := server.Close(); err == nil || got != "500 Internal Server Error" {
		t.Errorf("it answers %s, and Close returns %v", got, err)
	}
}

func TestWithoutATestABadNamePanics(t *testing.T) {
	t.Parallel()
	server, err := enginetest.Start()
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if recover() == nil {
			t.Error("a name that is not valid does not panic")
		}
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	}()
	server.Tenant("Not A Name").World()
}
