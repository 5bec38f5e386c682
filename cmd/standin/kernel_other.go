//go:build !linux

package main

import "net"

// turnAway does nothing on this system. A client that connects just before the listener is closed may be reset.
func turnAway(net.Listener) {}

// unread reports false, since unread data is not known on this system.
func unread(*connection) bool { return false }
