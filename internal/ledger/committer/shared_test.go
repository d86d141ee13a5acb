// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package committer_test

import (
	"bytes"
	"context"
	"slices"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
	"github.com/prepay-operator/prepay-operator/internal/ledger/committer"
	"github.com/prepay-operator/prepay-operator/internal/ledger/ledgertest"
)

func familyOf(owner string) ledger.ID { return ledger.BucketID(scope, tenant, "family-"+owner) }

// sharing is a version of an owner's bucket that is shared with others. The next one
// follows the version it expects.
func sharing(owner string, expect int64, with ...string) ledger.Command {
	op := ledger.SetBucket{Bucket: familyOf(owner), ExpectVersion: expect, Settings: ledger.BucketSettings{
		Account: account(owner), Unit: "GB", UsageType: "Data",
	}}
	for _, name := range with {
		op.Settings.SharedWith = append(op.Settings.SharedWith, ledger.Share{Account: account(name)})
	}
	slices.SortFunc(op.Settings.SharedWith, func(x, y ledger.Share) int { return bytes.Compare(x.Account[:], y.Account[:]) })
	return ledger.Command{
		Key: ledger.SettingsKey(op.Bucket, expect+1), Scope: scope, Tenant: tenant, Operation: op,
	}
}

func bytesOf(base int64) ledger.Quantity { return ledger.Quantity{Base: base, Unit: "B"} }

// granted puts some into an owner's bucket.
func granted(owner string, amount int64) ledger.Command {
	return ledger.Command{
		Key: ledger.OperationKey(scope, tenant, "Bucket", owner, ""), Scope: scope, Tenant: tenant,
		Operation: ledger.Grant{Into: ledger.Place{Account: account(owner), Bucket: familyOf(owner)}, Amount: bytesOf(amount)},
	}
}

// uses charges 1 of whatever an account may use.
func uses(name, of string) ledger.Command {
	return ledger.Command{
		Key: ledger.OperationKey(scope, tenant, "BalanceAdjustment", name, ""), Scope: scope, Tenant: tenant,
		Operation: ledger.Adjust{Type: ledger.OneTimeCharge, At: ledger.Place{Account: account(of)}, Amount: bytesOf(1)},
	}
}

// holds holds some of whatever an account may use.
func holds(name, of string, amount int64) ledger.Command {
	return ledger.Command{
		Key: ledger.HoldKey(hold(name), "reserve"), Scope: scope, Tenant: tenant,
		Operation: ledger.Reserve{
			Hold: hold(name), From: ledger.Place{Account: account(of)}, Amount: bytesOf(amount), For: time.Hour.Microseconds(),
		},
	}
}

func releases(name, of string) ledger.Command {
	return ledger.Command{
		Key: ledger.HoldKey(hold(name), "release"), Scope: scope, Tenant: tenant,
		Operation: ledger.ReleaseHold{Account: account(of), Hold: hold(name)},
	}
}

// crowd pushes out what is kept in a cache that has next to no room.
func (r *rig) crowd(name string) {
	for _, part := range []string{"1", "2", "3"} {
		r.must(opening("crowd " + name + part))
	}
}

// left is what is left in an owner's bucket, and what each member used of it.
func (r *rig) left(owner string) (int64, map[ledger.ID]int64) {
	view, err := r.Account(context.Background(), account(owner))
	r.Expect(err).NotTo(HaveOccurred())
	bucket := view.Buckets[familyOf(owner)]
	return bucket.Remaining, bucket.Uses
}

// family is a ledger in which alice shares a bucket of 10 with bob, and next to nothing
// is kept in memory.
func family(t *testing.T) *rig {
	t.Helper()
	r := start(t, ledgertest.NewMemory(), committer.Options{CacheLimit: 1})
	r.must(opening("alice"))
	r.must(opening("bob"))
	r.must(sharing("alice", 0, "bob"))
	r.must(granted("alice", 10))
	return r
}

func TestWhoSharesABucketIsLoadedWithItsOwner(t *testing.T) {
	r := family(t)
	r.crowd("out")
	loads, loaded := r.store.Loads(), r.loaded()
	r.must(uses("one", "bob"))
	r.Expect(r.store.Loads()).To(Equal(loads+2), "whose bucket it is has to be looked up")
	r.Expect(loaded()).To(ContainElements(account("bob"), account("alice")))
	r.must(uses("two", "bob"))
	r.Expect(r.store.Loads()).To(Equal(loads+3), "now it is known")
	r.must(uses("three", "alice"))
	r.Expect(r.store.Loads()).To(Equal(loads + 4))
	remaining, used := r.left("alice")
	r.Expect(remaining).To(BeEquivalentTo(7))
	r.Expect(used).To(Equal(map[ledger.ID]int64{account("bob"): 2}))
}

