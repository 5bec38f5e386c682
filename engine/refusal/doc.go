// Package refusal has every refusal of the service, the control API and HTTP: its status and body, the rule that it follows, and
// the facts that it was decided by. A declared refusal is never changed; its methods return derived copies.
package refusal
