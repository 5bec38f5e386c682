// Package call is what a handler of the service may know of its request, and nothing else: the caller, the checked request, the
// tenant's settings, an open transaction, the time, entropy, and the computation of password hashes.
package call
