// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Bench measures how many top-ups a second the manager completes, as a ratio of
// what the API server itself can take. Both are measured in one run on one
// cluster, in turns, because a ratio of paired figures survives a shared
// machine and a figure alone does not.
//
// It must be run in the root of the repository, on Linux: the processes' own
// accounting is read from /proc.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/go-logr/logr"
	"sigs.k8s.io/controller-runtime/pkg/log"
)

// options is what the command line says.
type options struct {
	stores   storeKinds
	finished int
	accounts accountCounts
	pairs    int
	slice    int
	profile  bool
	state    string
	assets   string
	manager  string
}

// accountCounts are the numbers of accounts to spread the top-ups over, one
// measurement each.
type accountCounts []int

func (c *accountCounts) String() string {
	words := make([]string, len(*c))
	for i, n := range *c {
		words[i] = strconv.Itoa(n)
	}
	return strings.Join(words, ",")
}

func (c *accountCounts) Set(s string) error {
	*c = nil
	if s == "" {
		return nil
	}
	for _, word := range strings.Split(s, ",") {
		n, err := strconv.Atoi(word)
		if err != nil {
			return err
		}
		if n < 1 {
			return errors.New("at least one account is needed")
		}
		*c = append(*c, n)
	}
	return nil
}

// storeKinds are the stores to measure on.
type storeKinds []string

func (k *storeKinds) String() string { return strings.Join(*k, ",") }

func (k *storeKinds) Set(s string) error {
	*k = strings.Split(s, ",")
	for _, kind := range *k {
		if kind != storeSQLite && kind != storePostgres {
			return fmt.Errorf("%q is no store: say %s or %s", kind, storeSQLite, storePostgres)
		}
	}
	return nil
}

func main() {
	log.SetLogger(logr.Discard())
	err := execute(os.Args[1:])
	if errors.Is(err, flag.ErrHelp) {
		return
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
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

	began := time.Now()
	fmt.Print(introduction(opts))
	var results []result
	var restarts []restart
	for _, kind := range opts.stores {
		for _, accounts := range opts.accounts {
			r, err := measure(ctx, opts, kind, accounts)
			if err != nil {
				return fmt.Errorf("on %s with %s: %w", kind, counted(accounts), err)
			}
			results = append(results, r)
		}
		if opts.finished == 0 {
			continue
		}
		r, err := measureRestart(ctx, opts, kind)
		if err != nil {
			return fmt.Errorf("restart on %s: %w", kind, err)
		}
		restarts = append(restarts, r)
	}
	fmt.Printf("\nThe run took %s.\n\n", time.Since(began).Round(time.Second))
	return printReport(os.Stdout, results, restarts)
}

func parse(args []string) (options, error) {
	opts := options{stores: storeKinds{storePostgres, storeSQLite}, accounts: accountCounts{100, 1, 1000}, assets: os.Getenv("KUBEBUILDER_ASSETS")}
	if opts.assets == "" {
		opts.assets = "bin/k8s"
	}
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.Var(&opts.stores, "store", "the `stores` to keep the ledger in, one after the other")
	flags.Var(&opts.accounts, "accounts", "`counts` of accounts that the top-ups are spread over, one measurement each; may be empty")
	flags.IntVar(&opts.finished, "finished", 20_000, "how many finished `objects` there are when the manager starts again; 0 measures no restart")
	flags.IntVar(&opts.pairs, "pairs", 7, "how many `pairs` of slices, one of each sort")
	flags.IntVar(&opts.slice, "slice", 1000, "how many `objects` are created in a slice")
	flags.BoolVar(&opts.profile, "profile", false, "take CPU profiles even if the aim is reached")
	flags.StringVar(&opts.state, "state", ".local/bench", "`directory` of the throw-away cluster, PostgreSQL's is beside it; what another run left is removed")
	flags.StringVar(&opts.assets, "assets", opts.assets, "`directory` of etcd and kube-apiserver; $KUBEBUILDER_ASSETS if set")
	flags.StringVar(&opts.manager, "manager", "bin/manager", "the manager's `program`")
	if err := flags.Parse(args); err != nil {
		return options{}, err
	}
	if flags.NArg() > 0 {
		return options{}, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	if opts.pairs < 1 || opts.slice < 1 || opts.finished < 0 {
		return options{}, errors.New("--pairs and --slice must be at least 1, and --finished at least 0")
	}
	return opts, nil
}
