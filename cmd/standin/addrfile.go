package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
)

// clearAddresses removes the file that a server has left that was killed. What is no ordinary file stays, and is an
// error.
func clearAddresses(path string) error {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil
	case err != nil:
		return err
	case !info.Mode().IsRegular():
		return fmt.Errorf("%s is not an ordinary file; name one that serve may replace", path)
	}
	return os.Remove(path)
}

// writeAddresses writes a host:port per line, and returns what it has written.
func writeAddresses(path string, listeners []net.Listener) (os.FileInfo, error) {
	var text strings.Builder
	for _, l := range listeners {
		fmt.Fprintln(&text, reachable(l.Addr().String()))
	}
	return replaceFile(path, []byte(text.String()))
}

// replaceFile writes a file in one step: whoever sees it sees all of it, and a disk that is full leaves the old one.
func replaceFile(path string, text []byte) (os.FileInfo, error) {
	temporary, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return nil, err
	}
	_, err = temporary.Write(text)
	err = errors.Join(err, temporary.Chmod(0o644))
	written, failed := temporary.Stat()
	err = errors.Join(err, failed, temporary.Close())
	if err == nil {
		err = os.Rename(temporary.Name(), path)
	}
	if err != nil {
		return nil, errors.Join(err, os.Remove(temporary.Name()))
	}
	return written, nil
}

// removeAddresses removes what was written, unless another server has written its own there meanwhile.
func removeAddresses(path string, written os.FileInfo) {
	if written == nil {
		return
	}
	now, err := os.Lstat(path)
	if err == nil && os.SameFile(now, written) && now.ModTime().Equal(written.ModTime()) {
		_ = os.Remove(path) // If it stays, the next server clears it.
	}
}
