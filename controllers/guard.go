// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/go-logr/logr"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/client"
	logf "sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/prepay-operator/prepay-operator/api/v1alpha1"
	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

const (
	// headInterval is how often the head of the log is recorded while it moves.
	headInterval = 10 * time.Second
	// verifyInterval is how often a ledger that may not be written is looked at
	// again.
	verifyInterval = time.Second
	// farewell bounds the last recording of the head, when the manager stops.
	farewell = 5 * time.Second
)

// Log is what the guard reads of a ledger's store.
type Log interface {
	Identity() string
	Head(ctx context.Context) (ledger.Head, error)
	Load(ctx context.Context, what ledger.Request) (*ledger.Loaded, error)
	Payloads(ctx context.Context, after int64, each func(payload []byte) error) error
}

// Gate lets commands through to the ledger, or keeps them back.
type Gate interface {
	Open()
	Close(reason error)
}

// Guard stands between the controllers and the ledger. It lets nothing through
// before it has made sure that the ledger is the recorded one and that this
// manager may write to it, and it keeps the record: the Ledger object is the
// one anchor outside the database.
type Guard struct {
	// Client reads and writes the Ledger object, without a cache.
	Client     client.Client
	Log        Log
	Gate       Gate
	Scope      string
	ClusterUID string
	// Lease is the namespace and name of the lease whose holder may write, ""
	// where the ledger itself lets one process in at a time.
	Lease string
	// TakeOver takes the ledger from another holder without waiting.
	TakeOver bool
	// Claim posts a [ledger.ClaimScope], before Commit is called and while another
	// may be writing.
	Claim func(ctx context.Context, claim ledger.Command) (ledger.Outcome, error)
	// Commit commits to the ledger, from its newest batch on, until the context
	// ends. It is not called while another writes: the other's next batch would
	// end this manager.
	Commit func(ctx context.Context) error
	Clock  clock.WithTicker

	opened atomic.Bool
	// lineage is what LedgerID returns, once the ledger has been admitted.
	lineage atomic.Pointer[string]
	// closed is why the ledger is not open, as Ready tells it.
	closed atomic.Pointer[error]
	// ended is closed when Commit has returned why; it is nil until that is called.
	ended chan struct{}
	why   error
}

// +kubebuilder:rbac:groups=prepay.dev,resources=ledgers,verbs=get;create
// +kubebuilder:rbac:groups=prepay.dev,resources=ledgers/status,verbs=update

// Ready returns why the ledger is not open yet, or nil.
func (g *Guard) Ready() error {
	switch reason := g.closed.Load(); {
	case g.opened.Load():
		return nil
	case reason != nil:
		return fmt.Errorf("the ledger takes no commands: %w", *reason)
	default:
		return errors.New("the ledger takes no commands; see kubectl get ledgers.prepay.dev")
	}
}

// Start verifies the ledger until it may be written, opens it, and records its
// head until the context ends. It returns why nothing may be written any more if
// that comes first.
func (g *Guard) Start(ctx context.Context) (err error) {
	running, stop := context.WithCancel(ctx)
	defer func() {
		stop()
		// Before the last head is recorded, or a batch could come after it.
		err = errors.Join(err, g.stopped())
		if g.opened.Load() {
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), farewell)
			defer cancel()
			_ = g.record(last) // it has been logged
		}
	}()
	if !g.wait(running) {
		return nil
	}
	ticker := g.Clock.NewTicker(headInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C():
			if err := g.record(running); errors.Is(err, ledger.ErrMismatch) {
				return err
			}
		case <-g.ended:
			return nil
		case <-ctx.Done():
			return nil
		}
	}
}

// wait returns when the ledger has been opened, or false when it will not be.
func (g *Guard) wait(ctx context.Context) bool {
	ticker := g.Clock.NewTicker(verifyInterval)
	defer ticker.Stop()
	for !g.admit(ctx) {
		select {
		case <-ticker.C():
		case <-g.ended:
			return false
		case <-ctx.Done():
			return false
		}
	}
	return true
}

