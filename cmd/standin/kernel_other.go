//go:build !linux

package main

import "net"

// turnAway does nothing here: between the last connection that is accepted and the end of the listener, a client may
// connect and be reset.
func turnAway(net.Listener) {}

// unread is not known here.
func unread(*connection) bool { return false }
