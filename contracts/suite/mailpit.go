package suite

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

// mailedToken matches the token in the text of a mail (W-TOKEN).
var mailedToken = regexp.MustCompile(`\b[0-9A-Za-z]{64}\b`)

// kindOf returns the kind of a mail by the words of its subject.
func kindOf(subject string) string {
	subject = strings.ToLower(subject)
	switch {
	case strings.Contains(subject, "password"):
		return "password-reset"
	case strings.Contains(subject, "delet"):
		return "deletion"
	case strings.Contains(subject, "new e-mail"), strings.Contains(subject, "new email"), strings.Contains(subject, "change"):
		return "email-change"
	}
	return "opt-in"
}

// mailpitPause is the time that a mail may take to arrive.
const mailpitPause = time.Second

// mailpit returns the mails to the spec's customers from a Mailpit (API version 1), the oldest first.
func (w *World) mailpit() []Mail {
	GinkgoHelper()
	time.Sleep(mailpitPause) //nolint:forbidigo // A real mail server delivers in wall time.
	var found struct {
		Messages []struct {
			ID      string `json:"ID"`
			Subject string `json:"Subject"`
			To      []struct {
				Address string `json:"Address"`
			} `json:"To"`
		} `json:"messages"`
	}
	w.readInbox(searchInbox(w.namespace.tag), &found)
	var mails []Mail
	for _, one := range found.Messages {
		var message struct {
			Text string `json:"Text"`
			HTML string `json:"HTML"`
		}
		w.readInbox("/api/v1/message/"+url.PathEscape(one.ID), &message)
		mail := Mail{Kind: kindOf(one.Subject), Token: mailedToken.FindString(message.Text + " " + message.HTML)}
		if len(one.To) > 0 {
			mail.To = string(w.namespace.in([]byte(one.To[0].Address)))
		}
		mails = append([]Mail{mail}, mails...) // Mailpit lists the newest first.
	}
	return mails
}

// searchInbox returns the path at which a Mailpit lists the mails to addresses that contain a text.
func searchInbox(text string) string {
	return "/api/v1/search?limit=200&query=" + url.QueryEscape(`to:"`+text+`"`)
}

// readInbox decodes the answer of the inbox at a path. It skips the spec if there is none.
func (w *World) readInbox(path string, into any) {
	GinkgoHelper()
	request, err := w.suite.inboxRequest(path)
	Expect(err).NotTo(HaveOccurred())
	recorded := w.record("MAILED", "the inbox", request, nil)
	header, body, err := w.suite.readInbox(request, into)
	recorded.setAnswer(http.StatusOK, header, body)
	if err != nil {
		Skip(inconclusive + "the inbox: " + err.Error())
	}
}

// inboxRequest returns a request to the inbox.
func (s *Suite) inboxRequest(path string) (*http.Request, error) {
	return http.NewRequestWithContext(context.Background(), http.MethodGet, strings.TrimRight(s.Target.InboxURL, "/")+path, http.NoBody)
}

// readInbox sends a request to the inbox and decodes the answer. It returns an error if there is no answer, or if it is not
// the answer of a Mailpit.
func (s *Suite) readInbox(request *http.Request, into any) (http.Header, []byte, error) {
	response, err := s.client.Do(request)
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		err = wrapped.Err // The outer error has the URL, which may have a password.
	}
	if err != nil {
		return nil, nil, fmt.Errorf("it did not answer: %w; give the address of a Mailpit", err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(response.Body, mostAnswer))
	if err != nil || response.StatusCode != http.StatusOK || json.Unmarshal(body, into) != nil {
		err = fmt.Errorf("it answered %d and no list of mails; give the address of a Mailpit", response.StatusCode)
	}
	return response.Header, body, err
}
