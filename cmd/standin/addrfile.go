package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
)

// clearAddresses removes the file of addresses that a killed server has left. It returns an error if path is not a regular
// file.
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

// writeAddresses writes the addresses to a file, a host:port per line, and returns its file info.
func writeAddresses(path string, listeners []net.Listener) (os.FileInfo, error) {
	var text strings.Builder
	for _, l := range listeners {
		fmt.Fprintln(&text, reachable(l.Addr().String()))
	}
	return replaceFile(path, []byte(text.String()))
}

// replaceFile replaces a file atomically: a reader never sees a part of it, and if the disk is full, the old file stays. It
// returns the new file's info.
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

// removeAddresses removes the file that was written, unless another server has replaced it meanwhile.
func removeAddresses(path string, written os.FileInfo) {
	if written == nil {
		return
	}
	now, err := os.Lstat(path)
	if err == nil && os.SameFile(now, written) && now.ModTime().Equal(written.ModTime()) {
		_ = os.Remove(path) // If that fails, the next server removes the file.
	}
}
