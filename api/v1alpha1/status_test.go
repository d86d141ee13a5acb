// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1_test

import (
	"context"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	prepayv1alpha1 "github.com/prepay-operator/prepay-operator/api/v1alpha1"
)

const transactionID = "5f0c3b1e-7a52-5d8c-9a44-0d8a3c1f2b6e"

// finished creates a one-shot of the kind and writes the status of a done one.
func finished(ctx context.Context, kind string) *unstructured.Unstructured {
	GinkgoHelper()
	object := create(ctx, parse(complete[kind]))
	set(object, "status.observedGeneration", int64(1))
	set(object, "status.transactionID", transactionID)
	set(object, "status.committedAt", "2026-11-21T12:00:00.123456Z")
	Expect(apiServer.Status().Update(ctx, object)).To(Succeed())
	return object
}

// projected creates an object of the kind and writes the status of a balance read at sequence 10.
func projected(ctx context.Context, kind string) *unstructured.Unstructured {
	GinkgoHelper()
	object := create(ctx, parse(complete[kind]))
	set(object, "status.ledgerID", "ledger-1")
	set(object, "status.ledgerSequence", int64(10))
	Expect(apiServer.Status().Update(ctx, object)).To(Succeed())
	return object
}

var _ = Describe("Status", func() {
	It("says of every new object that it has not been looked at, whatever its author claims", func(ctx SpecContext) {
		for kind, manifest := range complete {
			object := parse(manifest)
			set(object, "status.observedGeneration", int64(1))
			set(object, "status.conditions", []any{map[string]any{
				"type": "Ready", "status": "True", "reason": "Completed", "message": "",
				"lastTransitionTime": "2026-11-21T12:00:00Z",
			}})
			create(ctx, object)
			Expect(object.Object["status"]).To(Equal(map[string]any{"observedGeneration": int64(-1)}), kind)
		}
		ledger := &prepayv1alpha1.Ledger{ObjectMeta: metav1.ObjectMeta{Name: "new"}}
		Expect(apiServer.Create(ctx, ledger)).To(Succeed())
		Expect(ledger.Status).To(Equal(prepayv1alpha1.LedgerStatus{ObservedGeneration: -1}))
	})

	It("does not come from a typed client's empty one", func(ctx SpecContext) {
		topUp := &prepayv1alpha1.TopUp{
			ObjectMeta: metav1.ObjectMeta{Namespace: "default", GenerateName: "typed-"},
			Spec: prepayv1alpha1.TopUpSpec{
				AccountRef: prepayv1alpha1.AccountReference{Name: "alice"},
				Amount:     "25.00 EUR",
				Payment:    prepayv1alpha1.Payment{Type: prepayv1alpha1.PaymentCash},
			},
		}
		Expect(apiServer.Create(ctx, topUp, client.FieldValidation("Strict"))).To(Succeed())
		Expect(topUp.Status.ObservedGeneration).To(BeEquivalentTo(-1))
	})

	It("keeps the ledger's time to the microsecond", func(ctx SpecContext) {
		object := finished(ctx, "TopUp")
		topUp := &prepayv1alpha1.TopUp{}
		Expect(apiServer.Get(ctx, client.ObjectKeyFromObject(object), topUp)).To(Succeed())
		Expect(topUp.Status.CommittedAt.Time).To(BeTemporally("==", time.Date(2026, 11, 21, 12, 0, 0, 123456000, time.UTC)))
	})

	for _, kind := range []string{"TopUp", "BalanceTransfer", "BalanceReservation", "BalanceAdjustment"} {
		Describe("of a finished "+kind, func() {
			const message = "status.transactionID is written once"

			It("may be written again as it is", func(ctx SpecContext) {
				object := finished(ctx, kind)
				set(object, "status.observedGeneration", int64(2))
				Expect(apiServer.Status().Update(ctx, object)).To(Succeed())
			})

			It("keeps its transactionID from another", func(ctx SpecContext) {
				object := finished(ctx, kind)
				set(object, "status.transactionID", "00000000-0000-5000-8000-000000000000")
				Expect(apiServer.Status().Update(ctx, object)).To(beRefusedWith(message))
			})

			It("keeps its transactionID from being removed", func(ctx SpecContext) {
				object := finished(ctx, kind)
				remove(object, "status.transactionID")
				Expect(apiServer.Status().Update(ctx, object)).To(beRefusedWith(message))
			})

			It("keeps its transactionID from being removed with the whole status", func(ctx SpecContext) {
				object := finished(ctx, kind)
				remove(object, "status")
				Expect(apiServer.Status().Update(ctx, object)).To(beRefusedWith(message))
			})

			DescribeTable("keeps its transactionID from a patch that removes the status",
				func(ctx SpecContext, patchType types.PatchType, patch string) {
					object := finished(ctx, kind)
					Expect(apiServer.Status().Patch(ctx, object, client.RawPatch(patchType, []byte(patch)))).
						To(beRefusedWith(message))
				},
				Entry("by merge", types.MergePatchType, `{"status":null}`),
				Entry("by JSON patch", types.JSONPatchType, `[{"op":"remove","path":"/status"}]`),
			)

			It("is not reached by a write to the object itself", func(ctx SpecContext) {
				object := finished(ctx, kind)
				remove(object, "status")
				set(object, "spec.ttlSecondsAfterFinished", int64(1))
				Expect(apiServer.Update(ctx, object)).To(Succeed())
				Expect(object.Object["status"]).To(HaveKeyWithValue("transactionID", transactionID))
			})

			It("refuses a transactionID that is none", func(ctx SpecContext) {
				object := create(ctx, parse(complete[kind]))
				set(object, "status.transactionID", "not-a-uuid")
				Expect(apiServer.Status().Update(ctx, object)).To(beRefusedWith("status.transactionID"))
			})
		})
	}

	for _, kind := range []string{"PrepayAccount", "Bucket"} {
		Describe("of a projected "+kind, func() {
			const message = "status.ledgerSequence may fall only when status.ledgerID changes"

			DescribeTable("goes on", func(ctx SpecContext, sequence int64) {
				object := projected(ctx, kind)
				set(object, "status.ledgerSequence", sequence)
				Expect(apiServer.Status().Update(ctx, object)).To(Succeed())
			},
				Entry("at the same sequence", int64(10)),
				Entry("at a later one", int64(11)),
			)

			It("does not go back", func(ctx SpecContext) {
				object := projected(ctx, kind)
				set(object, "status.ledgerSequence", int64(9))
				Expect(apiServer.Status().Update(ctx, object)).To(beRefusedWith(message))
			})

			It("goes back when another ledger takes over", func(ctx SpecContext) {
				object := projected(ctx, kind)
				set(object, "status.ledgerSequence", int64(1))
				set(object, "status.ledgerID", "ledger-2")
				Expect(apiServer.Status().Update(ctx, object)).To(Succeed())
			})

			DescribeTable("does not lose", func(ctx SpecContext, path string) {
				object := projected(ctx, kind)
				remove(object, path)
				Expect(apiServer.Status().Update(ctx, object)).To(beRefusedWith(message))
			},
				Entry("its sequence", "status.ledgerSequence"),
				Entry("itself", "status"),
			)

			It("does not go back by losing its ledger", func(ctx SpecContext) {
				object := projected(ctx, kind)
				remove(object, "status.ledgerID")
				set(object, "status.ledgerSequence", int64(9))
				Expect(apiServer.Status().Update(ctx, object)).To(beRefusedWith(message))
			})
		})
	}
})
