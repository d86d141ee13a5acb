// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1_test

import (
	"encoding/json"
	"net/http"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/rest"

	prepayv1alpha1 "github.com/prepay-operator/prepay-operator/api/v1alpha1"
)

// tableOf asks the API server for what kubectl get prints of one object.
func tableOf(ctx SpecContext, path string) (headings []string, cells []any) {
	GinkgoHelper()
	httpClient, err := rest.HTTPClientFor(restConfig)
	Expect(err).NotTo(HaveOccurred())
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(restConfig.Host, "/")+path, nil)
	Expect(err).NotTo(HaveOccurred())
	request.Header.Set("Accept", "application/json;as=Table;v=v1;g=meta.k8s.io")
	response, err := httpClient.Do(request)
	Expect(err).NotTo(HaveOccurred())
	defer func() { Expect(response.Body.Close()).To(Succeed()) }()
	Expect(response).To(HaveHTTPStatus(http.StatusOK))
	table := &metav1.Table{}
	Expect(json.NewDecoder(response.Body).Decode(table)).To(Succeed())
	for _, column := range table.ColumnDefinitions {
		headings = append(headings, strings.ToUpper(column.Name))
	}
	Expect(table.Rows).To(HaveLen(1))
	return headings, table.Rows[0].Cells
}

