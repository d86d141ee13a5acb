// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package ledgertest

import (
	"context"
	"sync"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
	"github.com/prepay-operator/prepay-operator/internal/ledger/committer"
)

// Answer is what a post returned.
type Answer struct {
	Outcome ledger.Outcome
	Err     error
}

// Together posts commands so that they wait together, in order, and are taken
// as one batch. To that end it holds the first stage in a lookup that fails at
// last. f is the store that the committer runs on; an OnLoad of the test is
// lost.
func Together(c *committer.Committer, f *Faulty, commands ...ledger.Command) []Answer {
	answers := make([]Answer, len(commands))
	entered, release := make(chan struct{}), make(chan struct{})
	f.OnLoad(func(context.Context, ledger.Request) error {
		f.OnLoad(nil)
		close(entered)
		<-release
		return ErrCut
	})
	var posts sync.WaitGroup
	posts.Go(func() {
		_, _ = c.Post(context.Background(), plug)
	})
	<-entered
	for i, command := range commands {
		ctx := &patient{Context: context.Background(), waits: make(chan struct{})}
		posts.Go(func() {
			answers[i].Outcome, answers[i].Err = c.Post(ctx, command)
			ctx.Done() // if it never had to wait
		})
		<-ctx.waits
	}
	close(release)
	posts.Wait()
	return answers
}

// plug is a command that passes a committer that is closed.
var plug = ledger.Command{
	Key: ledger.SettingsKey(ledger.EpochSubject("plug"), 1), Scope: "plug",
	Operation: ledger.AcceptHead{LedgerID: "plug", Hash: make([]byte, len(ledger.Hash{}))},
}

// patient is a context that tells when somebody begins to wait, which is when
// its command is in the queue.
type patient struct {
	context.Context //nolint:containedctx // it is one
	once            sync.Once
	waits           chan struct{}
}

func (p *patient) Done() <-chan struct{} {
	p.once.Do(func() { close(p.waits) })
	return p.Context.Done()
}
