package control

import (
	"bytes"
	"strconv"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/expfmt"

	"standin/engine"
)

// metrics count what the whole process does. Tenants are no labels: there may be thousands of them.
type metrics struct {
	registry   *prometheus.Registry
	requests   *prometheus.CounterVec
	latency    *prometheus.HistogramVec
	injected   prometheus.Counter
	violations prometheus.Gauge
	worlds     prometheus.Gauge
	journal    prometheus.Gauge
}

func newMetrics() *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
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
	}
	m.registry.MustRegister(m.requests, m.latency, m.injected, m.violations, m.worlds, m.journal)
	return m
}

// Observe counts an exchange.
func (p *Control) Observe(o engine.Observation) {
	operation := o.Operation
	if operation == "" {
		operation = "none"
	}
	p.metrics.requests.WithLabelValues(operation, strconv.Itoa(o.Status)).Inc()
	p.metrics.latency.WithLabelValues(operation).Observe(o.Took.Seconds())
	if o.Injected {
		p.metrics.injected.Inc()
	}
}

// text is all metrics in Prometheus's text format, and its media type.
func (m *metrics) text(s *engine.Server) ([]byte, string, error) {
	m.violations.Set(float64(s.Violations()))
	m.worlds.Set(float64(len(s.Worlds())))
	m.journal.Set(float64(s.JournalBytes()))
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
