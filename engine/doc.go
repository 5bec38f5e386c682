// Package engine is the way of a request: route, tenant, check, inject, run, inject, record, send. serve.go is that way from top
// to bottom; each step has its file. Everything else has a room of its own, and which room a line belongs to follows from what
// the line needs to know:
//
//   - [standin/engine/service]: what an operation of the service does. Handlers, their table, their request and answer types,
//     the rules of passwords, tokens, mails and addresses. It knows its call, and no server, world or journal.
//   - [standin/engine/call]: what a handler may know of its request: [call.Call], the decoding of its body, password hashes, and
//     the replies without and with a body that any handler returns.
//   - [standin/engine/refusal]: every refusal with its status, message and rule, complete, and how its texts are cut and cleaned.
//   - [standin/engine/world]: one tenant as it runs, and the table of all: its state and who may write it, clock, fixture,
//     sandboxes, snapshots, mailbox, faults as data. It knows no HTTP.
//   - [standin/engine/journal]: exchanges as they are kept, their bounds in bytes, and the masking of secrets.
//   - [standin/engine/entropy]: random text that the same seed repeats: tokens, ids, names. Fixtures draw theirs here, too.
//   - [standin/engine/control]: what an operation of the control API does, and everything that only the control API needs: its
//     request and answer types, the reading of durations and moments, what a moved clock makes due, explanations, corrected
//     requests, replays and verification of the journal, HAR and curl, metrics. [standin/engine/console]: the pages.
//   - engine itself: what needs the request or its connection: routing, authentication, limits, transactions of a call,
//     retries, injected faults, headers, metrics, log lines.
package engine
