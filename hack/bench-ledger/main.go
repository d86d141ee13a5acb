// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Bench-ledger measures how many transfers a second the ledger commits, on
// PostgreSQL and on SQLite, beside what the same PostgreSQL server does with
// pgbench's TPC-B, with one transaction per transfer, and with the ledger's own
// rows when nothing is looked up or decided. All is measured in one run, because
// ratios of one run survive a shared machine and figures alone do not.
//
// It must be run on Linux: processor time is read from /proc.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// options is what the command line says.
type options struct {
	transactions int64
	seconds      int
	only         selection
	loadOnly     bool
	state        string
	profile      string
}

// window is how long a row is measured.
func (o options) window() time.Duration { return time.Duration(o.seconds) * time.Second }

// warmUp is how long a row runs before it is measured, so that the committer
// knows its accounts as it does at any time but just after a start.
func (o options) warmUp() time.Duration { return min(5*time.Second, o.window()/4) }

// forced says that a row is too short for the server's own checkpoints, so that
// one has to be asked for.
func (o options) forced() bool { return o.window() < checkpointEvery }

func main() {
	err := execute(os.Args[1:])
	if errors.Is(err, flag.ErrHelp) {
		return
	}
	if errors.Is(err, context.Canceled) {
		err = errors.New("stopped; loading goes on from here at the next run")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench-ledger:", err)
		os.Exit(1)
	}
}

func execute(args []string) error {
	opts, err := parse(args)
	if err != nil {
		return err
	}
	ctx, cancel := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	defer cancel()
	b := &bench{opts: opts, rows: withNeeds(opts.only.chosen()), traffic: newTraffic(), results: map[row]result{}}
	if !opts.loadOnly {
		fmt.Print(introduction(opts))
	}
	began := time.Now()
	if err := b.run(ctx); err != nil || opts.loadOnly {
		return err
	}
	fmt.Printf("\nThe run took %s.\n\n", time.Since(began).Round(time.Second))
	return printReport(os.Stdout, b)
}

func parse(args []string) (options, error) {
	var opts options
	flags := flag.NewFlagSet("bench-ledger", flag.ContinueOnError)
	flags.Int64Var(&opts.transactions, "transactions", 10_000_000,
		"how many `transactions` a ledger holds before anything is measured; each size has ledgers of its own")
	flags.IntVar(&opts.seconds, "seconds", 60, "how many `seconds` each row is measured")
	flags.Var(&opts.only, "only", "measure only these `rows`, and those they are compared with within a row; see below")
	flags.BoolVar(&opts.loadOnly, "load", false, "load the ledgers that the rows need, go on where it stopped, and measure nothing")
	flags.StringVar(&opts.state, "state", ".local/bench-ledger",
		"`directory` that keeps the server and the loaded ledgers; a run works on copies, and removing it starts anew")
	flags.StringVar(&opts.profile, "pprof", "", "write a CPU profile of the one row that --only names to this `file`")
	flags.Usage = func() {
		out := flags.Output()
		fmt.Fprintln(out, "Usage: make bench-ledger ARGS='[flags]'")
		flags.PrintDefaults()
		fmt.Fprintln(out, "\nRows are store/design/callers/load. --only takes several, separated by commas; * stands for any part,\n"+
			"and parts may be left away at the end: --only=postgres/ours/2048,sqlite")
		for _, r := range allRows() {
			fmt.Fprintln(out, "  "+r.String())
		}
	}
	if err := flags.Parse(args); err != nil {
		return options{}, err
	}
	if flags.NArg() > 0 {
		return options{}, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	return opts, opts.check()
}

func (o options) check() error {
	if o.transactions < 2*accounts || o.transactions%loadBatch != 0 {
		return fmt.Errorf("--transactions %d: say at least %d, which make the accounts, and a multiple of %d, which is a batch",
			o.transactions, 2*accounts, loadBatch)
	}
	if o.seconds < 1 {
		return fmt.Errorf("--seconds %d: say at least 1", o.seconds)
	}
	if chosen := o.only.chosen(); o.profile != "" && (len(chosen) != 1 || chosen[0] == yardstick) {
		return errors.New("--pprof profiles one row of this program's own work: name one with --only")
	}
	return nil
}

// progress tells a person what is going on.
func progress(format string, args ...any) {
	fmt.Fprintln(os.Stderr, time.Now().Format(time.TimeOnly), fmt.Sprintf(format, args...))
}

// grouped is a number with its thousands apart.
func grouped(n int64) string {
	digits := strconv.FormatInt(n, 10)
	var parts []string
	for len(digits) > 3 {
		parts = append(parts, digits[len(digits)-3:])
		digits = digits[:len(digits)-3]
	}
	slices.Reverse(parts)
	return strings.Join(append([]string{digits}, parts...), ",")
}
