// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Failover plays leader failures under load on a PostgreSQL cluster of three
// nodes that Patroni and etcd look after, in strict synchronous mode, and shows
// that nothing acknowledged is lost and nothing is done twice.
//
// It needs Linux, whose /proc tells which processes belong to a node, and the
// programs etcd, patroni and postgres. A node is killed with SIGKILL: what the
// kernel has not yet written to disk survives, as it would not in a power cut.
// All servers listen on loopback, in a directory that is removed in the end.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// options is what the command line says.
type options struct {
	rounds  int
	callers int
	pace    time.Duration
}

func main() {
	err := execute(os.Args[1:])
	if errors.Is(err, flag.ErrHelp) {
		return
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "failover:", err)
		os.Exit(1)
	}
}

func parse(args []string) (opts options, err error) {
	flags := flag.NewFlagSet("failover", flag.ContinueOnError)
	flags.IntVar(&opts.rounds, "rounds", 3, "how often each `fault` is played")
	flags.IntVar(&opts.callers, "callers", 300, "how many callers post at the same time")
	flags.DurationVar(&opts.pace, "pace", 200*time.Millisecond, "how `long` a caller waits between an answer and its next command")
	if err := flags.Parse(args); err != nil {
		return options{}, err
	}
	if flags.NArg() > 0 {
		return options{}, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	if opts.rounds < 1 || opts.callers < 1 {
		return options{}, errors.New("--rounds and --callers must be at least 1")
	}
	return opts, nil
}

func execute(args []string) (err error) {
	opts, err := parse(args)
	if err != nil {
		return err
	}
	ctx, cancel := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	defer cancel()

	dir, err := os.MkdirTemp("", "failover-")
	if err != nil {
		return err
	}
	defer func() {
		if err == nil || ctx.Err() != nil {
			err = errors.Join(err, os.RemoveAll(dir))
			return
		}
		err = fmt.Errorf("%w\nthe servers' logs are in %s", err, dir)
	}()
	fmt.Println("starting etcd and three nodes of Patroni and PostgreSQL ...")
	c, err := startCluster(ctx, dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.stop()) }()
	return runTrial(ctx, c, opts)
}
