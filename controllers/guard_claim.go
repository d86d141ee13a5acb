// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"errors"
	"fmt"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// errScopeHeld tells that another cluster, or another lease of this one, holds
// the scope.
var errScopeHeld = errors.New("the scope is held by another")

// claim makes the managers of this lease the holders of the scope. Whether they
// may is decided by the ledger, but to ask it is to write to it: that waits until
// the answer is not a foregone no.
func (g *Guard) claim(ctx context.Context) (refusal, err error) {
	subject, us := ledger.ScopeSubject(g.Scope), ledger.Claim{ClusterUID: g.ClusterUID, Lease: g.Lease}
	found, err := g.Log.Load(ctx, ledger.Request{Facts: []ledger.ID{subject}})
	if err != nil {
		return nil, fmt.Errorf("read who holds the scope: %w", err)
	}
	held := found.Facts[subject]
	var holder ledger.Claim
	if held.Version > 0 {
		if err := ledger.DecodeBody(held.Body, &holder); err != nil {
			return nil, err
		}
	}
	if holder == us {
		return nil, nil
	}
	another := held.Version > 0 && holder != ledger.Claim{ClusterUID: g.ClusterUID}
	now := found.Clock // or this clock, if it is ahead, would take what is not free
	if now.IsZero() {
		now = g.Clock.Now()
	}
	if another && !g.TakeOver && now.Sub(found.Head.Instant) < ledger.TakeOverAfter {
		return g.heldBy(holder, us), nil
	}
	outcome, err := g.Claim(ctx, ledger.Command{
		Key: ledger.SettingsKey(subject, held.Version+1), Scope: g.Scope,
		Operation: ledger.ClaimScope{
			ClusterUID: g.ClusterUID, Lease: g.Lease, ExpectVersion: held.Version, TakeOver: g.TakeOver,
		},
	})
	switch {
	case err != nil:
		return nil, err
	case outcome.Status == ledger.Accepted:
		return nil, nil
	case outcome.Code == ledger.ScopeHeld:
		return g.heldBy(holder, us), nil
	default:
		return nil, fmt.Errorf("claim the scope %s: %s", g.Scope, outcome.Code)
	}
}

// heldBy is the refusal while another holds the scope.
func (g *Guard) heldBy(holder, us ledger.Claim) error {
	return fmt.Errorf("%w: %s has %s, and this is %s; it is taken over when the log has not moved for %s, "+
		"or at once with --take-over", errScopeHeld, named(holder), g.Scope, named(us), ledger.TakeOverAfter)
}

// named is a holder as a person reads it.
func named(holder ledger.Claim) string {
	if holder.Lease == "" {
		return "cluster " + holder.ClusterUID
	}
	return fmt.Sprintf("cluster %s with the lease %s", holder.ClusterUID, holder.Lease)
}
