// Package webhook sends events to receivers by HTTP, signed as Standard Webhooks has it. It knows hosts, requests and
// signatures, and neither tenants nor what an event means: package world decides when an event is sent, and to whom.
//
// A request goes only to this machine, or to a host that was allowed by name. It follows no redirect and uses no proxy.
package webhook
