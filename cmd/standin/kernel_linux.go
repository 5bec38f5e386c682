package main

import (
	"net"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

const (
	handshakes    = 20 * time.Millisecond // that are under way get through
	mostBacklog   = 500 * time.Millisecond
	backlogPause  = time.Millisecond
	flagsOfHeader = 13 // the byte of a TCP header that holds them
	synFlag       = 0x02
	allOfIt       = 0xffffffff
)

// turnAway lets nobody connect any more and returns once all who are connected have been accepted. Closing a listener
// resets those who have not: they are connected, have sent a request, and wait in vain. So the kernel is told to pass
// over whoever asks to connect. Who asks meanwhile is refused a second later, when the listener is closed.
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

// passOverNew drops packets that ask to connect, and answers false if the kernel does not let us.
func passOverNew(raw syscall.RawConn) bool {
	program := []unix.SockFilter{
		{Code: unix.BPF_LD | unix.BPF_B | unix.BPF_ABS, K: flagsOfHeader},
		{Code: unix.BPF_JMP | unix.BPF_JSET | unix.BPF_K, Jf: 1, K: synFlag},
		{Code: unix.BPF_RET | unix.BPF_K, K: 0},
		{Code: unix.BPF_RET | unix.BPF_K, K: allOfIt},
	}
	attached := false
	_ = raw.Control(func(fd uintptr) { // It is closed otherwise, and nothing is left to do.
		filter := unix.SockFprog{Len: uint16(len(program)), Filter: &program[0]} //nolint:gosec // There are four.
		attached = unix.SetsockoptSockFprog(int(fd), unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, &filter) == nil
	})
	return attached
}

// backlog is how many are connected and not yet accepted.
func backlog(raw syscall.RawConn) uint32 {
	var waiting uint32
	_ = raw.Control(func(fd uintptr) { // As above.
		if info, err := unix.GetsockoptTCPInfo(int(fd), unix.IPPROTO_TCP, unix.TCP_INFO); err == nil {
			waiting = info.Unacked // Of a listener this is the length of its queue.
		}
	})
	return waiting
}

// unread says whether a client has sent something that was not read yet, as on a busy machine.
func unread(c *connection) bool {
	raw, err := c.SyscallConn()
	if err != nil {
		return false
	}
	bytes := 0
	_ = raw.Control(func(fd uintptr) { bytes, _ = unix.IoctlGetInt(int(fd), unix.SIOCINQ) }) // It is closed otherwise.
	return bytes > 0
}