var _ = Describe("kubectl get", func() {
	ready := func(object *unstructured.Unstructured, reason string) {
		GinkgoHelper()
		Expect(unstructured.SetNestedSlice(object.Object, []any{map[string]any{
			"type": "Ready", "status": "True", "reason": reason, "message": "It is done.", "observedGeneration": int64(1),
			"lastTransitionTime": "2026-11-21T12:00:00Z",
		}}, "status", "conditions")).To(Succeed())
	}
	path := func(resource string, object *unstructured.Unstructured) string {
		return "/apis/prepay.dev/v1alpha1/namespaces/default/" + resource + "/" + object.GetName()
	}

	It("tells of an account what is available and what is on it", func(ctx SpecContext) {
		account := create(ctx, parse(complete["PrepayAccount"]))
		set(account, "status.balance", map[string]any{
			"available": "45.00 EUR", "credit": "-5.0025 EUR", "reserved": "3.00 EUR", "accepted": "2.00 EUR",
			"restricted": "1.00 EUR", "debt": "0.00 EUR",
		})
		ready(account, "Active")
		Expect(apiServer.Status().Update(ctx, account)).To(Succeed())
		headings, cells := tableOf(ctx, path("prepayaccounts", account))
		Expect(headings).To(Equal([]string{"NAME", "AVAILABLE", "CREDIT", "RESERVED", "ACCEPTED", "STATUS", "AGE"}))
		Expect(cells[:6]).To(Equal([]any{account.GetName(), "45.00 EUR", "-5.0025 EUR", "3.00 EUR", "2.00 EUR", "Active"}))
	})

	It("tells of a bucket whose it is, what remains and until when", func(ctx SpecContext) {
		bucket := create(ctx, parse(complete["Bucket"]))
		set(bucket, "status.balance", map[string]any{"remaining": "10 GB", "reserved": "0 GB", "accepted": "0 GB"})
		set(bucket, "status.validFor", map[string]any{"start": "2026-12-01T00:00:00Z", "end": "2027-12-01T00:00:00Z"})
		ready(bucket, "Active")
		Expect(apiServer.Status().Update(ctx, bucket)).To(Succeed())
		headings, cells := tableOf(ctx, path("buckets", bucket))
		Expect(headings).To(Equal([]string{"NAME", "ACCOUNT", "REMAINING", "ENDS", "STATUS", "AGE"}))
		Expect(cells[:5]).To(Equal([]any{bucket.GetName(), "alice", "10 GB", "2027-12-01T00:00:00Z", "Active"}))
	})

	It("tells of a top-up who got how much, and when", func(ctx SpecContext) {
		topUp := create(ctx, parse(complete["TopUp"]))
		set(topUp, "status.committedAt", "2021-11-21T12:00:00.123456Z")
		ready(topUp, "Completed")
		Expect(apiServer.Status().Update(ctx, topUp)).To(Succeed())
		headings, cells := tableOf(ctx, path("topups", topUp))
		Expect(headings).To(Equal([]string{"NAME", "ACCOUNT", "AMOUNT", "STATUS", "COMMITTED", "AGE"}))
		Expect(cells[:4]).To(Equal([]any{topUp.GetName(), "alice", "25.00 EUR", "Completed"}))
		Expect(cells[4]).To(MatchRegexp(`^[0-9]+y`))
	})

	It("tells of a transfer who gave whom how much, and when", func(ctx SpecContext) {
		transfer := create(ctx, parse(complete["BalanceTransfer"]))
		ready(transfer, "Completed")
		Expect(apiServer.Status().Update(ctx, transfer)).To(Succeed())
		headings, cells := tableOf(ctx, path("balancetransfers", transfer))
		Expect(headings).To(Equal([]string{"NAME", "FROM", "TO", "AMOUNT", "STATUS", "COMMITTED", "AGE"}))
		Expect(cells[:5]).To(Equal([]any{transfer.GetName(), "alice", "bob", "10.00 EUR", "Completed"}))
		Expect(cells[5]).To(BeNil())
	})

	It("tells of a reservation what is held for whom and until when, and what was charged", func(ctx SpecContext) {
		reservation := create(ctx, parse(complete["BalanceReservation"]))
		set(reservation, "status.charged", "3.20 EUR")
		set(reservation, "status.expiresAt", "2026-12-24T18:00:00.000000Z")
		ready(reservation, "Charged")
		Expect(apiServer.Status().Update(ctx, reservation)).To(Succeed())
		headings, cells := tableOf(ctx, path("balancereservations", reservation))
		Expect(headings).To(Equal([]string{"NAME", "ACCOUNT", "AMOUNT", "CHARGED", "EXPIRES", "STATUS", "AGE"}))
		Expect(cells[:6]).To(Equal([]any{
			reservation.GetName(), "alice", "5.00 EUR", "3.20 EUR", "2026-12-24T18:00:00.000000Z", "Charged",
		}))
	})

	It("tells of an adjustment whose it is, what it did and when", func(ctx SpecContext) {
		adjustment := create(ctx, parse(complete["BalanceAdjustment"]))
		set(adjustment, "status.committedAt", "2021-11-21T12:00:00.123456Z")
		ready(adjustment, "Completed")
		Expect(apiServer.Status().Update(ctx, adjustment)).To(Succeed())
		headings, cells := tableOf(ctx, path("balanceadjustments", adjustment))
		Expect(headings).To(Equal([]string{"NAME", "ACCOUNT", "TYPE", "AMOUNT", "STATUS", "COMMITTED", "AGE"}))
		Expect(cells[:5]).To(Equal([]any{adjustment.GetName(), "alice", "OneTimeCharge", "4.00 EUR", "Completed"}))
		Expect(cells[5]).To(MatchRegexp(`^[0-9]+y`))
	})

	It("tells of a ledger which one it is and how far it has come", func(ctx SpecContext) {
		ledger := &prepayv1alpha1.Ledger{ObjectMeta: metav1.ObjectMeta{Name: "shown"}}
		Expect(apiServer.Create(ctx, ledger)).To(Succeed())
		ledger.Status.LedgerID = "5f0c3b1e-7a52-4d8c-9a44-0d8a3c1f2b6e"
		ledger.Status.Head = &prepayv1alpha1.LedgerHead{Sequence: 0, Hash: "00ff"}
		Expect(apiServer.Status().Update(ctx, ledger)).To(Succeed())
		headings, cells := tableOf(ctx, "/apis/prepay.dev/v1alpha1/ledgers/shown")
		Expect(headings).To(Equal([]string{"NAME", "LEDGER", "SEQUENCE", "STATUS", "AGE"}))
		Expect(cells[:3]).To(Equal([]any{"shown", "5f0c3b1e-7a52-4d8c-9a44-0d8a3c1f2b6e", float64(0)}))
	})
})
