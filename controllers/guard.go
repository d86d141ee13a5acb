// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"
	"time"

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
	Payloads(ctx context.Context, after int64, each func(payload []byte) error) error
}

// Gate lets commands through to the ledger, or keeps them back.
type Gate interface {
	Open()
	Close(reason error)
}

// Guard stands between the controllers and the ledger. It lets nothing through
// before it has made sure that the ledger is the recorded one and that this
// cluster holds the scope, and it keeps the record: the Ledger object is the
// one anchor outside the database.
type Guard struct {
	// Client reads and writes the Ledger object, without a cache.
	Client     client.Client
	Log        Log
	Ledger     ledger.Ledger
	Gate       Gate
	Scope      string
	ClusterUID string
	// TakeOver takes the scope from another cluster without waiting.
	TakeOver bool
	Clock    clock.WithTicker
	// Elected is closed when this manager is the active one.
	Elected <-chan struct{}
	// Ended is closed when nothing is committed any more.
	Ended <-chan struct{}

	opened atomic.Bool
	// told is the last reason that was logged for which the ledger is closed.
	told string
}

// +kubebuilder:rbac:groups=prepay.dev,resources=ledgers,verbs=get;create
// +kubebuilder:rbac:groups=prepay.dev,resources=ledgers/status,verbs=update

// NeedLeaderElection makes only the active manager guard and write.
func (g *Guard) NeedLeaderElection() bool { return true }

// Ready reports whether this manager serves what it should: a standby always
// does, the active one once the ledger is open.
func (g *Guard) Ready(*http.Request) error {
	select {
	case <-g.Elected:
		if !g.opened.Load() {
			return errors.New("the ledger takes no commands; see kubectl get ledgers.prepay.dev")
		}
	default:
	}
	return nil
}

// Start verifies the ledger until it may be written, opens it, and records its
// head until the context ends.
func (g *Guard) Start(ctx context.Context) error {
	ticker := g.Clock.NewTicker(verifyInterval)
	defer ticker.Stop()
	for !g.admit(ctx) {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C():
		}
	}
	ticker.Stop()
	ticker = g.Clock.NewTicker(headInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C():
			g.record(ctx)
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), farewell)
			defer cancel()
			select {
			case <-g.Ended: // or a batch could come after the head that is recorded
			case <-last.Done():
			}
			g.record(last)
			return nil
		}
	}
}

// admit opens the ledger if it may be written, and says why not otherwise.
func (g *Guard) admit(ctx context.Context) bool {
	logger := logf.FromContext(ctx).WithName("guard")
	refusal, err := g.verify(ctx)
	switch {
	case err != nil:
		if ctx.Err() == nil {
			g.Gate.Close(err)
			logger.Error(err, "The ledger could not be verified; it stays closed")
		}
		return false
	case refusal != nil:
		g.Gate.Close(refusal)
		if err := g.show(ctx, refusal); err != nil {
			logger.Error(err, "The Ledger object could not be written")
		}
		if g.told != refusal.Error() {
			g.told = refusal.Error()
			logger.Info("The ledger takes no commands", "reason", g.told)
		}
		return false
	}
	if err := g.show(ctx, nil); err != nil {
		// Without its anchor the ledger could be replaced unseen.
		logger.Error(err, "The Ledger object could not be written; the ledger stays closed")
		return false
	}
	g.Gate.Open()
	g.opened.Store(true)
	logger.Info("The ledger is open", "ledger", g.Log.Identity(), "scope", g.Scope)
	return true
}

// errScopeHeld tells that another cluster holds the scope.
var errScopeHeld = errors.New("another cluster holds the scope")

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
	epoch, err := g.Ledger.Fact(ctx, ledger.EpochSubject(g.Scope))
	if err != nil || epoch.Version == 0 {
		return false, err
	}
	var was ledger.AcceptHead
	if err := ledger.DecodeBody(epoch.Body, &was); err != nil {
		return false, err
	}
	return was.LedgerID == anchor.LedgerID && was.Sequence == anchor.Sequence && string(was.Hash) == string(anchor.Hash), nil
}

// claim makes this cluster the holder of the scope.
func (g *Guard) claim(ctx context.Context) (refusal, err error) {
	subject := ledger.ScopeSubject(g.Scope)
	held, err := g.Ledger.Fact(ctx, subject)
	if err != nil {
		return nil, err
	}
	var holder ledger.Claim
	if held.Version > 0 {
		if err := ledger.DecodeBody(held.Body, &holder); err != nil {
			return nil, err
		}
		if holder.ClusterUID == g.ClusterUID {
			return nil, nil
		}
	}
	outcome, err := g.Ledger.Post(ctx, ledger.Command{
		Key: ledger.SettingsKey(subject, held.Version+1), Scope: g.Scope,
		Operation: ledger.ClaimScope{ClusterUID: g.ClusterUID, ExpectVersion: held.Version, TakeOver: g.TakeOver},
	})
	switch {
	case err != nil:
		return nil, err
	case outcome.Status == ledger.Accepted:
		return nil, nil
	case outcome.Code == ledger.ScopeHeld:
		return fmt.Errorf("%w: cluster %s holds the scope %s; it is taken over when the log has not moved for %s, "+
			"or at once with --take-over", errScopeHeld, holder.ClusterUID, g.Scope, ledger.TakeOverAfter), nil
	default:
		return nil, fmt.Errorf("claim the scope %s: %s", g.Scope, outcome.Code)
	}
}
