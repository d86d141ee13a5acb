// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"

	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	logf "sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/prepay-operator/prepay-operator/api/v1alpha1"
	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// recorded reads the scope's Ledger object, and makes it if there is none: it
// is the manager's own record, as a Lease is.
func (g *Guard) recorded(ctx context.Context) (*v1alpha1.Ledger, error) {
	object := &v1alpha1.Ledger{}
	err := g.Client.Get(ctx, client.ObjectKey{Name: g.Scope}, object)
	if apierrors.IsNotFound(err) {
		object = &v1alpha1.Ledger{ObjectMeta: metav1.ObjectMeta{Name: g.Scope}}
		err = g.Client.Create(ctx, object)
	}
	if err != nil {
		return nil, fmt.Errorf("read the Ledger object %s: %w", g.Scope, err)
	}
	return object, nil
}

// RecordedHead reads which ledger, and which head of it, the Ledger object of a
// scope records. ok is false if it records none.
func RecordedHead(ctx context.Context, reader client.Reader, scope string) (head ledger.AcceptHead, ok bool, err error) {
	object := &v1alpha1.Ledger{}
	if err := reader.Get(ctx, client.ObjectKey{Name: scope}, object); err != nil {
		return ledger.AcceptHead{}, false, client.IgnoreNotFound(err)
	}
	head, ok = anchorOf(object)
	return head, ok, nil
}

func anchorOf(object *v1alpha1.Ledger) (ledger.AcceptHead, bool) {
	head := object.Status.Head
	if object.Status.LedgerID == "" || head == nil {
		return ledger.AcceptHead{}, false
	}
	hash, err := hex.DecodeString(head.Hash)
	if err != nil {
		return ledger.AcceptHead{}, false
	}
	return ledger.AcceptHead{LedgerID: object.Status.LedgerID, Sequence: head.Sequence, Hash: hash}, true
}

// record writes the head of the log if it moved. It returns
// [ledger.ErrMismatch] if the log is not the recorded one any more.
func (g *Guard) record(ctx context.Context) error {
	err := g.show(ctx, nil)
	if err != nil && ctx.Err() == nil {
		logf.FromContext(ctx).WithName("guard").Error(err, "The head of the log was not recorded")
	}
	return err
}

// show writes the Ledger object's status, if there is something new. What a
// refused ledger was compared with stays as it is; so does what the log lacks: a
// database that was set back under a running manager must not become the record.
func (g *Guard) show(ctx context.Context, refusal error) error {
	object, err := g.recorded(ctx)
	if err != nil {
		return err
	}
	before := object.Status.DeepCopy()
	if refusal == nil {
		head, err := g.Log.Head(ctx)
		if err != nil {
			return fmt.Errorf("read the head of the log: %w", err)
		}
		if mismatch, err := g.compare(ctx, object); mismatch != nil || err != nil {
			return errors.Join(mismatch, err)
		}
		object.Status.LedgerID, object.Status.Scope, object.Status.ClusterUID = g.Log.Identity(), g.Scope, g.ClusterUID
		object.Status.Head = &v1alpha1.LedgerHead{
			Sequence: head.Sequence, Hash: hex.EncodeToString(head.Hash[:]),
			CommittedAt: &metav1.MicroTime{Time: head.Instant},
		}
	}
	record(object, standingOfLedger(refusal), g.Clock.Now())
	if equality.Semantic.DeepEqual(before, &object.Status) {
		return nil
	}
	if err := g.Client.Status().Update(ctx, object); err != nil {
		return fmt.Errorf("write the Ledger object %s: %w", g.Scope, err)
	}
	return nil
}

// standingOfLedger is how a refusal looks in conditions.
func standingOfLedger(refusal error) standing {
	switch {
	case refusal == nil:
		return ready(v1alpha1.ReasonServing, "The ledger takes commands")
	case errors.Is(refusal, errScopeHeld):
		return waiting(v1alpha1.ReasonScopeHeld, "%s", refusal)
	default:
		return waiting(v1alpha1.ReasonLedgerMismatch, "%s", refusal)
	}
}
