// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"time"

	"github.com/prepay-operator/prepay-operator/api/v1alpha1"
	"github.com/prepay-operator/prepay-operator/internal/ledger"
	"github.com/prepay-operator/prepay-operator/internal/money"
)

// wantedHold is what a BalanceReservation asks of the ledger.
type wantedHold struct {
	state  v1alpha1.ReservationState
	from   end
	amount money.Amount
	// product is what it is held for; nil is nothing in particular.
	product *v1alpha1.ProductReference
	// charge is the part to charge; the zero Quantity stands for all.
	charge   ledger.Quantity
	lasts    time.Duration
	until    int64 // microseconds since 1970, UTC; 0 where spec.expiresAt is absent
	onExpiry ledger.OnExpiry
}

// readBalanceReservation is the guard of BalanceReservation, and what it asks for.
func readBalanceReservation(obj *v1alpha1.BalanceReservation) (wantedHold, error) {
	spec := &obj.Spec
	wanted := wantedHold{state: obj.WantedState(), from: endOf(spec.AccountRef, spec.BucketRef), product: spec.Product}
	wanted.from.all = spec.BucketRef == nil
	var err error
	if wanted.amount, err = checkRatedAmount("spec.amount", spec.Amount); err != nil {
		return wanted, err
	}
	if spec.ChargeAmount != "" {
		part, err := checkRatedAmount("spec.chargeAmount", spec.ChargeAmount)
		if err != nil {
			return wanted, err
		}
		if !part.Unit().SameDimension(wanted.amount.Unit()) {
			return wanted, invalid("spec.chargeAmount", "%q is of another unit than spec.amount: write it in %s",
				string(spec.ChargeAmount), wanted.amount.Unit().Code())
		}
		wanted.charge = ledger.QuantityOf(part)
	}
	if wanted.lasts, err = checkLasting(spec.ExpiresAfter); err != nil {
		return wanted, err
	}
	if spec.ExpiresAt != nil {
		wanted.until = spec.ExpiresAt.UnixMicro()
	}
	if wanted.onExpiry, err = checkOnExpiry(spec.OnExpiry); err != nil {
		return wanted, err
	}
	return wanted, firstOf(
		checkWantedState(spec),
		checkEnd("spec", spec.AccountRef, spec.BucketRef),
		checkProduct("spec.product", spec.Product),
		checkText("spec.channel", spec.Channel, maxName),
		checkText("spec.reason", spec.Reason, maxReason),
		checkText("spec.requestor", spec.Requestor, maxRequestor),
		checkKey(spec.IdempotencyKey),
		checkTTL(spec.TTLSecondsAfterFinished),
	)
}

// defaultHold is for how long an amount is held if spec does not say.
const defaultHold = 15 * time.Minute

func checkLasting(value string) (time.Duration, error) {
	if value == "" {
		return defaultHold, nil
	}
	lasts, err := time.ParseDuration(value)
	if err != nil || lasts <= 0 || lasts > ledger.MaxHold {
		return 0, invalid("spec.expiresAfter", "%q: write more than 0s and at most 720h, as in 15m", clip(value))
	}
	return lasts, nil
}

func checkOnExpiry(value v1alpha1.ReservationExpiry) (ledger.OnExpiry, error) {
	switch value {
	case "", v1alpha1.ExpiryRelease:
		return ledger.ExpiryReleases, nil
	case v1alpha1.ExpiryCharge:
		return ledger.ExpiryCharges, nil
	default:
		return 0, invalid("spec.onExpiry", "%q is neither %s nor %s", clip(string(value)), v1alpha1.ExpiryRelease, v1alpha1.ExpiryCharge)
	}
}

