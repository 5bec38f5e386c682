package journal

import (
	"net/http"
	"strings"
)

// SandboxHeader is the header that names the sandbox of a request to a public name.
const SandboxHeader = "Standin-Sandbox"

// SandboxOf returns the sandbox that a request names: in its header, or in a member of W3C baggage, which passes through
// server-side rendering.
func SandboxOf(header http.Header) string {
	if named := header.Get(SandboxHeader); named != "" {
		return named
	}
	for _, line := range header.Values("Baggage") {
		for member := range strings.SplitSeq(line, ",") {
			member, _, _ = strings.Cut(member, ";") // Properties of the member do not matter.
			if name, value, ok := strings.Cut(member, "="); ok && strings.TrimSpace(name) == "standin" {
				return strings.TrimSpace(value)
			}
		}
	}
	return ""
}
