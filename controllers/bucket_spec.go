// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"github.com/prepay-operator/prepay-operator/api/v1alpha1"
	"github.com/prepay-operator/prepay-operator/internal/ledger"
	"github.com/prepay-operator/prepay-operator/internal/money"
)

// bucketTerms is what the spec of a Bucket says by itself.
type bucketTerms struct {
	// settings lack the account, which is known by its tenant only.
	settings ledger.BucketSettings
	unit     money.Unit
	// initial is the zero Amount if nothing is granted.
	initial money.Amount
}

// readBucket is the guard of Bucket and the translation of its terms.
func readBucket(bucket *v1alpha1.Bucket) (bucketTerms, error) {
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
	switch spec.State {
	case "", v1alpha1.BucketStateActive:
	case v1alpha1.BucketSuspended:
		terms.settings.State = ledger.BucketStateSuspended
	default:
		return terms, invalid("spec.state", "%q is no state: write %s or %s", clip(string(spec.State)),
			v1alpha1.BucketStateActive, v1alpha1.BucketSuspended)
	}
	return terms, firstOf(
		checkObjectName(bucket.Name),
		checkReference("spec.accountRef", spec.AccountRef.Name, spec.AccountRef.Namespace),
		checkUsageType(spec.UsageType, terms.unit),
		checkBucketPolicy(spec.DeletionPolicy),
	)
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

// otherTerms tells what the ledger has under the bucket's name.
func otherTerms(has, wanted ledger.BucketSettings) standing {
	class := v1alpha1.ClassPaid
	if has.Class == ledger.Granted {
		class = v1alpha1.ClassGranted
	}
	where := ""
	if has.Account != wanted.Account {
		where = " on another account"
	}
	return stalled(v1alpha1.ReasonBucketConflict,
		"The ledger has a bucket of this name%s with the unit %s, the usageType %s and the class %s; ask for those, or use another name",
		where, has.Unit, has.UsageType, class)
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
