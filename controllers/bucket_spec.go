// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"strings"

	"github.com/prepay-operator/prepay-operator/api/v1alpha1"
	"github.com/prepay-operator/prepay-operator/internal/ledger"
	"github.com/prepay-operator/prepay-operator/internal/money"
)

// bucketTerms is what the spec of a Bucket says by itself.
type bucketTerms struct {
	// settings lack the accounts and the products, which are known by their tenant
	// only.
	settings ledger.BucketSettings
	members  []member
	unit     money.Unit
	// initial is the zero Amount if nothing is granted.
	initial money.Amount
}

// readBucket is the guard of Bucket and the translation of its terms.
func readBucket(bucket *v1alpha1.Bucket) (bucketTerms, error) {
	terms, err := readFixedTerms(bucket)
	if err == nil {
		err = terms.readUse(&bucket.Spec)
	}
	return terms, err
}

// readFixedTerms reads what never changes of a bucket.
func readFixedTerms(bucket *v1alpha1.Bucket) (bucketTerms, error) {
	spec := &bucket.Spec
	terms := bucketTerms{}
	var err error
	if terms.unit, err = money.ParseUnit(spec.Unit); err != nil {
		return terms, invalid("spec.unit", "%s", err)
	}
	if spec.InitialAmount != "" {
		if terms.initial, err = checkAmount("spec.initialAmount", spec.InitialAmount); err != nil {
			return terms, err
		}
		if !terms.initial.Unit().SameDimension(terms.unit) {
			return terms, invalid("spec.initialAmount", "%q does not convert to spec.unit: write it in %s",
				string(spec.InitialAmount), terms.unit.Code())
		}
	}
	terms.settings = ledger.BucketSettings{Unit: terms.unit.Code(), UsageType: string(spec.UsageType)}
	switch spec.Class {
	case "", v1alpha1.ClassGranted:
		terms.settings.Class = ledger.Granted
	case v1alpha1.ClassPaid:
		terms.settings.Class = ledger.Paid
	default:
		return terms, invalid("spec.class", "%q is no class: write %s or %s", clip(string(spec.Class)),
			v1alpha1.ClassPaid, v1alpha1.ClassGranted)
	}
	if terms.settings.Validity, err = checkValidity(spec.ValidFor); err != nil {
		return terms, err
	}
	if terms.settings.Cycle, err = checkCycle(spec.Cycle); err != nil {
		return terms, err
	}
	return terms, firstOf(
		checkObjectName(bucket.Name),
		checkReference("spec.accountRef", spec.AccountRef.Name, spec.AccountRef.Namespace),
		checkUsageType(spec.UsageType, terms.unit),
	)
}

// maxPriority is the last place in the burn order, -maxPriority the first.
const maxPriority = 1000

// readUse reads what may change of a bucket: how it is used.
func (t *bucketTerms) readUse(spec *v1alpha1.BucketSpec) error {
	switch spec.State {
	case "", v1alpha1.BucketStateActive:
	case v1alpha1.BucketSuspended:
		t.settings.State = ledger.BucketStateSuspended
	default:
		return invalid("spec.state", "%q is no state: write %s or %s", clip(string(spec.State)),
			v1alpha1.BucketStateActive, v1alpha1.BucketSuspended)
	}
	if spec.Priority < -maxPriority || spec.Priority > maxPriority {
		return invalid("spec.priority", "%d: write %d to %d", spec.Priority, -maxPriority, maxPriority)
	}
	t.settings.Priority, t.settings.Blocker = spec.Priority, spec.Blocker
	var err error
	if t.settings.Refill, err = checkRefill(spec, t.unit); err != nil {
		return err
	}
	if t.settings.Rollover, err = checkRollover(spec, t.unit); err != nil {
		return err
	}
	if t.members, err = checkShares(spec, t.unit); err != nil {
		return err
	}
	return firstOf(checkProducts(spec.Products), checkBucketPolicy(spec.DeletionPolicy))
}

// checkUsageType checks that the unit measures what the bucket is spent on.
func checkUsageType(usage v1alpha1.UsageType, unit money.Unit) error {
	message := unit.Code() == "SMS" || unit.Code() == "MMS"
	var fits bool
	var units string
	switch usage {
	case v1alpha1.UsageMonetary:
		fits, units = unit.IsCurrency(), "the account's currency"
	case v1alpha1.UsageVoice:
		fits, units = unit.Dimension() == money.Voice, "s, min or h"
	case v1alpha1.UsageData:
		fits, units = unit.Dimension() == money.Data, "B or a multiple of it, as in GB"
	case v1alpha1.UsageSMS:
		fits, units = message, "SMS or MMS"
	case v1alpha1.UsageLoyalty:
		fits, units = unit.Dimension() == money.Loyalty, "points"
	case v1alpha1.UsageOther:
		fits, units = unit.Dimension() == money.Count && !message, "a count that no other usageType has"
	default:
		return invalid("spec.usageType", "%q is no usage type: write %s, %s, %s, %s, %s or %s", clip(string(usage)),
			v1alpha1.UsageMonetary, v1alpha1.UsageVoice, v1alpha1.UsageData, v1alpha1.UsageSMS,
			v1alpha1.UsageLoyalty, v1alpha1.UsageOther)
	}
	if !fits {
		return invalid("spec.unit", "%q does not fit the usageType %s: write %s", unit.Code(), usage, units)
	}
	return nil
}

func checkBucketPolicy(policy v1alpha1.BucketDeletionPolicy) error {
	switch policy {
	case "", v1alpha1.BucketDeletionRetain, v1alpha1.BucketDeletionForfeit:
		return nil
	default:
		return invalid("spec.deletionPolicy", "%q is no policy: write %s or %s", clip(string(policy)),
			v1alpha1.BucketDeletionRetain, v1alpha1.BucketDeletionForfeit)
	}
}

// contradictions are the terms that never change and that the ledger has otherwise,
// as it has them.
func contradictions(has, wanted ledger.BucketSettings) []string {
	var others []string
	note := func(differs bool, term string) {
		if differs {
			others = append(others, term)
		}
	}
	note(has.Account != wanted.Account, "another account")
	note(has.Unit != wanted.Unit, "the unit "+has.Unit)
	note(has.UsageType != wanted.UsageType, "the usageType "+has.UsageType)
	note(has.Class != wanted.Class, "the class "+string(classNamed(has.Class)))
	note(has.Validity != wanted.Validity, writeValidity(has.Validity))
	note(has.Cycle != wanted.Cycle, writeCycle(has.Cycle))
	return others
}

// otherTerms tells what the ledger has under the bucket's name.
func otherTerms(has, wanted ledger.BucketSettings) standing {
	others := contradictions(has, wanted)
	if len(others) == 0 {
		return ended(ledger.BucketConflict, ledger.Figures{}, money.Unit{})
	}
	return stalled(v1alpha1.ReasonBucketConflict,
		"The ledger has a bucket of this name with %s; ask for that, or use another name", strings.Join(others, ", "))
}

// otherGrant tells what was granted under the bucket's name.
func otherGrant(outcome ledger.Outcome, unit money.Unit) standing {
	if len(outcome.Impacts) == 0 {
		return stalled(v1alpha1.ReasonBucketConflict,
			"A bucket of this name was granted another initialAmount by transaction %s; ask for that amount, or use another name",
			outcome.Figures.Other)
	}
	granted := outcome.Impacts[0].After - outcome.Impacts[0].Before
	return stalled(v1alpha1.ReasonBucketConflict,
		"A bucket of this name was granted %s; set spec.initialAmount to that, or use another name", money.Format(granted, unit))
}
