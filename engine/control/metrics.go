package control

import (
	"bytes"
	"regexp"
	"strconv"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/common/expfmt"

	"standin/engine"
)

// metrics are the metrics of the process. No label names a tenant, since there may be thousands of them.
type metrics struct {
	registry   *prometheus.Registry
	requests   *prometheus.CounterVec
	latency    *prometheus.HistogramVec
	injected   prometheus.Counter
	violations prometheus.Gauge
	worlds     prometheus.Gauge
	journal    prometheus.Gauge
	snapshots  prometheus.Gauge

	mu     sync.RWMutex
	series map[outcome]series // a lookup by labels costs more than the counting
}

// outcome identifies a series.
type outcome struct {
	operation string
	status    int
}

type series struct {
	requests prometheus.Counter
	latency  prometheus.Observer
}

// of returns the series of an outcome.
func (m *metrics) of(o outcome) series {
	m.mu.RLock()
	known, ok := m.series[o]
	m.mu.RUnlock()
	if ok {
		return known
	}
	operation := o.operation
	if operation == "" {
		operation = "none"
	}
	made := series{
		requests: m.requests.WithLabelValues(operation, strconv.Itoa(o.status)),
		latency:  m.latency.WithLabelValues(operation),
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.series[o] = made
	return made
}

// heapLive matches the runtime metrics of the heap that was in use at the last garbage collection.
var heapLive = regexp.MustCompile("^/gc/(heap/live:bytes|cycles/total:gc-cycles)$")

func newMetrics() *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		series:   map[outcome]series{},
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "standin_requests_total", Help: "Exchanges by operation and status; status 0 is a dropped connection.",
		}, []string{"operation", "status"}),
		latency: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "standin_request_seconds", Help: "Time from the request to its answer.",
			Buckets: []float64{.0001, .00025, .0005, .001, .0025, .005, .01, .025, .1, .5, 2.5},
		}, []string{"operation"}),
		injected: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "standin_injected_total", Help: "Answers that a fault took the place of.",
		}),
		violations: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "standin_violations", Help: "Answers of the stand-in's own that broke the document.",
		}),
		worlds: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "standin_worlds", Help: "Tenants that have a world of their own.",
		}),
		journal: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "standin_journal_bytes", Help: "About what all journals take in memory.",
		}),
		snapshots: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "standin_snapshot_bytes", Help: "What all snapshots together hold at most.",
		}),
	}
	m.registry.MustRegister(m.requests, m.latency, m.injected, m.violations, m.worlds, m.journal, m.snapshots,
		// The resources of the process: memory, goroutines, file descriptors, time.
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		collectors.NewGoCollector(collectors.WithGoCollectorRuntimeMetrics(collectors.GoRuntimeMetricsRule{Matcher: heapLive})),
	)
	return m
}

// Observe counts an exchange.
func (p *Control) Observe(o engine.Observation) {
	of := p.metrics.of(outcome{operation: o.Operation, status: o.Status})
	of.requests.Inc()
	of.latency.Observe(o.Took.Seconds())
	if o.Injected {
		p.metrics.injected.Inc()
	}
}

// text returns all metrics in Prometheus's text format, and its media type.
func (m *metrics) text(s *engine.Server) ([]byte, string, error) {
	m.violations.Set(float64(s.Violations()))
	m.worlds.Set(float64(s.Worlds().Count()))
	m.journal.Set(float64(s.Worlds().JournalBytes()))
	m.snapshots.Set(float64(s.Worlds().SnapshotBytes()))
	families, err := m.registry.Gather()
	if err != nil {
		return nil, "", err
	}
	format := expfmt.NewFormat(expfmt.TypeTextPlain)
	var out bytes.Buffer
	encoder := expfmt.NewEncoder(&out, format)
	for _, family := range families {
		if err := encoder.Encode(family); err != nil {
			return nil, "", err
		}
	}
	return out.Bytes(), string(format), nil
}