func checkWantedState(spec *v1alpha1.BalanceReservationSpec) error {
	switch spec.State {
	case v1alpha1.ReservationCharged:
		return nil
	case "", v1alpha1.ReservationReserved, v1alpha1.ReservationAccepted, v1alpha1.ReservationReleased:
		if spec.ChargeAmount != "" {
			return invalid("spec.chargeAmount", "is for the state %s: set spec.state, or remove it", v1alpha1.ReservationCharged)
		}
		return nil
	default:
		return invalid("spec.state", "%q is no state: write %s, %s, %s or %s", clip(string(spec.State)),
			v1alpha1.ReservationReserved, v1alpha1.ReservationAccepted, v1alpha1.ReservationCharged, v1alpha1.ReservationReleased)
	}
}

// contradicts says how a hold of the ledger is not the one that is wanted, if it
// is not. What is held may be extended, and what is over may have been. own says
// that the hold is known to be the object's own.
func (w wantedHold) contradicts(h *ledger.Hold, from ledger.Place, product ledger.ID, own bool) error {
	amount := ledger.QuantityOf(w.amount)
	larger := amount.Base > h.Amount.Base
	over := w.state == v1alpha1.ReservationCharged || w.state == v1alpha1.ReservationReleased
	switch {
	case h.Account != from.Account, h.Bucket != from.Bucket, h.Product != product, h.OnExpiry != w.onExpiry, h.Amount.Unit != amount.Unit,
		h.State.IsOpen() && amount.Base < h.Amount.Base, larger && !own:
		return stalled(v1alpha1.ReasonIdempotencyConflict,
			"The ledger has another reservation under this name, of %s; use another name or spec.idempotencyKey",
			show(h.Amount.Base, h.Amount.Unit, w.amount.Unit()))
	case larger && !h.State.IsOpen() && !over: // if it is, there was not enough for more
		return stalled(v1alpha1.ReasonReservationClosed, "It is closed, and held %s: create another reservation for more",
			show(h.Amount.Base, h.Amount.Unit, w.amount.Unit()))
	}
	return nil
}

// isWhole reports whether what was charged of a hold is what was to be.
func (w wantedHold) isWhole(h *ledger.Hold) bool {
	return w.charge.Base == 0 || w.charge.Base == h.Charged
}

// lasting is the end that the wanted hold is to have.
func (w wantedHold) lasting(h *ledger.Hold) int64 { return max(w.until, h.Until) }

// next is what has to be done with an open hold for it to be as wanted, and under
// which key; nil if it is. There is no more to be had if that was refused.
func (w wantedHold) next(id ledger.ID, h *ledger.Hold, noMore bool) (ledger.Operation, ledger.ID) {
	more := ledger.QuantityOf(w.amount)
	larger := more.Base > h.Amount.Base
	if !larger {
		more = h.Amount
	}
	until := w.lasting(h)
	switch w.state {
	case v1alpha1.ReservationReleased:
		return ledger.ReleaseHold{Account: h.Account, Hold: id}, ledger.HoldKey(id, "release")
	case v1alpha1.ReservationCharged:
		// A part that is held can be charged without more being taken.
		if held := w.charge.Base > 0 && w.charge.Base <= h.Amount.Base; !larger || held || noMore {
			return w.settlement(id, h)
		}
		until = h.Until
	case v1alpha1.ReservationAccepted:
		if h.State == ledger.HoldReserved {
			op := ledger.AcceptHold{Account: h.Account, Hold: id}
			if until > h.Until {
				op.Until = until
			}
			return op, ledger.HoldKey(id, "accept")
		}
	}
	if larger || until > h.Until {
		return ledger.ExtendHold{Account: h.Account, Hold: id, Amount: more, Until: until}, ledger.ExtensionKey(id, more.Base, until)
	}
	return nil, ledger.ID{}
}

// settlement is the charge of what is wanted of a hold, and its key.
func (w wantedHold) settlement(id ledger.ID, h *ledger.Hold) (ledger.Operation, ledger.ID) {
	return ledger.ChargeHold{Account: h.Account, Hold: id, Amount: w.charge}, ledger.HoldKey(id, "charge")
}
