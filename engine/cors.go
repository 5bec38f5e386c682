package engine

import (
	"net/http"
	"slices"

	"github.com/rs/cors"
)

// anyOrigin lets pages of every origin call the service, with credentials or without (W-CORS). A browser rejects "*" for a
// page that sends credentials, so the origin is named. That is as open as "*": no cookie is ever set or read, and a page
// itself sets the header with its token.
func anyOrigin(api http.Handler) http.Handler {
	return crossOrigin(api, func(string) bool { return true })
}

// trusting lets pages of the given origins call the control API, and no others.
func trusting(origins []string, control http.Handler) http.Handler {
	if len(origins) == 0 {
		return control
	}
	return crossOrigin(control, func(origin string) bool { return slices.Contains(origins, origin) })
}

// crossOrigin answers preflights and lets pages of allowed origins read the answers.
func crossOrigin(next http.Handler, allowed func(origin string) bool) http.Handler {
	return cors.New(cors.Options{
		AllowOriginFunc:     allowed,
		AllowedMethods:      []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"},
		AllowedHeaders:      []string{"*"},
		ExposedHeaders:      []string{"Date", "Allow", "Link", "Retry-After", "X-Total-Count", entryHeader, appliedHeader},
		AllowCredentials:    true,
		MaxAge:              600,
		AllowPrivateNetwork: true,
	}).Handler(next)
}
