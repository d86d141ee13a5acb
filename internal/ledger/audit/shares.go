// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package audit

import (
	"cmp"
	"maps"
	"slices"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// sharing is a bucket and an account that it is or was shared with.
type sharing struct{ bucket, member ledger.ID }

func (s sharing) compare(other sharing) int {
	return cmp.Or(cmp.Compare(s.bucket.String(), other.bucket.String()), cmp.Compare(s.member.String(), other.member.String()))
}

// share is what the log has said of a sharing so far.
type share struct {
	// owner is the account of the bucket, and cap the member's, 0 if there is none,
	// while it is shared.
	shared bool
	owner  ledger.ID
	cap    int64
	// pointer is set once the membership was written; pointsTo is its owner.
	pointer  bool
	pointsTo ledger.ID
	// counted is set once a use was counted: used since an instant, by countedBy.
	counted     bool
	countedBy   ledger.ID
	used, since int64
}

// share takes what a record says of shares into account, in the order of the log, so
// that each use is compared with the share that there was then.
func (r *run) share(record *ledger.Record) {
	for i := range record.Facts {
		fact := &record.Facts[i]
		switch fact.Kind {
		case ledger.FactBucket:
			r.shareWith(fact)
		case ledger.FactMembership:
			r.membership(fact)
		case ledger.FactShareUse:
			r.use(fact)
		}
	}
}

// of finds what is known of a sharing, or makes its place.
func (r *run) of(bucket, member ledger.ID) *share {
	key := sharing{bucket, member}
	if r.shares[key] == nil {
		r.shares[key] = &share{}
	}
	return r.shares[key]
}

// shareWith takes the shares of a bucket's settings.
func (r *run) shareWith(fact *ledger.Fact) {
	row := Fact{Subject: fact.Subject, Version: fact.Version}
	var settings ledger.BucketSettings
	if err := ledger.DecodeBody(fact.Body, &settings); err != nil {
		r.find(row, "its settings cannot be read: %v", err)
		return
	}
	for _, member := range r.members[fact.Subject] {
		r.of(fact.Subject, member).shared = false
	}
	delete(r.members, fact.Subject)
	for _, with := range settings.SharedWith {
		s := r.of(fact.Subject, with.Account)
		s.shared, s.owner, s.cap = true, settings.Account, with.Cap
		r.members[fact.Subject] = append(r.members[fact.Subject], with.Account)
	}
}

func (r *run) membership(fact *ledger.Fact) {
	row := Fact{Subject: fact.Subject, Version: fact.Version}
	var body ledger.Membership
	if err := ledger.DecodeBody(fact.Body, &body); err != nil {
		r.find(row, "its membership cannot be read: %v", err)
		return
	}
	if ledger.MembershipID(body.Bucket, body.Member) != fact.Subject {
		r.find(row, "it is of account %s and bucket %s, which have another subject", body.Member, body.Bucket)
		return
	}
	s := r.of(body.Bucket, body.Member)
	s.pointer, s.pointsTo = true, body.Owner
}

// use checks a counter, and what it counts since the version before.
func (r *run) use(fact *ledger.Fact) {
	row := Fact{Subject: fact.Subject, Version: fact.Version}
	var body ledger.ShareUse
	if err := ledger.DecodeBody(fact.Body, &body); err != nil {
		r.find(row, "its use cannot be read: %v", err)
		return
	}
	if ledger.ShareUseID(body.Bucket, body.Member) != fact.Subject {
		r.find(row, "it is of account %s and bucket %s, which have another subject", body.Member, body.Bucket)
		return
	}
	if fact.Used == nil || *fact.Used < 0 {
		r.find(row, "used is %v; it counts from zero", optional(nullable(fact.Used)))
		return
	}
	if fact.Cap != nil && *fact.Used > *fact.Cap {
		r.find(row, "used is %d, above the cap of %d", *fact.Used, *fact.Cap)
	}
	s := r.of(body.Bucket, body.Member)
	r.counts(row, s, body, *fact.Used)
	s.counted, s.countedBy, s.used, s.since = true, body.Owner, *fact.Used, body.Since
}

// counts checks that a counter rises only while the bucket is shared, and up to the
// cap that the share then has, and that no cycle that was counted begins again.
func (r *run) counts(row Fact, s *share, body ledger.ShareUse, used int64) {
	before := s.used
	switch {
	case body.Since > s.since:
		before = 0
	case s.counted && body.Since < s.since:
		r.find(row, "it counts since %d, the version before since %d", body.Since, s.since)
	}
	switch rises := used > before; {
	case !s.shared && rises:
		r.find(row, "used rises to %d, and the bucket is not shared with the account", used)
	case !s.shared:
	case rises && s.cap > 0 && used > s.cap:
		r.find(row, "used rises to %d, above the share's cap of %d", used, s.cap)
	case body.Owner != s.owner:
		r.find(row, "its owner is %s, the bucket's is %s", body.Owner, s.owner)
	}
}

// sharedRows checks that the memberships and the counters of what is shared are live,
// and those of nothing else.
func (r *run) sharedRows() error {
	for _, key := range slices.SortedFunc(maps.Keys(r.shares), sharing.compare) {
		s := r.shares[key]
		pointer := ledger.MembershipID(key.bucket, key.member)
		switch {
		case s.shared && !s.pointer:
			r.find(Fact{Subject: pointer, Version: 1}, "missing: bucket %s is shared with account %s", key.bucket, key.member)
		case s.shared && s.pointsTo != s.owner:
			r.find(Fact{Subject: pointer, Version: 1}, "its owner is %s, the bucket's is %s", s.pointsTo, s.owner)
		}
		r.liveWhile(s.shared, liveRow{key.member, pointer})
		if s.counted {
			r.liveWhile(s.shared, liveRow{s.countedBy, ledger.ShareUseID(key.bucket, key.member)})
		}
	}
	return nil
}

// liveWhile checks that a row of a share is live while it is shared.
func (r *run) liveWhile(shared bool, row liveRow) {
	switch base, there := r.live[row]; {
	case shared && !there:
		r.find(row, "missing: the bucket is shared with the account")
	case !shared && there:
		r.find(row, "the bucket is not shared with the account")
	case there && base != 0:
		r.find(row, "base is %d, a share has none", base)
	}
}
