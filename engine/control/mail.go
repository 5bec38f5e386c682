package control

import (
	"bytes"
	"html/template"
	"net/http"
	"strconv"
	"strings"
	"time"

	"standin/engine"
	"standin/engine/call"
	"standin/engine/refusal"
	"standin/engine/world"
	"standin/spec"
	"standin/state"
)

type mailView struct {
	ID        string    `json:"id"`
	Kind      string    `json:"kind"`
	To        string    `json:"to"`
	Subject   string    `json:"subject"`
	Token     string    `json:"token"`
	Link      string    `json:"link"`
	SentAt    time.Time `json:"sentAt"`
	ExpiresAt time.Time `json:"expiresAt"`
	Site      string    `json:"site,omitempty"`
}

func viewMail(m world.Mail) mailView {
	return mailView{
		ID: m.ID, Kind: m.Kind, To: m.To, Subject: m.Subject, Token: m.Token, Link: m.Link,
		SentAt: m.SentAt.UTC(), ExpiresAt: m.ExpiresAt.UTC(), Site: m.Site,
	}
}

// limit returns how many items an answer may list.
func limit(c *engine.ControlCall) int {
	const ordinary = 100
	if n, err := strconv.Atoi(c.Param("limit")); err == nil {
		return n
	}
	return ordinary
}

// mostWait is the longest time that a request may wait for a mail or an event, or that a fault may delay an answer.
const mostWait = 5 * time.Minute

// newest reports whether a list is requested newest first.
func newest(c *engine.ControlCall) bool { return c.Param("order") == "newest" }

// query returns which part of the mails or events a request selects.
func query(c *engine.ControlCall) (world.Query, error) {
	q := world.Query{Newest: newest(c), Most: limit(c)}
	q.Latest, _ = strconv.ParseBool(c.Param("latest")) // It is well-formed: the request was checked against the document.
	var ok bool
	if q.From, ok = world.ParseCursor(c.Param("after")); !ok {
		return q, refusal.Value("after", "must be the cursor of an earlier answer")
	}
	var err error
	switch q.Wait, err = duration("wait", c.Param("wait")); {
	case err != nil:
		return q, err
	case q.Wait > mostWait:
		return q, refusal.Value("wait", "must be at most %s", mostWait)
	case q.Wait > 0 && q.Newest && !q.Latest && c.Param("after") != "":
		return q, refusal.Value("wait", "waits for what is sent from now on, but with order=newest the page after a cursor is older; leave after out, or ask with latest=true")
	}
	return q, nil
}

// list answers, under a name, the part of the mails or events that a request selects, and the cursor after it.
func list[R, V, W any](c *engine.ControlCall, name string, feed world.Feed[R, V], view func(V) W) (spec.Reply, error) {
	q, err := query(c)
	if err != nil {
		return spec.Reply{}, err
	}
	rows, cursor := feed.Read(c.Context(), q)
	views := make([]W, 0, len(rows))
	for _, row := range rows {
		views = append(views, view(row))
	}
	return call.Answer(http.StatusOK, map[string]any{name: views, "cursor": cursor.String()})
}

// listMails answers the mails after a cursor, oldest first unless order says otherwise, or only the latest one. With wait it
// answers once there is one.
//
// GET /_standin/tenants/{tenant}/mail
func listMails(c *engine.ControlCall) (spec.Reply, error) {
	filter := world.MailFilter{To: c.Param("to"), Kind: c.Param("kind")}
	if strings.Contains(filter.To, " ") && !spec.IsEmail(filter.To) {
		return spec.Reply{}, refusal.Value("to", "holds a blank, which no address has; if a plus sign is meant, write %%2B: in a query, + is a blank")
	}
	return list(c, "mails", c.World.Mails(filter), viewMail)
}

// mailOf returns the mail that a control request names.
func mailOf(c *engine.ControlCall) (world.Mail, error) {
	m, ok := c.World.Mail(c.Param("mail"))
	if !ok {
		return m, refusal.NotFound("There is no mail %s. GET /_standin/tenants/%s/mail lists them.", c.Param("mail"), c.World.Name())
	}
	return m, nil
}

// getMail answers one mail.
//
// GET /_standin/tenants/{tenant}/mail/{mail}
func getMail(c *engine.ControlCall) (spec.Reply, error) {
	m, err := mailOf(c)
	if err != nil {
		return spec.Reply{}, err
	}
	return call.Answer(http.StatusOK, viewMail(m))
}

var page = template.Must( //nolint:gochecknoglobals // A constant that Go cannot declare as one.
	template.New("mail").Parse(`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{{.Subject}}</title>
<meta name="viewport" content="width=device-width, initial-scale=1"></head>
<body style="font-family: sans-serif; max-width: 40rem; margin: 2rem auto; padding: 0 1rem">
<p>To: {{.To}}<br>Sent: {{.SentAt.UTC.Format "2 January 2006, 15:04:05"}} UTC</p>
<h1>{{.Subject}}</h1>
<p><a href="{{.Link}}">{{.Link}}</a></p>
<p>The link works once, until {{.ExpiresAt.UTC.Format "2 January 2006, 15:04:05"}} UTC of the tenant's time.</p>
</body></html>
`))

// previewMail answers a mail as a page. The page runs no script and loads nothing.
//
// GET /_standin/tenants/{tenant}/mail/{mail}/preview
func previewMail(c *engine.ControlCall) (spec.Reply, error) {
	m, err := mailOf(c)
	if err != nil {
		return spec.Reply{}, err
	}
	var html bytes.Buffer
	if err := page.Execute(&html, m); err != nil {
		return spec.Reply{}, err
	}
	return spec.Reply{
		Status: http.StatusOK,
		Header: http.Header{"Content-Security-Policy": {"default-src 'none'; style-src 'unsafe-inline'"}},
		Body:   spec.Opaque{MediaType: "text/html; charset=utf-8", Bytes: html.Bytes()},
	}, nil
}

// deleteMail removes one mail. Its token stays valid.
//
// DELETE /_standin/tenants/{tenant}/mail/{mail}
func deleteMail(c *engine.ControlCall) (spec.Reply, error) {
	m, err := mailOf(c)
	if err != nil {
		return spec.Reply{}, err
	}
	err = c.Server.Change(c.World, func(in *call.Call) error {
		in.Txn.DropMail(m.ID)
		return nil
	})
	return spec.Reply{Status: http.StatusNoContent}, err
}

// deleteMails empties the mailbox.
//
// DELETE /_standin/tenants/{tenant}/mail
func deleteMails(c *engine.ControlCall) (spec.Reply, error) {
	err := c.Server.Change(c.World, func(in *call.Call) error {
		var ids []string
		in.Txn.EachMail(0, func(m state.Mail) bool {
			ids = append(ids, m.ID)
			return true
		})
		for _, id := range ids {
			in.Txn.DropMail(id)
		}
		return nil
	})
	return spec.Reply{Status: http.StatusNoContent}, err
}