// begin starts to commit, if that has not begun.
func (g *Guard) begin(ctx context.Context) {
	if g.ended != nil {
		return
	}
	g.ended = make(chan struct{})
	go func() {
		defer close(g.ended)
		g.why = g.Commit(ctx)
	}()
}

// stopped waits until nothing is committed any more, and returns why.
func (g *Guard) stopped() error {
	if g.ended == nil {
		return nil
	}
	<-g.ended
	return g.why
}

// admit opens the ledger if it may be written, and says why not otherwise.
func (g *Guard) admit(ctx context.Context) bool {
	logger := logf.FromContext(ctx).WithName("guard")
	refusal, err := g.verify(ctx)
	switch {
	case err != nil:
		if ctx.Err() == nil {
			g.shut(logger, "The ledger could not be verified; it stays closed", err)
		}
		return false
	case refusal != nil:
		g.shut(logger, "The ledger takes no commands", refusal)
		if !heldBeside(refusal) {
			if err := g.show(ctx, refusal); err != nil {
				logger.Error(err, "The Ledger object could not be written")
			}
		}
		return false
	}
	if err := g.show(ctx, nil); err != nil {
		// Without its anchor the ledger could be replaced unseen.
		logger.Error(err, "The Ledger object could not be written; the ledger stays closed")
		return false
	}
	lineage, err := g.readLineage(ctx)
	if err != nil {
		if ctx.Err() == nil {
			g.shut(logger, "The ledger could not be verified; it stays closed", err)
		}
		return false
	}
	g.lineage.Store(&lineage) // before anything is read of the ledger
	g.begin(ctx)
	g.Gate.Open()
	g.opened.Store(true)
	logger.Info("The ledger is open", "ledger", g.Log.Identity(), "scope", g.Scope)
	return true
}

// shut closes the ledger, keeps why, and logs it once for each reason.
func (g *Guard) shut(logger logr.Logger, what string, reason error) {
	before := g.closed.Swap(&reason)
	g.Gate.Close(reason)
	if before == nil || (*before).Error() != reason.Error() {
		logger.Info(what, "reason", reason.Error())
	}
}

// verify returns why the ledger may not be written, or nil.
func (g *Guard) verify(ctx context.Context) (refusal, err error) {
	recorded, err := g.recorded(ctx)
	if err != nil {
		return nil, err
	}
	if refusal, err = g.compare(ctx, recorded); refusal != nil || err != nil {
		return refusal, err
	}
	return g.claim(ctx)
}

// compare holds the log against the recorded head.
func (g *Guard) compare(ctx context.Context, recorded *v1alpha1.Ledger) (refusal, err error) {
	anchor, ok := anchorOf(recorded)
	if !ok {
		return nil, nil
	}
	if contained, err := Contains(ctx, g.Log, anchor); contained || err != nil {
		return nil, err
	}
	accepted, err := g.accepted(ctx, anchor)
	if accepted || err != nil {
		return nil, err
	}
	return fmt.Errorf("%w: the Ledger object %s records ledger %s at sequence %d, and this is ledger %s without it; "+
		"bring that one back, or run manager ledger accept", ledger.ErrMismatch, g.Scope,
		anchor.LedgerID, anchor.Sequence, g.Log.Identity()), nil
}

// Contains reports whether a log is the recorded one and has the recorded head.
func Contains(ctx context.Context, log Log, anchor ledger.AcceptHead) (bool, error) {
	if anchor.LedgerID != log.Identity() {
		return false, nil
	}
	found := false
	stop := errors.New("stop")
	err := log.Payloads(ctx, anchor.Sequence-1, func(payload []byte) error {
		batch, err := ledger.Open(payload)
		if err != nil {
			return err
		}
		found = batch.Sequence == anchor.Sequence && string(batch.Hash[:]) == string(anchor.Hash)
		return stop
	})
	if errors.Is(err, stop) {
		err = nil
	}
	return found, err
}

// accepted reports whether a person took this log in place of the recorded one.
func (g *Guard) accepted(ctx context.Context, anchor ledger.AcceptHead) (bool, error) {
	was, err := g.epoch(ctx)
	return err == nil && was.LedgerID == anchor.LedgerID && was.Sequence == anchor.Sequence && string(was.Hash) == string(anchor.Hash), err
}
