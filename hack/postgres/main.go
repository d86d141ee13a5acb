// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Postgres runs a PostgreSQL server on loopback while a command runs, to try
// things out. The server trusts whoever connects from this machine.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/prepay-operator/prepay-operator/internal/ledger/postgrestest"
)

const usage = `Usage: postgres [flags] run COMMAND [ARG...]

  run  start the server kept in a directory, or make it there; run COMMAND in
       the foreground; then stop the server. What is in it stays for the next
       time.

COMMAND gets PREPAY_POSTGRES_URL (of the superuser), PGHOST and PGPORT, and finds
psql and the other programs of this PostgreSQL on PATH.

Flags:
`

const (
	// startWithin bounds the start, recovery after a crash included.
	startWithin = 5 * time.Minute
	// commandGrace is how long the command may take to end after SIGTERM before
	// it is killed: longer than a manager takes.
	commandGrace = 40 * time.Second
)

// errUsage says that the command line was wrong and usage has been printed.
var errUsage = errors.New("wrong usage")

func main() {
	err := execute(os.Args[1:])
	var exit *exec.ExitError
	switch {
	case err == nil:
	case errors.Is(err, errUsage):
		os.Exit(2)
	case errors.As(err, &exit) && exit.ExitCode() > 0:
		fmt.Fprintln(os.Stderr, "postgres: the command failed:", err)
		os.Exit(exit.ExitCode())
	default:
		fmt.Fprintln(os.Stderr, "postgres:", err)
		os.Exit(1)
	}
}

func execute(args []string) error {
	flags := flag.NewFlagSet("postgres", flag.ContinueOnError)
	dir := flags.String("dir", filepath.Join(".local", "postgres", "ledger"), "the `directory` that keeps everything of the server")
	port := flags.Int("port", 0, "the `port` on 127.0.0.1; 0 is a free one")
	flags.Usage = func() {
		_, _ = fmt.Fprint(flags.Output(), usage)
		flags.PrintDefaults()
	}
	if err := flags.Parse(args); err != nil {
		return errUsage
	}
	if flags.NArg() < 2 || flags.Arg(0) != "run" {
		flags.Usage()
		return errUsage
	}
	ctx, cancel := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	defer cancel()
	return run(ctx, postgrestest.Options{Dir: *dir, Port: *port}, flags.Args()[1:])
}

// run runs the command beside the server.
func run(ctx context.Context, options postgrestest.Options, command []string) (err error) {
	starting, cancel := context.WithTimeout(ctx, startWithin)
	defer cancel()
	server, err := postgrestest.Start(starting, options)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Stop()) }()
	environment, err := environment(server)
	if err != nil {
		return err
	}
	fmt.Printf("PostgreSQL: %s, kept in %s\n", server.URL("postgres"), options.Dir)
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	cmd.Env = environment
	// In a process group of its own it gets one signal when it is to end: left
	// in this one, it would get the terminal's as well, and a manager takes the
	// second as an order to abandon its clean stop.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) }
	cmd.WaitDelay = commandGrace
	if err := cmd.Start(); err != nil {
		return err
	}
	err = cmd.Wait()
	// What the command may have left behind must not outlive the server.
	_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM)
	if ctx.Err() != nil && endedByRequest(err) {
		return nil
	}
	return err
}

// environment is that of this process, with what the command needs to reach the
// server.
func environment(server *postgrestest.Server) ([]string, error) {
	psql, err := postgrestest.Program("psql")
	if err != nil {
		return nil, err
	}
	host, port, err := net.SplitHostPort(server.Address())
	if err != nil {
		return nil, err
	}
	return append(os.Environ(),
		"PREPAY_POSTGRES_URL="+server.URL("postgres"),
		"PGHOST="+host, "PGPORT="+port,
		"PATH="+filepath.Dir(psql)+string(filepath.ListSeparator)+os.Getenv("PATH")), nil
}

// endedByRequest reports whether a command ended because it was asked to.
func endedByRequest(err error) bool {
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		return errors.Is(err, context.Canceled)
	}
	status, ok := exit.Sys().(syscall.WaitStatus)
	return ok && status.Signaled() && status.Signal() == syscall.SIGTERM
}
