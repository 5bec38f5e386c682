package engine_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"runtime/debug"
	"slices"
	"testing"
	"time"

	"standin/engine"
	"standin/engine/call"
	"standin/engine/enginetest"
	"standin/engine/service"
	"standin/engine/world"
	"standin/state"
)

// crowdRows are a customer with a login and two addresses, with all that a shop asks for. No text is shared.
func crowdRows(i int) (state.Customer, state.Login, [2]state.Address) {
	text := func(format string) string { return fmt.Sprintf(format, i) }
	shown := func(format string) state.Text { return state.TextOf(text(format)) }
	number := text("%08d")
	at := time.Date(2026, 1, 1, 0, 0, i%86_400, 0, time.UTC)
	customer := state.Customer{
		Number: number, Status: state.Active, Title: state.TextOf(text("MS%d")[:2]), FirstName: shown("Ada %d"), LastName: shown("Byron %d"),
		ContactEmail: text("ada.byron.%d@example.com"), ContactPhone: shown("+44 20 %d"), PreferredLanguage: state.DefaultLanguage,
		PreferredCurrency: state.DefaultCurrency, PreferredSite: state.DefaultSite, Version: 1, LastLogin: at, CreatedAt: at,
	}
	login := state.Login{
		ID: text("%010x"), CustomerNumber: number, Email: text("ada.byron.%d@example.com"), CreatedAt: at,
		PasswordHash: "$argon2id$v=19$m=512,t=1,p=1$" + text("%022d") + "$" + text("%043d"),
	}
	var addresses [2]state.Address
	for n := range addresses {
		addresses[n] = state.Address{
			CustomerNumber: number, ID: fmt.Sprintf("%010x", uint64(i)*2654435761%(1<<39)*2+uint64(n)), ContactName: shown("Ada Byron %d"),
			Street: shown("Piccadilly %d"), StreetNumber: shown("%d"), ZipCode: shown("%d"), City: shown("London %d"), Country: state.TextOf(text("GB%d")[:2]),
			ContactPhone: shown("+44 20 %d"), Tags: []string{text("BILLING%d")[:7]}, IsDefault: n == 0, Version: 1, CreatedAt: at,
		}
	}
	return customer, login, addresses
}

// crowd is a world with the customers from a number on.
func crowd(b *testing.B, s *engine.Server, name string, from, n int) *world.World {
	b.Helper()
	w, err := s.Worlds().Make(world.Sandbox{Name: name, Fixture: s.Config().Fixture})
	if err != nil {
		b.Fatal(err)
	}
	const atOnce = 10_000 // A transaction remembers all that it changed.
	for begin := from; begin < from+n; begin += atOnce {
		err := s.Change(w, func(step *call.Call) error {
			for i := begin; i < min(begin+atOnce, from+n); i++ {
				putCrowd(step.Txn, i)
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	return w
}

func putCrowd(txn *state.Txn, i int) {
	customer, login, addresses := crowdRows(i)
	txn.PutCustomer(customer)
	txn.PutLogin(login)
	for _, address := range addresses {
		txn.PutAddress(address)
	}
}

// shopper reads a profile.
type shopper struct{ path, token string }

// shoppers are customers of the worlds, drawn evenly, each with a token.
func shoppers(b *testing.B, s *engine.Server, worlds []*world.World, each int) []shopper {
	b.Helper()
	const most = 1000
	var all []shopper
	total := len(worlds) * each
	for n := range min(most, total) {
		i := n * (total / min(most, total))
		minted, err := s.Mint(worlds[i/each], service.Mint{Kind: "customer", Email: fmt.Sprintf("ada.byron.%d@example.com", i)})
		if err != nil {
			b.Fatal(err)
		}
		all = append(all, shopper{"/customer/" + worlds[i/each].Name() + "/me", minted.AccessToken})
	}
	return all
}

// browse has them read their profiles many times, and answers the time that one takes.
func browse(b *testing.B, s http.Handler, all []shopper) time.Duration {
	b.Helper()
	const times = 100_000
	w := &discard{header: http.Header{}}
	began := time.Now()
	for i := range times {
		one := all[i*7919%len(all)]
		request := httptest.NewRequestWithContext(context.Background(), http.MethodGet, one.path, http.NoBody)
		request.Header.Set("Authorization", "Bearer "+one.token)
		clear(w.header)
		s.ServeHTTP(w, request)
		if w.status != http.StatusOK {
			b.Fatalf("%s answered %d", one.path, w.status)
		}
	}
	return time.Since(began) / time.Duration(times)
}

func live() int64 {
	runtime.GC()
	runtime.GC() // What pools hold goes with the second.
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// BenchmarkCrowd is a million customers with a login and two addresses each, in one tenant and in ten thousand: what a
// customer takes of the heap, how much of that are the rows, and how long a profile takes, as a ratio to that among a
// thousand customers. Once beside them, in turn in the same process (ratio), and once before there was a crowd for the
// collector to look at (alone-ratio). Medians of five.
func BenchmarkCrowd(b *testing.B) {
	const few, many = 1000, 1_000_000
	defer debug.SetGCPercent(debug.SetGCPercent(200)) // As the command has it.
	small := enginetest.New(b)
	among := shoppers(b, small, []*world.World{crowd(b, small, "crowd", 0, few)}, few)
	alone := browsed(b, small, among)
	for _, tenants := range []int{1, 10_000} {
		b.Run(fmt.Sprintf("%d tenants", tenants), func(b *testing.B) {
			each := many / tenants
			before := live()
			s := enginetest.New(b)
			worlds := make([]*world.World, tenants)
			for i := range worlds {
				worlds[i] = crowd(b, s, fmt.Sprintf("crowd%d", i), i*each, each)
			}
			bytes := live() - before
			all := shoppers(b, s, worlds, each)
			for b.Loop() {
				beside, took := browsed(b, small, among), browsed(b, s, all)
				b.ReportMetric(float64(took)/float64(beside), "ratio")
				b.ReportMetric(float64(took)/float64(alone), "alone-ratio")
				b.ReportMetric(float64(took.Nanoseconds()), "ns/profile")
			}
			b.ReportMetric(float64(bytes)/many, "B/customer")
			b.ReportMetric(float64(rowBytes()), "row-B/customer")
			runtime.KeepAlive(s)
		})
	}
}

// browsed is the median of five times that they read their profiles, once all is warm.
func browsed(b *testing.B, s http.Handler, all []shopper) time.Duration {
	b.Helper()
	const rounds = 5
	browse(b, s, all)
	var took []time.Duration
	for range rounds {
		took = append(took, browse(b, s, all))
	}
	slices.Sort(took)
	return took[rounds/2]
}

// rowBytes is what the rows of a customer take without any index.
func rowBytes() int64 {
	const n = 10_000
	type rows struct {
		customer  *state.Customer
		login     []state.Login // As it lies in its customer.
		addresses [2]*state.Address
	}
	before := live()
	all := make([]rows, n)
	for i := range all {
		customer, login, addresses := crowdRows(i)
		all[i] = rows{&customer, []state.Login{login}, [2]*state.Address{&addresses[0], &addresses[1]}}
	}
	after := live()
	runtime.KeepAlive(all)
	return (after-before)/n - 40 // The slice of this function.
}
