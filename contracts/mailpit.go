package contracts

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

// mailedToken finds the token in the text of a mail (W-TOKEN).
var mailedToken = regexp.MustCompile(`\b[0-9A-Za-z]{64}\b`)

// kindOf tells what a mail of another server is for by the words of its subject.
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

// mailpitPause is how long a mail may be on its way before it is looked for.
const mailpitPause = time.Second

// mailpit lists the mails of the spec's customers in a Mailpit (its API, version 1), oldest first.
func (w *World) mailpit() []Mail {
	GinkgoHelper()
	time.Sleep(mailpitPause) //nolint:forbidigo // A mail server in between has its own time.
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
		mails = append([]Mail{mail}, mails...) // It answers the newest first.
	}
	return mails
}

// searchInbox is the path at which a Mailpit lists the mails to addresses with a text in them.
func searchInbox(text string) string {
	return "/api/v1/search?limit=200&query=" + url.QueryEscape(`to:"`+text+`"`)
}

func (w *World) readInbox(path string, into any) {
	GinkgoHelper()
	request, err := w.suite.inboxRequest(path)
	Expect(err).NotTo(HaveOccurred())
	shown := w.record("MAILED", "the inbox", request, nil)
	header, body, err := w.suite.readInbox(request, into)
	shown.answered(http.StatusOK, header, body)
	if err != nil {
		Skip(inconclusive + "the inbox: " + err.Error())
	}
}

func (s *suite) inboxRequest(path string) (*http.Request, error) {
	return http.NewRequestWithContext(context.Background(), http.MethodGet, strings.TrimRight(s.target.InboxURL, "/")+path, http.NoBody)
}

// readInbox decodes what the inbox answers. It returns an error if there is no answer, or not one of a Mailpit.
func (s *suite) readInbox(request *http.Request, into any) (http.Header, []byte, error) {
	response, err := s.client.Do(request)
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		err = wrapped.Err // It repeats the URL.
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
