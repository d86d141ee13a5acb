// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"bytes"
	"fmt"
	"slices"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/prepay-operator/prepay-operator/api/v1alpha1"
	"github.com/prepay-operator/prepay-operator/internal/ledger"
	"github.com/prepay-operator/prepay-operator/internal/money"
)

// member is an account that may use another one's bucket, in the order of spec.
type member struct {
	name string
	// Share lacks the account until the tenant is known.
	ledger.Share
}

// checkShares reads with whom a bucket is shared.
func checkShares(spec *v1alpha1.BucketSpec, unit money.Unit) ([]member, error) {
	const field = "spec.sharedWith"
	if n := len(spec.SharedWith); n > ledger.MaxShares {
		return nil, invalid(field, "has %d entries: at most %d", n, ledger.MaxShares)
	}
	var members []member
	seen := map[string]int{}
	for i := range spec.SharedWith {
		share, at := &spec.SharedWith[i], fmt.Sprintf("%s[%d]", field, i)
		name := share.AccountRef.Name
		if err := checkReference(at+".accountRef", name, share.AccountRef.Namespace); err != nil {
			return nil, err
		}
		if name == spec.AccountRef.Name {
			return nil, invalid(at+".accountRef.name", "%q is the bucket's own account, which may use it already: remove the entry", name)
		}
		if first, has := seen[name]; has {
			return nil, invalid(at+".accountRef.name", "%q is in %s[%d] already: remove one of the two", name, field, first)
		}
		seen[name] = i
		var bound int64
		if share.Cap != "" {
			var err error
			if bound, err = checkInUnit(at+".cap", share.Cap, unit); err != nil {
				return nil, err
			}
		}
		members = append(members, member{name, ledger.Share{Cap: bound}})
	}
	return members, nil
}

// members are the same with their accounts as the ledger knows them.
func (e *environment) members(tenant ledger.ID, members []member) []member {
	known := slices.Clone(members)
	for i := range known {
		known[i].Account = ledger.AccountID(e.scope, tenant, known[i].name)
	}
	return known
}

// sharesOf are the shares in the order in which the ledger has them; nil if there are
// none.
func sharesOf(members []member) []ledger.Share {
	var shares []ledger.Share
	for _, m := range members {
		shares = append(shares, m.Share)
	}
	slices.SortFunc(shares, func(a, b ledger.Share) int { return bytes.Compare(a.Account[:], b.Account[:]) })
	return shares
}

// uses tells what each member has used, in the order of spec; nil if there are none.
func (v *bucketView) uses() []v1alpha1.BucketShareUse {
	var uses []v1alpha1.BucketShareUse
	for _, m := range v.members {
		use := v1alpha1.BucketShareUse{Account: m.name, Used: amountOf(v.Uses[m.Account], v.Settings.Unit)}
		if m.Cap != 0 {
			use.Cap = amountOf(m.Cap, v.Settings.Unit)
		}
		uses = append(uses, use)
	}
	return uses
}

// byMember indexes a bucket by the accounts that it is shared with.
func byMember(obj client.Object) []string {
	bucket, ok := obj.(*v1alpha1.Bucket)
	if !ok {
		return nil
	}
	var names []string
	for i := range bucket.Spec.SharedWith {
		names = append(names, bucket.Spec.SharedWith[i].AccountRef.Name)
	}
	return names
}
