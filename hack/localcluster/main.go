// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Localcluster runs an etcd and a kube-apiserver on loopback for development.
// There is no controller manager, no scheduler and no node: a namespace's
// deletion, garbage collection and the aggregation of cluster roles do not
// happen here.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
)

const usage = `Usage: localcluster [flags] up | down | run COMMAND [ARG...]

  up    start etcd and kube-apiserver in the background
  down  stop them and remove their state and the ledger
  run   up, then COMMAND in the foreground with KUBECONFIG set, then stop; the
        state stays for the next time

Flags:
`

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
		fmt.Fprintln(os.Stderr, "localcluster: the command failed:", err)
		os.Exit(exit.ExitCode())
	default:
		fmt.Fprintln(os.Stderr, "localcluster:", err)
		os.Exit(1)
	}
}

func execute(args []string) error {
	flags := flag.NewFlagSet("localcluster", flag.ContinueOnError)
	state := flags.String("state", ".local", "the `directory` that keeps everything of this cluster")
	assets := flags.String("assets", filepath.Join("bin", "k8s"), "the `directory` of etcd and kube-apiserver")
	fresh := flags.Bool("fresh", false, "run: remove the state of the last time first")
	flags.Usage = func() {
		_, _ = fmt.Fprint(flags.Output(), usage)
		flags.PrintDefaults()
	}
	if err := flags.Parse(args); err != nil {
		return errUsage
	}
	dir, err := filepath.Abs(*state)
	if err != nil {
		return err
	}
	c := &cluster{dir: dir, assets: *assets, out: os.Stdout}

	ctx, cancel := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	defer cancel()
	switch command := flags.Args(); {
	case len(command) == 1 && command[0] == "up":
		return c.up(ctx)
	case len(command) == 1 && command[0] == "down":
		return c.down()
	case len(command) > 1 && command[0] == "run":
		return c.run(ctx, *fresh, command[1:])
	default:
		flags.Usage()
		return errUsage
	}
}

// down removes the cluster unless a `run` uses it: taking the ledger from under
// a live manager would make what it has promised untrue.
func (c *cluster) down() error {
	lock, err := c.use()
	if err != nil {
		return err
	}
	defer func() { _ = lock.Close() }()
	return c.remove()
}
