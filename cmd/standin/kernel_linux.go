package main

import (
	"net"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

const (
	handshakes    = 20 * time.Millisecond  // time for handshakes in progress to complete
	mostBacklog   = 500 * time.Millisecond // greatest time to wait for an empty backlog
	backlogPause  = time.Millisecond
	flagsOfHeader = 13   // offset of the flags in a TCP header
	synFlag       = 0x02 // SYN among the flags
	allOfIt       = 0xffffffff
)

// turnAway makes the kernel ignore new connections and waits until all established ones have been accepted. Closing a
// listener resets the established connections that have not been accepted, although their clients may have sent requests.
// A client whose handshake is ignored tries again a second later and is refused, since the listener is then closed.
func turnAway(listener net.Listener) {
	accepts, ok := listener.(syscall.Conn)
	if !ok {
		return
	}
	raw, err := accepts.SyscallConn()
	if err != nil || !passOverNew(raw) {
		return
	}
	time.Sleep(handshakes)
	for deadline := time.Now().Add(mostBacklog); backlog(raw) > 0 && time.Now().Before(deadline); {
		time.Sleep(backlogPause)
	}
}

// passOverNew makes the kernel drop SYN packets. It reports false if that is not possible.
func passOverNew(raw syscall.RawConn) bool {
	program := []unix.SockFilter{
		{Code: unix.BPF_LD | unix.BPF_B | unix.BPF_ABS, K: flagsOfHeader},
		{Code: unix.BPF_JMP | unix.BPF_JSET | unix.BPF_K, Jf: 1, K: synFlag},
		{Code: unix.BPF_RET | unix.BPF_K, K: 0},
		{Code: unix.BPF_RET | unix.BPF_K, K: allOfIt},
	}
	attached := false
	_ = raw.Control(func(fd uintptr) { // It fails only if the listener is closed, and then nothing is left to do.
		filter := unix.SockFprog{Len: uint16(len(program)), Filter: &program[0]} //nolint:gosec // The program has four instructions.
		attached = unix.SetsockoptSockFprog(int(fd), unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, &filter) == nil
	})
	return attached
}

// backlog returns the number of connections that are established and not accepted.
func backlog(raw syscall.RawConn) uint32 {
	var waiting uint32
	_ = raw.Control(func(fd uintptr) { // It fails only if the listener is closed; then the backlog is empty.
		if info, err := unix.GetsockoptTCPInfo(int(fd), unix.IPPROTO_TCP, unix.TCP_INFO); err == nil {
			waiting = info.Unacked // For a listener, this is the length of its queue.
		}
	})
	return waiting
}

// unread reports whether a connection has received data that was not read yet, which happens on a busy machine.
func unread(c *connection) bool {
	raw, err := c.SyscallConn()
	if err != nil {
		return false
	}
	bytes := 0
	_ = raw.Control(func(fd uintptr) { bytes, _ = unix.IoctlGetInt(int(fd), unix.SIOCINQ) }) // It fails only if the connection is closed.
	return bytes > 0
}
