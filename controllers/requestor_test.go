// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package controllers_test

import (
	"database/sql"

	"github.com/google/uuid"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/prepay-operator/prepay-operator/api/v1alpha1"
	"github.com/prepay-operator/prepay-operator/controllers"
	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

var _ = Describe("The requestor of an operation", func() {
	const jane, forged = "jane@example.com", "system:admin"

	// annotated is what the ledger keeps beside its chain for a transaction.
	annotated := func(transaction string) ledger.Annotation {
		GinkgoHelper()
		db, err := sql.Open("sqlite", "file:"+ledgerPath+"?mode=ro")
		Expect(err).NotTo(HaveOccurred())
		defer func() { Expect(db.Close()).To(Succeed()) }()
		id := uuid.MustParse(transaction)
		var kept ledger.Annotation
		Expect(db.QueryRowContext(ctx, "SELECT channel, reason, requestor FROM annotation JOIN tx USING (seq, pos) WHERE tx.id = ?", id[:]).
			Scan(&kept.Channel, &kept.Reason, &kept.Requestor)).To(Succeed())
		return kept
	}
	// asked has an operation of each kind done, and gives their transactions.
	asked := func(by string) map[string]string {
		GinkgoHelper()
		ns := newNamespace()
		funded(ns, "alice", "20.00 EUR")
		apply(MakeAccount(ns, "bob").Obj())
		topUp := MakeTopUp(ns, "cash", "alice", "5.00 EUR").Reason("a present").Requestor(by).Obj()
		transfer := MakeTransfer(ns, "lunch", "alice", "bob", "5.00 EUR").Requestor(by).Obj()
		transfer.Spec.Reason = "a present"
		charge := MakeCharge(ns, "fee", "alice", "5.00 EUR").Requestor(by).Obj()
		charge.Spec.Reason = "a present"
		session := MakeReservation(ns, "session", "alice", "5.00 EUR").Obj()
		session.Spec.Reason, session.Spec.Requestor = "a present", by
		transactions := map[string]string{}
		for _, obj := range []interface {
			conditioned
			GetOneShotStatus() *v1alpha1.OneShotStatus
		}{topUp, transfer, charge, session} {
			apply(obj)
			Eventually(ready(obj)).Should(HavePrefix("True "))
			transactions[obj.GetName()] = obj.GetOneShotStatus().TransactionID
		}
		return transactions
	}

	It("is kept beside the ledger where policies stamp it", func() {
		operator.stop()
		operator = startOperator(ledgerPath, func(o *controllers.Options) { o.RecordRequestor = true })
		DeferCleanup(func() {
			operator.stop()
			operator = startOperator(ledgerPath)
		})
		for name, transaction := range asked(jane) {
			Expect(annotated(transaction)).To(Equal(ledger.Annotation{Reason: "a present", Requestor: jane}), name)
		}
	})

	It("is not believed where nobody vouches for it", func() {
		for name, transaction := range asked(forged) {
			Expect(annotated(transaction)).To(Equal(ledger.Annotation{Reason: "a present"}), name)
		}
	})
})