func TestAnAccountThatSharesNothingIsLoadedAtOnce(t *testing.T) {
	r := family(t)
	r.must(opening("carol"))
	r.crowd("out")
	loads := r.store.Loads()
	r.must(topUp("some", "carol", 1))
	r.Expect(r.store.Loads()).To(Equal(loads + 1))
}

func TestABucketThatIsSharedInABatchIsUsedInIt(t *testing.T) {
	r := start(t, ledgertest.NewMemory(), committer.Options{CacheLimit: 1})
	answers := r.together(opening("alice"), opening("bob"), uses("early", "bob"), sharing("alice", 0, "bob"),
		granted("alice", 10), uses("one", "bob"), holds("two", "bob", 2), sharing("alice", 1), uses("late", "bob"),
		releases("two", "bob"))
	for i, want := range []ledger.Code{
		"", "", ledger.InsufficientFunds, "", "", "", "", "", ledger.InsufficientFunds, "",
	} {
		r.Expect(answers[i].Err).NotTo(HaveOccurred())
		r.Expect(answers[i].Outcome.Code).To(Equal(want), "command %d", i)
		r.Expect(answers[i].Outcome.Sequence).To(BeEquivalentTo(1))
	}
	remaining, _ := r.left("alice")
	r.Expect(remaining).To(BeEquivalentTo(9))
}

// The member is looked up while the batch that makes it one is being appended.
func TestABucketThatIsBeingSharedIsUsedByTheNextBatch(t *testing.T) {
	for name, crowded := range map[string]bool{"who is known": false, "who has to be loaded": true} {
		t.Run(name, func(t *testing.T) {
			r := start(t, ledgertest.NewMemory(), committer.Options{CacheLimit: 1})
			r.must(opening("alice"))
			r.must(opening("bob"))
			r.must(sharing("alice", 0))
			r.must(granted("alice", 10))
			if crowded {
				r.crowd("out")
			}
			appending, proceed := r.hold(t)
			shared := r.later(sharing("alice", 1, "bob"))
			r.Eventually(appending).Should(Receive())
			loads := r.store.Loads()
			used := r.later(uses("one", "bob"))
			r.Eventually(r.store.Loads).Should(BeNumerically(">", loads))
			proceed()
			r.Eventually(shared).Should(Receive(HaveField("Outcome.Status", ledger.Accepted)))
			r.Eventually(used).Should(Receive(HaveField("Outcome.Status", ledger.Accepted)))
			r.crowd("out again")
			r.must(uses("two", "bob"))
			remaining, _ := r.left("alice")
			r.Expect(remaining).To(BeEquivalentTo(8))
			r.chained()
		})
	}
}

// Bob is in the batch first as the owner of what carol may use, and then himself: whose
// bucket he may use has to be looked up then.
func TestAnOwnerWhoIsAMemberTooIsLoadedWithHisOwners(t *testing.T) {
	r := family(t)
	r.must(opening("carol"))
	r.must(sharing("bob", 0, "carol"))
	r.must(holds("call", "bob", 4))
	r.crowd("out")
	appending, proceed := r.hold(t)
	flying := make(chan []ledgertest.Answer, 1)
	go func() { flying <- r.together(opening("dave"), opening("erin")) }()
	r.Eventually(appending).Should(Receive())
	loads := r.store.Loads()
	carol := r.later(topUp("one", "carol", 1))
	r.Eventually(r.store.Loads).Should(Equal(loads+2), "carol, and bob with her")
	bob := r.later(releases("call", "bob"))
	r.Eventually(r.store.Loads).Should(Equal(loads+4), "bob, and alice with him")
	proceed()
	for _, answer := range []<-chan ledgertest.Answer{carol, bob} {
		r.Eventually(answer).Should(Receive(HaveField("Outcome.Status", ledger.Accepted)))
	}
	r.Eventually(flying).Should(Receive())
	remaining, _ := r.left("alice")
	r.Expect(remaining).To(BeEquivalentTo(10))
}

