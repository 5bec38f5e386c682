// Package reach records which blocks of a program have run. Only an overlay imports it: cmd/mutants inserts a call of Hit into
// each block of the server. It asks over a socket after each spec which blocks it has reached; a unit test leaves them in a file.
package reach

import (
	"encoding/json"
	"errors"
	"log"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
)

// The environment variables that say where the blocks are to be found.
const (
	Socket = "STANDIN_REACH"      // the path of a socket that writes them to each connection
	File   = "STANDIN_REACH_FILE" // the path of a file to which each is added when it runs for the first time
)

// record contains the blocks that have run.
type record struct {
	mu      sync.Mutex
	blocks  map[int]bool
	started sync.Once
	file    *os.File // nil for none
}

var own = record{blocks: map[int]bool{}} //nolint:gochecknoglobals // Hit is called from everywhere in a process.

// Hit records that a block has run.
func Hit(block int) {
	own.started.Do(start)
	own.mu.Lock()
	defer own.mu.Unlock()
	if own.file != nil && !own.blocks[block] {
		_, _ = own.file.WriteString(strconv.Itoa(block) + "\n") // Whoever reads it notices that blocks are missing.
	}
	own.blocks[block] = true
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

// start opens the file and listens on the socket, if the environment names them.
func start() {
	if path := os.Getenv(File); path != "" {
		file, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600) //nolint:gosec // Whoever starts the process names the file.
		if err != nil {
			log.Fatal("reach: ", err)
		}
		own.file = file
	}
	path := os.Getenv(Socket)
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

// Read returns the blocks in a file. There are none if it does not exist, because nothing that records has run.
func Read(path string) ([]int, error) {
	content, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var all []int
	for line := range strings.FieldsSeq(string(content)) {
		block, err := strconv.Atoi(line)
		if err != nil {
			return nil, err
		}
		all = append(all, block)
	}
	return all, nil
}
