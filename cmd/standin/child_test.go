package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// beStandin is a variable that makes the test binary run the program, for tests that need a separate process.
const beStandin = "BE_STANDIN"

func TestMain(m *testing.M) {
	if len(os.Args) > 2 && os.Args[1] == "-child" {
		os.Exit(child(os.Args[2], os.Args[3:]))
	}
	if os.Getenv(beStandin) != "" {
		os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
	}
	if _, err := exec.LookPath("zsh"); err != nil && os.Getenv("STANDIN_REQUIRE_ZSH") != "" {
		fmt.Fprintln(os.Stderr, "STANDIN_REQUIRE_ZSH is set, and there is no zsh; install it")
		os.Exit(1)
	}
	if signal.Ignored(syscall.SIGHUP) { // Under nohup it is ignored. In a child process it would have its default.
		signal.Notify(make(chan os.Signal, 1), syscall.SIGHUP)
	}
	for _, one := range os.Environ() { // Other variables would set flags.
		if name, _, _ := strings.Cut(one, "="); strings.HasPrefix(name, "STANDIN_") {
			_ = os.Unsetenv(name)
		}
	}
	os.Exit(withProgram(m.Run))
}

// deafFor is the time for which a command ignores signals. It is longer than the time until a command is killed.
const deafFor = 20 * time.Second

// asChild returns a command line with which the test binary plays a role under exec.
func asChild(role string, args ...string) []string {
	return append([]string{os.Args[0], "-child", role}, args...)
}

// child plays a role in a process that exec runs. It exits with 99 if it fails itself.
func child(role string, args []string) int {
	switch role {
	case "fetch": // what the server answers at a path
		return show(os.Getenv("STANDIN_URL") + args[0])
	case "meet": // as many as are told, at once, in a folder
		if err := meet(args[0], 2); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 99
		}
		return show(os.Getenv("STANDIN_URL") + anonymousPath)
	case "signals": // each signal by its name, until SIGTERM
		signals := make(chan os.Signal, 8)
		signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT)
		fmt.Println("listening")
		for caught := range signals {
			fmt.Println(caught)
			if caught == syscall.SIGTERM {
				return 7
			}
		}
	case "endings": // what ends serve
		fmt.Println(endingSignals())
		return 0
	case "deaf": // only a kill ends it
		signal.Ignore(syscall.SIGTERM)
		fmt.Println("listening")
		time.Sleep(deafFor)
	}
	return 99
}

func show(url string) int {
	response, err := http.Get(url)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 99
	}
	defer func() { _ = response.Body.Close() }()
	body, _ := io.ReadAll(response.Body)
	fmt.Println(url, response.StatusCode, string(body))
	return 0
}

func meet(folder string, count int) error {
	file, err := os.CreateTemp(folder, "")
	if err != nil {
		return err
	}
	_ = file.Close()
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(2 * time.Millisecond) {
		if all, _ := filepath.Glob(filepath.Join(folder, "*")); len(all) == count {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("there are never %d", count)
		}
	}
}
