// Package reach records which blocks of a program have run. Only an overlay imports it: cmd/mutants inserts a call of Hit into
// each block of the server, and asks over a socket after each spec which blocks it has reached.
package reach

import (
	"encoding/json"
	"log"
	"net"
	"os"
	"sync"
)

// Variable is the environment variable with the path of the socket.
const Variable = "STANDIN_REACH"

// record contains the blocks that have run.
type record struct {
	mu      sync.Mutex
	blocks  map[int]bool
	started sync.Once
}

var own = record{blocks: map[int]bool{}} //nolint:gochecknoglobals // Hit is called from everywhere in a process.

// Hit records that a block has run.
func Hit(block int) {
	own.started.Do(start)
	own.mu.Lock()
	own.blocks[block] = true
	own.mu.Unlock()
}

// Take returns the blocks that have run since the last call.
func Take() []int {
	own.mu.Lock()
	defer own.mu.Unlock()
	all := make([]int, 0, len(own.blocks))
	for block := range own.blocks {
		all = append(all, block)
	}
	clear(own.blocks)
	return all
}

// start listens on the socket, if the environment names one.
func start() {
	path := os.Getenv(Variable)
	if path == "" {
		return
	}
	listener, err := net.Listen("unix", path) //nolint:noctx // It listens as long as the process runs.
	if err != nil {
		log.Fatal("reach: ", err)
	}
	go serve(listener)
}

// serve writes the blocks of Take to each connection.
func serve(listener net.Listener) {
	for {
		connection, err := listener.Accept()
		if err != nil {
			return
		}
		_ = json.NewEncoder(connection).Encode(Take())
		_ = connection.Close()
	}
}

// Ask returns the blocks that the process behind a socket has run since the last call.
func Ask(path string) ([]int, error) {
	connection, err := net.Dial("unix", path) //nolint:noctx // The peer is on this machine and writes at once.
	if err != nil {
		return nil, err
	}
	defer func() { _ = connection.Close() }()
	var all []int
	return all, json.NewDecoder(connection).Decode(&all)
}
