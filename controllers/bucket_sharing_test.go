// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/prepay-operator/prepay-operator/api/v1alpha1"
	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// sharing is a share with an account.
func sharing(account string, most v1alpha1.Amount) v1alpha1.BucketShare {
	return v1alpha1.BucketShare{AccountRef: v1alpha1.AccountReference{Name: account}, Cap: most}
}

// family is a bucket of alice that is shared with others.
func family(shares ...v1alpha1.BucketShare) *v1alpha1.Bucket {
	return monthly(func(s *v1alpha1.BucketSpec) { s.SharedWith = shares })
}

func TestTheGuardOfASharedBucket(t *testing.T) {
	elsewhere := sharing("nikos", "")
	elsewhere.AccountRef.Namespace = "wholesale"
	crowd := make([]v1alpha1.BucketShare, ledger.MaxShares+1)
	for i := range crowd {
		crowd[i] = sharing(fmt.Sprintf("line-%d", i), "")
	}
	for name, test := range map[string]struct {
		shares []v1alpha1.BucketShare
		want   string
	}{
		"another namespace": {[]v1alpha1.BucketShare{elsewhere},
			`spec.sharedWith[0].accountRef.namespace: "wholesale": a reference never leaves its namespace: remove namespace`},
		"nobody":          {[]v1alpha1.BucketShare{sharing("nikos", ""), sharing("", "1 GB")}, "spec.sharedWith[1].accountRef.name: is empty"},
		"no name":         {[]v1alpha1.BucketShare{sharing("@main", "")}, `spec.sharedWith[0].accountRef.name: "@main" is no name`},
		"a long name":     {[]v1alpha1.BucketShare{sharing(strings.Repeat("a", 64), "")}, "spec.sharedWith[0].accountRef.name"},
		"its own account": {[]v1alpha1.BucketShare{sharing("alice", "")}, `spec.sharedWith[0].accountRef.name: "alice" is the bucket's own account`},
		"one twice": {[]v1alpha1.BucketShare{sharing("nikos", "1 GB"), sharing("eleni", ""), sharing("nikos", "2 GB")},
			`spec.sharedWith[2].accountRef.name: "nikos" is in spec.sharedWith[0] already: remove one of the two`},
		"a cap of nothing":     {[]v1alpha1.BucketShare{sharing("nikos", "0.00 GB")}, `spec.sharedWith[0].cap: "0.00 GB" is nothing`},
		"a cap below":          {[]v1alpha1.BucketShare{sharing("nikos", "-1 GB")}, "spec.sharedWith[0].cap"},
		"a cap of talk":        {[]v1alpha1.BucketShare{sharing("nikos", "5 min")}, `spec.sharedWith[0].cap: "5 min" does not convert to spec.unit: write it in GB`},
		"a cap of half a byte": {[]v1alpha1.BucketShare{sharing("nikos", "0.1 GiB")}, "no whole number of bytes"},
		"a cap without unit":   {[]v1alpha1.BucketShare{sharing("nikos", "5")}, "spec.sharedWith[0].cap"},
		"a crowd":              {crowd, "spec.sharedWith: has 101 entries: at most 100"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := readBucket(family(test.shares...))
			isInvalid(t, err, v1alpha1.ReasonInvalidSpec, test.want)
		})
	}
	if _, err := readBucket(family(crowd[:ledger.MaxShares]...)); err != nil {
		t.Errorf("as many as there may be: %v", err)
	}
}

