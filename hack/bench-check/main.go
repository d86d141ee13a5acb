// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Bench-check compares what the benchmarks measure with hack/bench/ranges.yaml.
// Only ratios are compared: figures depend on the machine, ratios of one run
// much less.
package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strings"
	"syscall"
)

// options is what the command line says.
type options struct {
	ranges string
	from   files
	only   string
}

// files are the names of outputs of benchmarks.
type files []string

func (f *files) String() string { return strings.Join(*f, ",") }

func (f *files) Set(name string) error {
	*f = append(*f, name)
	return nil
}

// errBelow makes the exit status; the table has said why.
var errBelow = errors.New("not all ratios are within their ranges")

func main() {
	ctx, cancel := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	defer cancel()
	err := execute(ctx, os.Args[1:], os.Stdout)
	if errors.Is(err, flag.ErrHelp) {
		return
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench-check:", err)
		os.Exit(1)
	}
}

func execute(ctx context.Context, args []string, out io.Writer) error {
	opts, err := parse(args)
	if err != nil {
		return err
	}
	content, err := os.ReadFile(opts.ranges)
	if err != nil {
		return err
	}
	ranges, err := parseRanges(content)
	if err != nil {
		return fmt.Errorf("%s: %w", opts.ranges, err)
	}
	if opts.only != "" {
		ranges = slices.DeleteFunc(ranges, func(r bounds) bool { return r.Command != opts.only })
		if len(ranges) == 0 {
			return fmt.Errorf("--only %q: %s has no ratio of that command", opts.only, opts.ranges)
		}
	}
	var figures []figure
	if len(opts.from) > 0 {
		figures, err = readAll(opts.from)
	} else {
		figures, err = runAll(ctx, ranges, out)
	}
	if err != nil {
		return err
	}
	return report(out, ranges, figures)
}

func parse(args []string) (options, error) {
	var opts options
	flags := flag.NewFlagSet("bench-check", flag.ContinueOnError)
	flags.StringVar(&opts.ranges, "ranges", "hack/bench/ranges.yaml", "the `file` with the ranges")
	flags.Var(&opts.from, "from", "compare what a benchmark printed into this `file`, and run none; may be said several times")
	flags.StringVar(&opts.only, "only", "", "only the ratios of this `command`, for example \"make bench-ledger\"")
	if err := flags.Parse(args); err != nil {
		return options{}, err
	}
	if flags.NArg() > 0 {
		return options{}, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	return opts, nil
}

// readAll reads the figures out of what benchmarks have printed.
func readAll(names []string) ([]figure, error) {
	var all []figure
	for _, name := range names {
		output, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		figures, err := parseFigures(output)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		all = append(all, figures...)
	}
	return all, nil
}

// runAll runs each benchmark once, one after the other, and shows its output.
func runAll(ctx context.Context, ranges []bounds, out io.Writer) ([]figure, error) {
	var all []figure
	var done []string
	for _, r := range ranges {
		if slices.Contains(done, r.Command) {
			continue
		}
		done = append(done, r.Command)
		words := strings.Fields(r.Command)
		var output bytes.Buffer
		command := exec.CommandContext(ctx, words[0], words[1:]...) //nolint:gosec // the file of ranges is the project's own
		command.Stdout, command.Stderr = io.MultiWriter(out, &output), os.Stderr
		// A benchmark has servers to stop before it ends.
		command.Cancel = func() error { return command.Process.Signal(os.Interrupt) }
		if err := command.Run(); err != nil {
			return nil, fmt.Errorf("%s: %w", r.Command, err)
		}
		figures, err := parseFigures(output.Bytes())
		if err != nil {
			return nil, fmt.Errorf("%s: %w", r.Command, err)
		}
		all = append(all, figures...)
	}
	return all, nil
}