func TestWhatIsHeldOfABucketIsGivenBackWhenItIsNoLongerShared(t *testing.T) {
	r := family(t)
	r.must(holds("call", "bob", 4))
	r.must(sharing("alice", 1))
	r.crowd("out")
	r.Expect(r.code(uses("late", "bob"))).To(Equal(ledger.InsufficientFunds))
	r.crowd("out again")
	r.must(releases("call", "bob"))
	remaining, _ := r.left("alice")
	r.Expect(remaining).To(BeEquivalentTo(10))
}

// What ends on the owner's account ends before the member uses what is there.
func TestAnOwnerIsSettledBeforeAMemberUsesTheBucket(t *testing.T) {
	r := family(t)
	term := topUp("a minute", "alice", 5)
	op := term.Operation.(ledger.TopUp)
	op.Into, op.Amount = ledger.Place{Account: account("alice"), Bucket: familyOf("alice")}, bytesOf(5)
	op.Validity = ledger.Validity{End: noon.Add(time.Minute).UnixMicro()}
	term.Operation = op
	r.must(term)
	r.crowd("out")
	r.clock.SetTime(noon.Add(time.Minute))
	r.must(uses("one", "bob"))
	log := r.batches()
	kinds := []ledger.Kind{}
	for _, record := range log[len(log)-1].Records {
		kinds = append(kinds, record.Kind)
	}
	r.Expect(kinds).To(Equal([]ledger.Kind{ledger.KindExpireLot, ledger.KindAdjust}))
	remaining, _ := r.left("alice")
	r.Expect(remaining).To(BeEquivalentTo(9))
}

func TestAnOwnerIsForgottenAndLoadedAnewWithWhoSharesTheBucket(t *testing.T) {
	for name, fault := range map[string]ledgertest.Fault{"rejected": ledgertest.Rejection, "lost": ledgertest.Lost} {
		t.Run(name, func(t *testing.T) {
			r := family(t)
			r.must(uses("before", "bob"))
			r.once(fault)
			for _, answer := range r.together(uses("one", "bob"), uses("two", "bob")) {
				r.Expect(answer.Err).NotTo(HaveOccurred())
				r.Expect(answer.Outcome.Status).To(Equal(ledger.Accepted), "code %s", answer.Outcome.Code)
			}
			remaining, used := r.left("alice")
			r.Expect(remaining).To(BeEquivalentTo(7))
			r.Expect(used).To(Equal(map[ledger.ID]int64{account("bob"): 3}))
			r.chained()
		})
	}
}

func TestAnOwnerOfWhomNothingWasTouchedIsLoadedAnewToo(t *testing.T) {
	r := family(t)
	r.must(topUp("one", "bob", 1))
	r.once(ledgertest.Rejection)
	loaded := r.loaded()
	r.must(topUp("two", "bob", 1))
	r.Expect(loaded()).To(ContainElements(account("bob"), account("alice")))
}

// A batch in which a bucket is shared, or is not any more, and used, is taken apart:
// nothing of what the store refused is left in what decides the rest.
func TestAShareThatTheStoreRefusesIsNone(t *testing.T) {
	r := start(t, ledgertest.NewMemory(), committer.Options{CacheLimit: 1})
	r.must(opening("alice"))
	r.must(opening("bob"))
	r.must(opening("carol"))
	r.must(sharing("alice", 0, "carol"))
	r.must(granted("alice", 10))
	refused := sharing("alice", 1, "bob")
	r.poison(refused)
	answers := r.together(uses("one", "carol"), refused, uses("two", "bob"), uses("three", "carol"))
	for i, want := range []ledger.Code{"", ledger.Malformed, ledger.InsufficientFunds, ""} {
		r.Expect(answers[i].Err).NotTo(HaveOccurred())
		r.Expect(answers[i].Outcome.Code).To(Equal(want), "command %d", i)
	}
	r.store.Poison(nil)
	r.must(uses("four", "carol"))
	r.must(refused)
	r.must(uses("five", "bob"))
	r.Expect(r.code(uses("six", "carol"))).To(Equal(ledger.InsufficientFunds))
	remaining, used := r.left("alice")
	r.Expect(remaining).To(BeEquivalentTo(6))
	r.Expect(used).To(Equal(map[ledger.ID]int64{account("bob"): 1}))
	r.chained()
}
