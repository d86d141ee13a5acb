// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package conditioncheck

import (
	"errors"
	"fmt"

	"github.com/prepay-operator/prepay-operator/api/v1alpha1"
)

// checkReservation holds what a reservation shows of its hold against its
// standing.
func checkReservation(obj *v1alpha1.BalanceReservation) error {
	s, standing := &obj.Status, standing(obj)
	held := s.TransactionID != ""
	for what, shown := range map[string]bool{
		"what is reserved": s.Reserved != "", "what is accepted": s.Accepted != "", "an end": s.ExpiresAt != nil,
	} {
		if shown != held {
			return fmt.Errorf("%s has the transaction %q, and that it shows %s is %t", standing, s.TransactionID, what, shown)
		}
	}
	switch {
	case s.Replayed && s.CommittedAt == nil:
		return fmt.Errorf("%s replays nothing", standing)
	case held:
		return checkHold(obj)
	case ready(obj):
		return fmt.Errorf("%s, and nothing was ever held", standing)
	case s.CommittedAt != nil && !ended(obj):
		return fmt.Errorf("%s has an instant", standing)
	case len(s.ImpactedBuckets) > 0:
		return fmt.Errorf("%s has changed %d buckets", standing, len(s.ImpactedBuckets))
	case s.Charged+s.Released != "":
		return fmt.Errorf("%s has %q charged and %q released", standing, s.Charged, s.Released)
	}
	return nil
}

// checkHold checks what is shown of a hold that there is or was.
func checkHold(obj *v1alpha1.BalanceReservation) error {
	switch s := &obj.Status; {
	case s.CommittedAt == nil:
		return fmt.Errorf("%s has no instant", standing(obj))
	case (s.Released == "") != (s.Charged == ""):
		return fmt.Errorf("%s has %q charged and %q released", standing(obj), s.Charged, s.Released)
	}
	return nil
}

// checkReservations holds two versions of a reservation against each other: what
// made the hold stays, and a hold that is closed stays closed.
func checkReservations(was, is *v1alpha1.BalanceReservation) error {
	before, after := &was.Status, &is.Status
	switch {
	case before.TransactionID != "" && (after.TransactionID != before.TransactionID || !before.CommittedAt.Equal(after.CommittedAt)):
		return errors.New("the hold became another one")
	case before.Released != "" && (after.Charged != before.Charged || after.Released != before.Released):
		return fmt.Errorf("it was closed with %s charged and %s released, and then has %q and %q",
			before.Charged, before.Released, after.Charged, after.Released)
	}
	return nil
}
