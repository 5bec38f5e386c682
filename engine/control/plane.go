package control

import (
	"sync"
	"time"

	"golang.org/x/sync/semaphore"

	"standin/engine"
	"standin/fixtures"
)

// Options are what the control plane needs from outside.
type Options struct {
	Fixture *fixtures.Fixture // what the server starts from
	Seed    []byte            // of the server
	Hash    engine.HashCost
	Version string // of the binary
	Commit  string
	// APIOrigin is where the service is, if it is not where the control plane is.
	APIOrigin string
	Access    Access
	// ImportTime is how long one import of a fixture, or one making of customers, may take; 0 is 30 seconds.
	ImportTime time.Duration
}

// Control is the control plane of one server.
type Control struct {
	options Options
	home    *engine.Fixture
	metrics *metrics
	reading *semaphore.Weighted // bytes of the fixtures that are being read

	mu       sync.Mutex
	embedded map[string]*engine.Fixture // those that somebody has asked for
}

// New makes a control plane, whose parts go into the engine's configuration.
func New(options Options) *Control {
	c := &Control{options: options, metrics: newMetrics(), reading: semaphore.NewWeighted(readAtOnce), embedded: map[string]*engine.Fixture{}}
	c.home = c.fixture(options.Fixture)
	return c
}

// Home is the fixture that the server starts from.
func (p *Control) Home() *engine.Fixture { return p.home }

// Plane is the table of all operations of the control plane.
func (p *Control) Plane() engine.Plane { //nolint:funlen // A table.
	return engine.Plane{
		"getLiveness":  engine.Steers(getLiveness),
		"getReadiness": engine.Steers(getReadiness),
		"getMetrics":   engine.Steers(p.getMetrics),
		"getInfo":      engine.Steers(p.getInfo),
		"getDocument":  engine.Steers(getDocument),

		"listFixtures":    engine.Steers(p.listFixtures),
		"listTenants":     engine.Steers(p.listTenants),
		"createTenant":    engine.Steers(p.createTenant),
		"getTenant":       engine.Steers(p.getTenant),
		"deleteTenant":    engine.Steers(deleteTenant),
		"resetTenant":     engine.Steers(p.resetTenant),
		"listSnapshots":   engine.Steers(listSnapshots),
		"createSnapshot":  engine.Steers(createSnapshot),
		"deleteSnapshot":  engine.Steers(deleteSnapshot),
		"restoreSnapshot": engine.Steers(p.restoreSnapshot),
		"exportTenant":    engine.Steers(exportTenant),
		"importTenant":    engine.Steers(p.importTenant),

		"getClock": engine.Steers(getClock),
		"setClock": engine.Steers(setClock),

		"listMails":   engine.Steers(listMails),
		"deleteMails": engine.Steers(deleteMails),
		"getMail":     engine.Steers(getMail),
		"previewMail": engine.Steers(previewMail),
		"deleteMail":  engine.Steers(deleteMail),

		"listCustomers":    engine.Steers(listCustomers),
		"createCustomers":  engine.Steers(p.createCustomers),
		"getCustomer":      engine.Steers(getCustomer),
		"updateCustomer":   engine.Steers(updateCustomer),
		"deleteCustomer":   engine.Steers(deleteCustomer),
		"activateCustomer": engine.Steers(activateCustomer),
		"becomeCustomer":   engine.Steers(p.becomeCustomer),
		"listSessions":     engine.Steers(listSessions),
		"endSessions":      engine.Steers(endSessions),
		"endSession":       engine.Steers(endSession),
		"getSettings":      engine.Steers(getSettings),
		"updateSettings":   engine.Steers(updateSettings),
		"mintToken":        engine.Steers(mintToken),
		"listPersonas":     engine.Steers(listPersonas),
		"getPersona":       engine.Steers(getPersona),
		"becomePersona":    engine.Steers(p.becomePersona),

		"listPresets":  engine.Steers(listPresets),
		"getFaults":    engine.Steers(getFaults),
		"putFaults":    engine.Steers(putFaults),
		"createFault":  engine.Steers(createFault),
		"deleteFaults": engine.Steers(deleteFaults),
		"deleteFault":  engine.Steers(deleteFault),
		"releaseFault": engine.Steers(releaseFault),

		"listStrays":     engine.Steers(listJournal),
		"clearStrays":    engine.Steers(clearJournal),
		"getStray":       engine.Steers(p.getEntry),
		"explainStray":   engine.Steers(p.explainEntry),
		"listJournal":    engine.Steers(listJournal),
		"clearJournal":   engine.Steers(clearJournal),
		"streamJournal":  engine.Steers(streamJournal),
		"exportJournal":  engine.Steers(p.exportJournal),
		"verifyJournal":  engine.Steers(verifyJournal),
		"getEntry":       engine.Steers(p.getEntry),
		"explainEntry":   engine.Steers(p.explainEntry),
		"replayEntry":    engine.Steers(replayEntry),
		"listViolations": engine.Steers(listViolations),
		"getCoverage":    engine.Steers(getCoverage),
	}
}
