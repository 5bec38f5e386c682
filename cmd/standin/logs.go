package main

import (
	"io"
	"log/slog"
	"os"
	"strings"

	"golang.org/x/term"

	"standin/engine/world"
)

func (s *serveCommand) logger(to io.Writer) *slog.Logger {
	var level slog.Level
	_ = level.UnmarshalText([]byte(s.LogLevel)) // The flag takes only its levels.
	options := &slog.HandlerOptions{Level: level}
	if s.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(to, options))
	}
	return slog.New(slog.NewTextHandler(to, options))
}

// mailLogger logs every mail. Its link holds a token, so it is shown only where a person watches and may click it.
func (s *serveCommand) mailLogger(log *slog.Logger, to any) func(world.Mail) {
	links := s.LogMailLinks == "on"
	if file, ok := to.(*os.File); ok && s.LogMailLinks == "auto" {
		links = term.IsTerminal(int(file.Fd()))
	}
	return func(m world.Mail) {
		const most = 254 // characters of an e-mail address that can be delivered (RFC 5321)
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
