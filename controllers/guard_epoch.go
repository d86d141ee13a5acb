// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"encoding/hex"
	"fmt"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// LedgerID names the ledger in the statuses of accounts and buckets: its
// identity, and with it the head in whose place a person accepted it, if one did.
// It is "" until the ledger has been admitted; nothing is read of it before.
func (g *Guard) LedgerID() string {
	if lineage := g.lineage.Load(); lineage != nil {
		return *lineage
	}
	return ""
}

// lineageHash is how many bytes of the accepted head's hash tell one acceptance
// from another. Its number cannot: a database may be restored to a time before
// the last one.
const lineageHash = 6

// readLineage reads what LedgerID returns. After a restore the log is another one
// under the same identity, and its sequences start again lower.
func (g *Guard) readLineage(ctx context.Context) (string, error) {
	accepted, err := g.epoch(ctx)
	if err != nil || len(accepted.Hash) < lineageHash {
		return g.Log.Identity(), err
	}
	return g.Log.Identity() + "-" + hex.EncodeToString(accepted.Hash[:lineageHash]), nil
}

// epoch reads the head in whose place a person accepted this log last. It is the
// zero value if nobody had to.
func (g *Guard) epoch(ctx context.Context) (accepted ledger.AcceptHead, err error) {
	subject := ledger.EpochSubject(g.Scope)
	found, err := g.Log.Load(ctx, ledger.Request{Facts: []ledger.ID{subject}})
	if err != nil {
		return accepted, fmt.Errorf("read what was accepted: %w", err)
	}
	if fact := found.Facts[subject]; fact.Version > 0 {
		err = ledger.DecodeBody(fact.Body, &accepted)
	}
	return accepted, err
}
