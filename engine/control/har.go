package control

import (
	"context"
	"fmt"
	"io"
	"iter"
	"net/http"
	"net/url"
	"time"

	"github.com/go-json-experiment/json"

	"standin/engine"
	"standin/engine/journal"
	"standin/spec"
)

// The parts of an HTTP archive (HAR 1.2) that the journal can fill.
type harEntry struct {
	StartedDateTime time.Time      `json:"startedDateTime"`
	Time            float64        `json:"time"`
	Request         harRequest     `json:"request"`
	Response        harResponse    `json:"response"`
	Cache           map[string]any `json:"cache"`
	Timings         harTimings     `json:"timings"`
	Comment         string         `json:"comment,omitempty"`
}

type harRequest struct {
	Method      string    `json:"method"`
	URL         string    `json:"url"`
	HTTPVersion string    `json:"httpVersion"`
	Cookies     []harPair `json:"cookies"`
	Headers     []harPair `json:"headers"`
	QueryString []harPair `json:"queryString"`
	PostData    *harData  `json:"postData,omitempty"`
	HeadersSize int       `json:"headersSize"`
	BodySize    int       `json:"bodySize"`
}

type harResponse struct {
	Status      int        `json:"status"`
	StatusText  string     `json:"statusText"`
	HTTPVersion string     `json:"httpVersion"`
	Cookies     []harPair  `json:"cookies"`
	Headers     []harPair  `json:"headers"`
	Content     harContent `json:"content"`
	RedirectURL string     `json:"redirectURL"`
	HeadersSize int        `json:"headersSize"`
	BodySize    int        `json:"bodySize"`
}

type harPair struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type harData struct {
	MimeType string `json:"mimeType"`
	Text     string `json:"text"`
}

type harContent struct {
	Size     int    `json:"size"`
	MimeType string `json:"mimeType"`
	Text     string `json:"text,omitempty"`
}

type harTimings struct {
	Send    float64 `json:"send"`
	Wait    float64 `json:"wait"`
	Receive float64 `json:"receive"`
}

// exportJournal answers the exchanges as an HTTP archive or as curl lines. It writes them one by one, since an archive may be as
// large as the journal, and several slow clients may read it.
//
// GET /_standin/tenants/{tenant}/journal/export
func (p *Control) exportJournal(c *engine.ControlCall) (spec.Reply, error) {
	wanted, err := filterOf(c)
	if err != nil {
		return spec.Reply{}, err
	}
	exchanges := matching(c.World.Journal(), wanted)
	origin := p.apiOrigin(c)
	body := spec.Opaque{MediaType: "application/json", Stream: func(_ context.Context, w io.Writer, _ func() error) error {
		return p.writeHAR(w, origin, exchanges)
	}}
	if c.Param("format") == "curl" {
		body = spec.Opaque{MediaType: "text/plain; charset=utf-8", Stream: func(_ context.Context, w io.Writer, _ func() error) error {
			return writeCurl(w, origin, exchanges)
		}}
	}
	return spec.Reply{Status: http.StatusOK, Body: body}, nil
}

// matching returns the entries of a journal that match a filter.
func matching(kept *journal.Journal, wanted filter) iter.Seq[*journal.Entry] {
	return func(yield func(*journal.Entry) bool) {
		for e := range kept.All() {
			if wanted.takes(e) && !yield(e) {
				return
			}
		}
	}
}

func writeCurl(w io.Writer, origin string, exchanges iter.Seq[*journal.Entry]) error {
	for e := range exchanges {
		if _, err := fmt.Fprintln(w, curlOf(origin, e)); err != nil {
			return err
		}
	}
	return nil
}

func (p *Control) writeHAR(w io.Writer, origin string, exchanges iter.Seq[*journal.Entry]) error {
	creator, err := json.Marshal(map[string]any{"name": "standin", "version": p.options.Version}, json.Deterministic(true))
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(w, `{"log":{"version":"1.2","creator":%s,"entries":[`, creator); err != nil {
		return err
	}
	comma := ""
	for e := range exchanges {
		entry, err := json.Marshal(harOf(origin, e), json.Deterministic(true))
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintf(w, "%s\n%s", comma, entry); err != nil {
			return err
		}
		comma = ","
	}
	_, err = fmt.Fprint(w, "\n]}}\n")
	return err
}

func harOf(origin string, e *journal.Entry) harEntry {
	const version, unknown = "HTTP/1.1", -1
	took := float64(e.Took.Microseconds()) / 1000
	out := harEntry{
		StartedDateTime: e.At, Time: took, Cache: map[string]any{}, Timings: harTimings{Wait: took}, Comment: e.Operation,
		Request: harRequest{
			Method: e.Method, URL: origin + e.Target, HTTPVersion: version, Cookies: []harPair{}, Headers: pairs(e.Request.Header),
			QueryString: []harPair{}, HeadersSize: unknown, BodySize: e.Request.Size,
		},
		Response: harResponse{
			Status: e.Status, StatusText: http.StatusText(e.Status), HTTPVersion: version, Cookies: []harPair{}, Headers: pairs(e.Response.Header),
			Content:     harContent{Size: e.Response.Size, MimeType: typeOf(e.Response.Header), Text: string(e.Response.Body)},
			HeadersSize: unknown, BodySize: e.Response.Size,
		},
	}
	if u, err := url.ParseRequestURI(e.Target); err == nil {
		query := u.Query()
		for _, name := range sortedNames(query) {
			for _, value := range query[name] {
				out.Request.QueryString = append(out.Request.QueryString, harPair{name, value})
			}
		}
	}
	if e.Request.Omitted != "" {
		out.Comment += ": the body was not kept, " + e.Request.Omitted
	} else if e.Request.Size > 0 {
		out.Request.PostData = &harData{MimeType: typeOf(e.Request.Header), Text: string(e.Request.Body)}
	}
	return out
}

func pairs(header [][2]string) []harPair {
	out := []harPair{}
	for _, one := range header {
		out = append(out, harPair{one[0], one[1]})
	}
	return out
}

func typeOf(header [][2]string) string {
	for _, one := range header {
		if one[0] == "Content-Type" {
			return one[1]
		}
	}
	return ""
}
