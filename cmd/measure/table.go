package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// table returns the results as a Markdown table. A ratio compares the medians of a peer and of the bare server right before
// and after it.
func table(results []result, about string) string {
	var out strings.Builder
	fmt.Fprintf(&out, "%s\n\n", about)
	out.WriteString("| Operation | Server | Requests/s | to bare | CPU/request | to bare | p50 | p99 | Peak memory | Start |\n")
	out.WriteString("|---|---|--:|--:|--:|--:|--:|--:|--:|--:|\n")
	var odd []string
	for _, one := range results {
		rate, cpu := median(one.own, figures.perSecond), median(one.own, figures.perRequest)
		fmt.Fprintf(&out, "| %s | %s | %.0f | %.2f | %.0f µs | %.2f | %s | %s | %d MB | %s |\n",
			one.operation, one.peer, rate, rate/median(one.bare, figures.perSecond), cpu, cpu/median(one.bare, figures.perRequest),
			short(median(one.own, func(f figures) time.Duration { return f.p50 })), short(median(one.own, func(f figures) time.Duration { return f.p99 })),
			one.peak>>20, short(one.ready))
		for _, f := range one.own {
			for _, text := range f.odd {
				odd = append(odd, fmt.Sprintf("%s, %s: %s", one.operation, one.peer, text))
			}
		}
	}
	slices.Sort(odd)
	for _, text := range slices.Compact(odd) {
		fmt.Fprintf(&out, "\n%s", text)
	}
	return out.String()
}

// perSecond returns the requests per second.
func (f figures) perSecond() float64 { return f.rate }

// perRequest returns the CPU time per request.
func (f figures) perRequest() float64 { return f.cpu }

// median returns the median of a value over figures.
func median[T cmp.Ordered](all []figures, of func(figures) T) T {
	values := make([]T, 0, len(all))
	for _, one := range all {
		values = append(values, of(one))
	}
	slices.Sort(values)
	return values[len(values)/2]
}

// short returns a duration with about three digits.
func short(d time.Duration) string {
	switch {
	case d < time.Millisecond:
		return d.Round(time.Microsecond).String()
	case d < time.Second:
		return fmt.Sprintf("%.2f ms", float64(d.Microseconds())/1000)
	}
	return fmt.Sprintf("%.2f s", d.Seconds())
}
