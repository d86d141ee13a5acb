// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"errors"
	"fmt"
	"path"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// errScopeHeld tells that another cluster, or another lease of this one, holds
// the ledger.
var errScopeHeld = errors.New("the ledger is held by another")

// heldError tells who holds the ledger, and what to do about it. It is an
// errScopeHeld.
type heldError struct{ holder, us ledger.Claim }

// Error implements error.
func (e heldError) Error() string {
	return fmt.Sprintf("%s: %s writes to it, and this is %s; it is taken over when the log has not moved for %s, "+
		"or at once with --take-over", errScopeHeld, named(e.holder), named(e.us), ledger.TakeOverAfter)
}

// Unwrap implements what [errors.Is] asks for.
func (e heldError) Unwrap() error { return errScopeHeld }

// heldBeside reports whether the ledger is held by a manager that keeps the same
// Ledger object: one of this cluster whose lease has the name of this one's, which
// has the scope in it, in another namespace. What that one says there is true.
func heldBeside(refusal error) bool {
	held, ok := errors.AsType[heldError](refusal)
	return ok && held.holder.ClusterUID == held.us.ClusterUID && path.Base(held.holder.Lease) == path.Base(held.us.Lease)
}

// claim makes the managers of this lease the holders of the ledger, whatever
// their scope. Whether they may is decided by the ledger, but to ask it is to
// write to it: that waits until the answer is not a foregone no.
func (g *Guard) claim(ctx context.Context) (refusal, err error) {
	subject, us := ledger.ScopeSubject(""), ledger.Claim{ClusterUID: g.ClusterUID, Lease: g.Lease}
	found, err := g.Log.Load(ctx, ledger.Request{Facts: []ledger.ID{subject}})
	if err != nil {
		return nil, fmt.Errorf("read who holds the ledger: %w", err)
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
		return heldError{holder, us}, nil
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
		return heldError{holder, us}, nil
	default:
		return nil, fmt.Errorf("claim the ledger: %s", outcome.Code)
	}
}

// named is a holder as a person reads it.
func named(holder ledger.Claim) string {
	if holder.Lease == "" {
		return "cluster " + holder.ClusterUID
	}
	return fmt.Sprintf("cluster %s with the lease %s", holder.ClusterUID, holder.Lease)
}