func TestASharedBucketBecomesItsSettings(t *testing.T) {
	r := &BucketReconciler{environment{scope: "specs"}}
	tenant := ledger.ID{7}
	read := func(shares ...v1alpha1.BucketShare) wantedBucket {
		bucket := family(shares...)
		terms, err := readBucket(bucket)
		if err != nil {
			t.Fatal(err)
		}
		return r.wanted(bucket, terms, tenant)
	}
	id := func(name string) ledger.ID { return ledger.AccountID("specs", tenant, name) }
	// In no order that IDs could have by chance.
	var shares []v1alpha1.BucketShare
	var want []ledger.Share
	for i := range 20 {
		name := fmt.Sprintf("line-%d", i)
		shares = append(shares, sharing(name, v1alpha1.Amount(fmt.Sprintf("%d MB", 1500+i))))
		want = append(want, ledger.Share{Account: id(name), Cap: int64(1500+i) * 1_000_000})
	}
	shares[3].Cap, want[3].Cap = "", 0
	slices.SortFunc(want, func(a, b ledger.Share) int { return bytes.Compare(a.Account[:], b.Account[:]) })
	wanted := read(shares...)
	if diff := cmp.Diff(want, wanted.settings.SharedWith); diff != "" {
		t.Error(diff)
	}
	for i, m := range wanted.members {
		if m.name != shares[i].AccountRef.Name || m.Account != id(m.name) {
			t.Errorf("member %d is %+v", i, m)
		}
	}
	// Or it would be set again and again.
	if got := read().settings.SharedWith; got != nil {
		t.Errorf("shared with nobody: %#v", got)
	}
}

func TestASharedBucketShowsWhatEachHasUsedInTheOrderOfSpec(t *testing.T) {
	view := viewed(ledger.Term{})
	nikos, eleni, zoe := ledger.ID{3}, ledger.ID{2}, ledger.ID{1}
	view.members = []member{
		{"nikos", ledger.Share{Account: nikos, Cap: 2_000_000_000}}, {"eleni", ledger.Share{Account: eleni}},
		{"zoe", ledger.Share{Account: zoe, Cap: 1}},
	}
	view.Uses = map[ledger.ID]int64{nikos: 1_200_000_000, eleni: 7}
	var status v1alpha1.BucketStatus
	view.show(&status)
	if diff := cmp.Diff([]v1alpha1.BucketShareUse{
		{Account: "nikos", Used: "1.2 GB", Cap: "2 GB"}, {Account: "eleni", Used: "7 B"}, {Account: "zoe", Used: "0 GB", Cap: "1 B"},
	}, status.SharedWith); diff != "" {
		t.Error(diff)
	}
	viewed(ledger.Term{}).show(&status)
	if status.SharedWith != nil {
		t.Errorf("what was shown before is still there: %+v", status.SharedWith)
	}
}

func TestAChargeTellsWhatOfItWasTakenFromSharedBuckets(t *testing.T) {
	impacted := func(buckets ...string) []v1alpha1.ImpactedBucket {
		var all []v1alpha1.ImpactedBucket
		for _, name := range buckets {
			account, bucket, _ := strings.Cut(name, "/")
			all = append(all, v1alpha1.ImpactedBucket{Account: account, Bucket: bucket})
		}
		return all
	}
	for want, test := range map[string]struct {
		at       end
		impacted []v1alpha1.ImpactedBucket
	}{
		"nikos":                                  {end{account: "nikos", all: true}, impacted("nikos/@main", "nikos/own")},
		"nikos/own":                              {end{account: "nikos", bucket: "own"}, impacted("nikos/own")},
		"nikos, from alice/data":                 {end{account: "nikos", bucket: "data"}, impacted("alice/data")},
		"nikos, from alice/data, bob/data":       {end{account: "nikos", all: true}, impacted("alice/data", "bob/data")},
		"nikos, in part from alice/data":         {end{account: "nikos", all: true}, impacted("nikos/own", "alice/data")},
		"nikos, from 5 shared buckets":           {end{account: "nikos", all: true}, impacted("a/1", "a/2", "a/3", "a/4", "a/5")},
		"nikos, in part from a/1, a/2, a/3, a/4": {end{account: "nikos", all: true}, impacted("a/1", "a/2", "nikos/@main", "a/3", "a/4")},
	} {
		if got := withShared(test.at, test.impacted); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
