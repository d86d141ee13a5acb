// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package controllers_test

import (
	"errors"
	"net"
	"net/http"
	"sync/atomic"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/prepay-operator/prepay-operator/api/v1alpha1"
)

var _ = Describe("A name", func() {
	var ns string
	BeforeEach(func() {
		ns = newNamespace()
		apply(MakeAccount(ns, "alice").Obj())
	})

	It("is used once: a finished top-up that is deleted and applied again moves nothing", func() {
		first := MakeTopUp(ns, "cash", "alice", "25.00 EUR").Receipt("till-4/8812").Obj()
		apply(first)
		becomes(first, "True Completed")
		remove(first)

		again := MakeTopUp(ns, "cash", "alice", "25.00 EUR").Receipt("till-4/8812").Obj()
		apply(again)
		becomes(again, "True Completed")
		Expect(again.UID).NotTo(Equal(first.UID))
		Expect(again.Status.Replayed).To(BeTrue())
		Expect(messageOf(again)).To(Equal("recorded earlier; nothing moved now"))
		Expect(again.Status.TransactionID).To(Equal(first.Status.TransactionID))
		Expect(again.Status.CommittedAt.Equal(first.Status.CommittedAt)).To(BeTrue())
		Expect(again.Status.ImpactedBuckets).To(Equal(first.Status.ImpactedBuckets))
		Eventually(eventsOf(again)).Should(ConsistOf("Replayed"))
		Eventually(credit(ns, "alice")).Should(Equal("25.00 EUR"))
	})

	It("replays although the account is not there any more", func() {
		first := MakeTopUp(ns, "cash", "alice", "25.00 EUR").Obj()
		apply(first)
		becomes(first, "True Completed")
		remove(first, MakeAccount(ns, "alice").Obj())
		again := MakeTopUp(ns, "cash", "alice", "25.00 EUR").Obj()
		apply(again)
		becomes(again, "True Completed")
		Expect(again.Status.Replayed).To(BeTrue())
	})

	It("conflicts with other content, and the balance stays", func() {
		first := MakeTopUp(ns, "cash", "alice", "25.00 EUR").Obj()
		apply(first)
		becomes(first, "True Completed")
		remove(first)
		other := MakeTopUp(ns, "cash", "alice", "30.00 EUR").Obj()
		apply(other)
		becomes(other, "False IdempotencyConflict")
		Expect(messageOf(other)).To(ContainSubstring(first.Status.TransactionID))
		Expect(other.Status.CommittedAt).To(BeNil())
		Eventually(eventsOf(other)).Should(ConsistOf("IdempotencyConflict"))
		Eventually(credit(ns, "alice")).Should(Equal("25.00 EUR"))
	})

	It("may be used again by a corrected operation after a refusal, and the refused content stays refused", func() {
		apply(MakeAccount(ns, "bob").Obj())
		refused := MakeTransfer(ns, "lunch", "alice", "bob", "10.00 EUR").Obj()
		apply(refused)
		becomes(refused, "False InsufficientFunds")
		remove(refused)
		funding := MakeTopUp(ns, "cash", "alice", "10.00 EUR").Obj()
		apply(funding)
		becomes(funding, "True Completed")

		same := MakeTransfer(ns, "lunch", "alice", "bob", "10.00 EUR").Obj()
		apply(same)
		becomes(same, "False InsufficientFunds")
		Expect(same.Status.Replayed).To(BeTrue())
		Expect(messageOf(same)).To(Equal(messageOf(refused)))
		remove(same)

		corrected := MakeTransfer(ns, "lunch", "alice", "bob", "9.00 EUR").Obj()
		apply(corrected)
		becomes(corrected, "True Completed")
		Expect(corrected.Status.Replayed).To(BeFalse())
	})

	It("is spec.idempotencyKey where that is set, whatever the object is called", func() {
		first := MakeTopUp(ns, "release-1-cash", "alice", "25.00 EUR").Key("cash").Obj()
		apply(first)
		becomes(first, "True Completed")
		renamed := MakeTopUp(ns, "release-2-cash", "alice", "25.00 EUR").Key("cash").Obj()
		byName := MakeTopUp(ns, "cash", "alice", "25.00 EUR").Obj()
		apply(renamed, byName)
		becomes(renamed, "True Completed")
		Expect(renamed.Status.Replayed).To(BeTrue())
		becomes(byName, "True Completed")
		Expect(byName.Status.Replayed).To(BeFalse())
		Eventually(credit(ns, "alice")).Should(Equal("50.00 EUR"))
	})

	It("keeps its outcome when the object is made anew without its status", func() {
		first := MakeTopUp(ns, "cash", "alice", "25.00 EUR").Obj()
		apply(first)
		becomes(first, "True Completed")
		restored := first.DeepCopy()
		remove(first)
		restored.ObjectMeta = metav1.ObjectMeta{Namespace: ns, Name: "cash", Labels: map[string]string{"velero.io/restore-name": "r"}}
		restored.Status = v1alpha1.TopUpStatus{}
		apply(restored)
		becomes(restored, "True Completed")
		Expect(restored.Status.Replayed).To(BeTrue())
		Eventually(credit(ns, "alice")).Should(Equal("25.00 EUR"))
	})

	groupResource := schema.GroupResource{Group: "prepay.dev", Resource: "topups"}
	cut := &net.OpError{Op: "read", Err: errors.New("connection reset by peer")}
	DescribeTable("moves money once although the status write fails three times",
		func(fail fault) {
			key := client.ObjectKey{Namespace: ns, Name: "cash"}
			var failures atomic.Int32
			DeferCleanup(faults.on(key, func(write func() error) error {
				if failures.Add(1) <= 3 {
					return fail(write)
				}
				return write()
			}))
			topUp := MakeTopUp(ns, "cash", "alice", "25.00 EUR").Obj()
			// Ready first, so that the write that fails is that of the outcome.
			becomes(MakeAccount(ns, "alice").Obj(), "True Active")
			apply(topUp)
			Eventually(failures.Load).Should(BeNumerically(">=", 1))
			becomes(topUp, "True Completed")
			Expect(topUp.Status.Replayed).To(BeFalse(), "it was this object's own outcome")
			Expect(messageOf(topUp)).To(Equal("25.00 EUR added to alice"))
			Eventually(credit(ns, "alice")).Should(Equal("25.00 EUR"))
		},
		Entry("409", refuse(apierrors.NewConflict(groupResource, "cash", errors.New("it was changed")))),
		Entry("429", refuse(apierrors.NewTooManyRequests("slow down", 1))),
		Entry("500", refuse(apierrors.NewInternalError(errors.New("etcd")))),
		Entry("503", refuse(apierrors.NewServiceUnavailable("away"))),
		Entry("a connection that is cut before the write", refuse(cut)),
		Entry("a connection that is cut after the write", fault(func(write func() error) error {
			return errors.Join(cut, write())
		})),
		Entry("a timeout", refuse(apierrors.NewGenericServerResponse(http.StatusGatewayTimeout, "put", groupResource, "cash", "", 0, true))),
	)
})

// refuse does not do the write and answers with an error.
func refuse(err error) fault {
	return func(func() error) error { return err }
}
