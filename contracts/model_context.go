package contracts

import (
	"maps"
	"net/http"
	"slices"

	"pgregory.net/rapid"

	. "standin/contracts/suite"
)

// The choices of shoppers that steps change, by their parameters.
//
//nolint:gochecknoglobals // Tables.
var (
	modelCurrencies = rapid.SampledFrom([]any{"EUR", "CHF", nil})
	modelLanguages  = rapid.SampledFrom([]any{"de", "fr", nil})
	modelKeys       = rapid.SampledFrom([]string{"weather", "mood"})
)

// shopper returns the newest anonymous token. It begins a session if there is none or it has expired.
func (d *driver) shopper() *modelShopper {
	if n := len(d.shoppers); n > 0 && d.now.Before(d.shoppers[n-1].accessEnds) {
		return d.shoppers[n-1]
	}
	return d.enter(modelTexts{})
}

// enter begins an anonymous session with choices.
func (d *driver) enter(chosen modelTexts) *modelShopper {
	parts := []Part{Query("tenant", d.Tenant), Query("client_id", "storefront")}
	for name, value := range chosen {
		parts = append(parts, Query(name, value))
	}
	answer := d.Do("anonymousLogin", parts...).Must(http.StatusOK)
	d.shoppers = append(d.shoppers, &modelShopper{
		access: answer.Text("access_token"), refresh: answer.Text("refresh_token"), session: d.begin(answer.Text("sessionId"), chosen),
		accessEnds: d.now.Add(day / 24), refreshEnds: d.now.Add(day),
	})
	return d.shoppers[len(d.shoppers)-1]
}

// drawChoices draws what a shopper chooses; null clears.
func drawChoices(t *rapid.T) H {
	change := H{"currency": modelCurrencies.Draw(t, "currency"), "language": modelLanguages.Draw(t, "language")}
	if !mostly(t) {
		delete(change, "currency")
	}
	if mostly(t) {
		delete(change, "language")
	}
	return change
}

func (d *driver) shop(t *rapid.T) {
	chosen := modelTexts{"siteCode": "berlin", "targetLocation": "DE"}
	chosen.merge(drawChoices(t))
	d.do(t, func() { d.enter(chosen) })
}

// renew refreshes an anonymous token. Parameters are choices, and what is not sent stays (ANON-REFRESH).
func (d *driver) renew(t *rapid.T) {
	shopper := recent(t, d.shoppers, "shopper", func(one *modelShopper) bool { return d.now.Before(one.refreshEnds) })
	change := drawChoices(t)
	d.do(t, func() {
		parts := []Part{Query("tenant", d.Tenant), Query("client_id", "storefront"), Query("refresh_token", shopper.refresh)}
		sent := H{}
		for name, value := range change {
			if text, ok := value.(string); ok {
				sent[name] = text
				parts = append(parts, Query(name, text))
			}
		}
		answer := d.Do("anonymousRefresh", parts...)
		if !d.now.Before(shopper.refreshEnds) {
			answer.Must(http.StatusUnauthorized)
			return
		}
		d.change(shopper.session, shopper.session.chosen.merge(sent))
		d.shoppers = append(d.shoppers, &modelShopper{
			access: answer.Must(http.StatusOK).Text("access_token"), refresh: shopper.refresh, session: shopper.session,
			accessEnds: d.now.Add(day / 24), refreshEnds: shopper.refreshEnds,
		})
	})
}

// caller draws a caller that has a session: the shopper or a customer whose token is valid.
func (d *driver) caller(t *rapid.T) (string, *modelSession) {
	if live := slices.DeleteFunc(slices.Clone(d.tokens), func(one *modelToken) bool { return !d.live(one) }); len(live) > 0 && rapid.Bool().Draw(t, "customer") {
		token := recent(t, live, "token", d.live)
		return token.access, token.session
	}
	shopper := d.shoppers[len(d.shoppers)-1]
	if !d.now.Before(shopper.accessEnds) {
		t.Skip("the shopper has left")
	}
	return shopper.access, shopper.session
}

func (d *driver) changeContext(t *rapid.T) {
	access, session := d.caller(t)
	change, stale := drawChoices(t), rapid.IntRange(0, 3).Draw(t, "stale") == 3
	d.do(t, func() {
		body := maps.Clone(change)
		body["metadata"] = H{"version": session.version}
		if stale {
			body["metadata"] = H{"version": session.version - 1}
			d.Do("updateSessionContext", Bearer(access), Body(body)).Must(http.StatusConflict)
			return
		}
		d.Do("updateSessionContext", Bearer(access), Body(body)).Must(http.StatusNoContent)
		d.change(session, session.chosen.merge(change))
	})
}

func (d *driver) changeAttribute(t *rapid.T) {
	access, session := d.caller(t)
	key, add := modelKeys.Draw(t, "key"), mostly(t)
	value := rapid.SampledFrom([]any{"rain", "sun", 5}).Draw(t, "value")
	d.do(t, func() {
		before, there := session.attributes[key]
		switch {
		case !add:
			d.Do("deleteContextAttribute", Bearer(access), Path("attributeName", key)).Must(http.StatusNoContent)
			delete(session.attributes, key)
			d.change(session, there)
		case value == 5:
			d.Do("addContextAttribute", Bearer(access), Body(H{"key": key, "value": value})).MustNameField("value")
		default:
			d.Do("addContextAttribute", Bearer(access), Body(H{"key": key, "value": value})).Must(http.StatusCreated)
			session.attributes[key] = value
			d.change(session, before != value)
		}
	})
}
