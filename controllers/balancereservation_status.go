// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"errors"
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/prepay-operator/prepay-operator/api/v1alpha1"
	"github.com/prepay-operator/prepay-operator/internal/ledger"
	"github.com/prepay-operator/prepay-operator/internal/money"
)

// report writes into status what is known of the hold, and says how the object
// stands: as the hold does, or as what kept a step from being taken.
func (r *BalanceReservationReconciler) report(
	ctx context.Context, obj *v1alpha1.BalanceReservation, view *holdView, cause error,
) (standing, error) {
	var is standing
	if cause != nil {
		var err error
		if is, err = standingOf(cause); err != nil {
			return is, err
		}
	}
	if view == nil || view.hold.OpenedAt == 0 {
		return is, nil
	}
	h, wanted := &view.hold, wantedHold{}
	unit, err := money.ParseUnit(h.Amount.Unit)
	if err != nil {
		return is, err
	}
	if read, err := readBalanceReservation(obj); err == nil {
		wanted, unit = read, read.amount.Unit()
	}
	if err := r.showHold(ctx, obj, view, wanted, unit); err != nil {
		return is, err
	}
	if cause == nil {
		is = reservationStanding(wanted, h, unit)
		if obj.Status.Replayed && !h.State.IsOpen() && view.step.Transaction == (ledger.ID{}) {
			is.message += "; " + replayed
		}
	}
	if left := r.left(h.Until); h.State.IsOpen() && (is.again == 0 || left < is.again) {
		is.again = left
	}
	return is, nil
}

// showHold writes a hold into status.
func (r *BalanceReservationReconciler) showHold(
	ctx context.Context, obj *v1alpha1.BalanceReservation, view *holdView, wanted wantedHold, unit money.Unit,
) error {
	h, status := &view.hold, &obj.Status
	// A status write that was lost took with it what the step did.
	unseen := status.TransactionID == "" || !h.State.IsOpen() && status.Released == ""
	signed := func(base int64) v1alpha1.SignedAmount { return v1alpha1.SignedAmount(show(base, h.Amount.Unit, unit)) }
	if status.TransactionID == "" {
		opened := time.UnixMicro(h.OpenedAt).UTC()
		status.TransactionID = ledger.HoldKey(view.id, "reserve").String()
		status.CommittedAt = &metav1.MicroTime{Time: opened}
		status.Replayed = !view.made && !r.tries.own(obj, opened)
	}
	status.Reserved, status.Accepted = signed(0), signed(0)
	switch h.State {
	case ledger.HoldReserved:
		status.Reserved = signed(h.Amount.Base)
	case ledger.HoldAccepted:
		status.Accepted = signed(h.Amount.Base)
	default:
		status.Charged, status.Released = signed(h.Charged), signed(h.Amount.Base-h.Charged)
	}
	status.ExpiresAt = &metav1.MicroTime{Time: time.UnixMicro(h.Until).UTC()}
	impacts := view.step.Impacts
	if view.step.Transaction == (ledger.ID{}) {
		if !unseen {
			return nil
		}
		var err error
		if impacts, err = r.recall(ctx, view, wanted); err != nil {
			return err
		}
	}
	var err error
	status.ImpactedBuckets, err = r.impactedBuckets(ctx, obj.Namespace, h.Tenant, unit, impacts, wanted.from)
	return err
}

// recall finds what the step did that the hold is as it is by. It does not matter
// whether it is asked for in the same words: the answer tells what was done.
func (r *BalanceReservationReconciler) recall(ctx context.Context, view *holdView, wanted wantedHold) ([]ledger.Impact, error) {
	h := &view.hold
	command := ledger.Command{Scope: h.Scope, Tenant: h.Tenant}
	switch h.State {
	case ledger.HoldReserved:
		command.Key = ledger.HoldKey(view.id, "reserve")
		command.Operation = ledger.Reserve{Hold: view.id, From: ledger.Place{Account: h.Account, Bucket: h.Bucket}, Amount: h.Amount}
	case ledger.HoldAccepted:
		command.Key, command.Operation = ledger.HoldKey(view.id, "accept"), ledger.AcceptHold{Account: h.Account, Hold: view.id}
	case ledger.HoldCharged:
		command.Operation, command.Key = wanted.settlement(view.id, h)
	case ledger.HoldReleased:
		command.Key, command.Operation = ledger.HoldKey(view.id, "release"), ledger.ReleaseHold{Account: h.Account, Hold: view.id}
	case ledger.HoldExpired:
		command.Key, command.Operation = ledger.HoldKey(view.id, "expire"), ledger.ExpireHold{Account: h.Account, Hold: view.id}
	}
	outcome, err := r.ledger.Recorded(ctx, command)
	if errors.Is(err, ledger.ErrUnknown) {
		return nil, nil
	}
	return outcome.Impacts, err
}

// reservationStanding says how a reservation stands whose hold is as far as it
// can be. docs/spec/v1alpha1/balancereservations.md has the table.
func reservationStanding(wanted wantedHold, h *ledger.Hold, unit money.Unit) standing {
	amount := show(h.Amount.Base, h.Amount.Unit, unit)
	// What was not charged need not be back: what it came from may be over.
	closed := fmt.Sprintf("%s charged of %s", show(h.Charged, h.Amount.Unit, unit), amount)
	asked := wanted.state == v1alpha1.ReservationCharged
	switch h.State {
	case ledger.HoldReserved:
		return ready(v1alpha1.ReasonReserved, amount+" held")
	case ledger.HoldAccepted:
		return ready(v1alpha1.ReasonAccepted, amount+" held and accepted")
	case ledger.HoldCharged:
		if wanted.state == v1alpha1.ReservationReleased || asked && !wanted.isWhole(h) {
			return stalled(v1alpha1.ReasonReservationClosed, "It was charged before: %s", closed)
		}
		return ready(v1alpha1.ReasonCharged, closed)
	case ledger.HoldReleased:
		if asked {
			return stalled(v1alpha1.ReasonReservationClosed, "It was released before: nothing charged of %s", amount)
		}
		return ready(v1alpha1.ReasonReleased, "Nothing charged of "+amount)
	}
	return endedStanding(wanted, h, amount, closed)
}

// endedStanding is reservationStanding of a hold that came to its end.
func endedStanding(wanted wantedHold, h *ledger.Hold, amount, closed string) standing {
	asked := wanted.state == v1alpha1.ReservationCharged
	charges := h.OnExpiry == ledger.ExpiryCharges
	switch {
	case charges && (wanted.state == v1alpha1.ReservationReleased || asked && !wanted.isWhole(h)):
		return stalled(v1alpha1.ReasonExpired, "Too late: it was charged at its end: %s", closed)
	case charges:
		return ready(v1alpha1.ReasonCharged, "At its end "+closed)
	case asked:
		return stalled(v1alpha1.ReasonExpired, "Too late: it had come to its end, with nothing charged of %s; charge it with a BalanceAdjustment", amount)
	case wanted.state == v1alpha1.ReservationReleased:
		return ready(v1alpha1.ReasonReleased, "Nothing charged of "+amount)
	default:
		return ready(v1alpha1.ReasonExpired, "At its end nothing charged of "+amount)
	}
}
