package control

import (
	"sync"
	"time"

	"golang.org/x/sync/semaphore"

	"standin/engine"
	"standin/engine/call"
	"standin/engine/world"
	"standin/fixtures"
)

// Options configure the control API.
type Options struct {
	Fixture *fixtures.Fixture // that the server starts from
	Seed    []byte            // of the server
	Hash    call.HashCost
	Version string // of the binary
	Commit  string
	// APIOrigin is the origin of the service, if the control API has another one.
	APIOrigin string
	Access    Access
	// ImportTime bounds one import of a fixture, or one creation of customers; 30 seconds by default.
	ImportTime time.Duration
}

// Control is the control API of one server.
type Control struct {
	options Options
	home    *world.Fixture
	metrics *metrics
	reading *semaphore.Weighted // bytes of the fixtures that are being read, and of the tenants that are being exported

	mu       sync.Mutex
	embedded map[string]*world.Fixture // by their names, once they are used
}

// New returns a control API, whose parts go into the engine's configuration.
func New(options Options) *Control {
	c := &Control{options: options, metrics: newMetrics(), reading: semaphore.NewWeighted(readAtOnce), embedded: map[string]*world.Fixture{}}
	c.home = c.fixture(options.Fixture)
	return c
}

// Home returns the fixture that the server starts from.
func (p *Control) Home() *world.Fixture { return p.home }

// Handlers returns the table of all operations of the control API.
func (p *Control) Handlers() map[string]engine.ControlHandler { //nolint:funlen // A table.
	return map[string]engine.ControlHandler{
		"getLiveness":  getLiveness,
		"getReadiness": getReadiness,
		"getMetrics":   p.getMetrics,
		"getInfo":      p.getInfo,
		"getDocument":  getDocument,

		"listFixtures":    p.listFixtures,
		"listTenants":     p.listTenants,
		"createTenant":    p.createTenant,
		"getTenant":       p.getTenant,
		"deleteTenant":    deleteTenant,
		"resetTenant":     p.resetTenant,
		"listSnapshots":   listSnapshots,
		"createSnapshot":  createSnapshot,
		"deleteSnapshot":  deleteSnapshot,
		"restoreSnapshot": p.restoreSnapshot,
		"exportTenant":    p.exportTenant,
		"importTenant":    p.importTenant,

		"getClock": getClock,
		"setClock": setClock,

		"listMails":   listMails,
		"deleteMails": deleteMails,
		"getMail":     getMail,
		"previewMail": previewMail,
		"deleteMail":  deleteMail,

		"listEvents":     listEvents,
		"getEvent":       getEvent,
		"redeliverEvent": redeliverEvent,
		"deleteEvents":   deleteEvents,

		"listCustomers":    listCustomers,
		"createCustomers":  p.createCustomers,
		"getCustomer":      getCustomer,
		"updateCustomer":   updateCustomer,
		"deleteCustomer":   deleteCustomer,
		"activateCustomer": activateCustomer,
		"becomeCustomer":   p.becomeCustomer,
		"listSessions":     listSessions,
		"endSessions":      endSessions,
		"endSession":       endSession,
		"getSettings":      getSettings,
		"updateSettings":   updateSettings,
		"mintToken":        mintToken,
		"listPersonas":     listPersonas,
		"getPersona":       getPersona,
		"becomePersona":    p.becomePersona,

		"listPresets":  listPresets,
		"getFaults":    getFaults,
		"putFaults":    putFaults,
		"createFault":  createFault,
		"deleteFaults": deleteFaults,
		"deleteFault":  deleteFault,
		"releaseFault": releaseFault,

		"listStrays":     listJournal,
		"clearStrays":    clearJournal,
		"getStray":       p.getEntry,
		"explainStray":   p.explainEntry,
		"listJournal":    listJournal,
		"clearJournal":   clearJournal,
		"streamJournal":  streamJournal,
		"exportJournal":  p.exportJournal,
		"verifyJournal":  verifyJournal,
		"getEntry":       p.getEntry,
		"explainEntry":   p.explainEntry,
		"replayEntry":    replayEntry,
		"listViolations": listViolations,
		"getCoverage":    getCoverage,
	}
}
