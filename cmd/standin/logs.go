package main

import (
	"io"
	"log/slog"
	"os"
	"strings"

	"golang.org/x/term"

	"standin/engine/world"
)

// logger returns the logger for the flags.
func (s *serveCommand) logger(to io.Writer) *slog.Logger {
	var level slog.Level
	_ = level.UnmarshalText([]byte(s.LogLevel)) // kong has checked the level.
	options := &slog.HandlerOptions{Level: level}
	if s.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(to, options))
	}
	return slog.New(slog.NewTextHandler(to, options))
}

// mailLogger returns a function that logs a mail. The link contains a token, so by default it is logged only on a terminal,
// where a person may click it.
func (s *serveCommand) mailLogger(log *slog.Logger, to any) func(world.Mail) {
	links := s.LogMailLinks == "on"
	if file, ok := to.(*os.File); ok && s.LogMailLinks == "auto" {
		links = term.IsTerminal(int(file.Fd()))
	}
	return func(m world.Mail) {
		const most = 254 // greatest length of an e-mail address (RFC 5321)
		to := m.To
		if len(to) > most {
			to = to[:most] + "…"
		}
		attributes := []any{"tenant", m.Tenant, "kind", m.Kind, "to", strings.ToValidUTF8(to, "\ufffd")}
		if links && len(m.Link) <= 1000 {
			attributes = append(attributes, "link", m.Link)
		}
		log.Info("mail", attributes...)
	}
}
