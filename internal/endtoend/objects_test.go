// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package endtoend

import (
	"context"
	"fmt"
	"sync"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/prepay-operator/prepay-operator/api/v1alpha1"
	"github.com/prepay-operator/prepay-operator/internal/money"
)

func account(namespace, name string) *v1alpha1.PrepayAccount {
	return &v1alpha1.PrepayAccount{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name},
		Spec:       v1alpha1.PrepayAccountSpec{Currency: "EUR"},
	}
}

func topUp(namespace, name, into, amount string) *v1alpha1.TopUp {
	return &v1alpha1.TopUp{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name},
		Spec: v1alpha1.TopUpSpec{
			AccountRef: v1alpha1.AccountReference{Name: into}, Amount: v1alpha1.Amount(amount),
			Payment: v1alpha1.Payment{Type: v1alpha1.PaymentCash, Reference: "till-1/" + name},
		},
	}
}

func transfer(namespace, name, from, to, amount string) *v1alpha1.BalanceTransfer {
	return &v1alpha1.BalanceTransfer{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name},
		Spec: v1alpha1.BalanceTransferSpec{
			Source:      v1alpha1.TransferEndpoint{AccountRef: v1alpha1.AccountReference{Name: from}},
			Destination: v1alpha1.TransferEndpoint{AccountRef: v1alpha1.AccountReference{Name: to}},
			Amount:      v1alpha1.Amount(amount),
		},
	}
}

// euros is an amount of money in the ledger's base units.
func euros(amount string) int64 {
	GinkgoHelper()
	parsed, err := money.Parse(amount)
	Expect(err).NotTo(HaveOccurred())
	return parsed.Base()
}

// oneShot is what TopUps and BalanceTransfers have in common.
type oneShot interface {
	client.Object
	GetOneShotStatus() *v1alpha1.OneShotStatus
	GetConditions() []metav1.Condition
}

// state is the reason of an object's Ready condition.
func state(object interface{ GetConditions() []metav1.Condition }) string {
	if ready := meta.FindStatusCondition(object.GetConditions(), v1alpha1.ConditionReady); ready != nil {
		return ready.Reason
	}
	return ""
}

// create makes the objects, many at a time.
func (c *cluster) create(ctx context.Context, objects ...client.Object) {
	GinkgoHelper()
	const atOnce = 50
	var group sync.WaitGroup
	failures := make(chan error, len(objects))
	slots := make(chan struct{}, atOnce)
	for _, object := range objects {
		slots <- struct{}{}
		group.Go(func() {
			defer func() { <-slots }()
			if err := c.Create(ctx, object); err != nil {
				failures <- fmt.Errorf("create %s: %w", object.GetName(), err)
			}
		})
	}
	group.Wait()
	Expect(failures).To(BeEmpty())
}

// states counts the one-shot objects of a namespace by their state, which is ""
// before the first status.
func (c *cluster) states(ctx context.Context, namespace string) func(Gomega) map[string]int {
	return func(g Gomega) map[string]int {
		var topUps v1alpha1.TopUpList
		var transfers v1alpha1.BalanceTransferList
		g.Expect(c.List(ctx, &topUps, client.InNamespace(namespace))).To(Succeed())
		g.Expect(c.List(ctx, &transfers, client.InNamespace(namespace))).To(Succeed())
		counted := map[string]int{}
		for i := range topUps.Items {
			counted[state(&topUps.Items[i])]++
		}
		for i := range transfers.Items {
			counted[state(&transfers.Items[i])]++
		}
		return counted
	}
}

// completes waits until a one-shot object is Completed, and returns its status.
func completes[O oneShot](ctx context.Context, c *cluster, object O) *v1alpha1.OneShotStatus {
	GinkgoHelper()
	return becomes(ctx, c, object, v1alpha1.ReasonCompleted)
}

// becomes waits until a one-shot object is in a state, and returns its status.
func becomes[O oneShot](ctx context.Context, c *cluster, object O, reason string) *v1alpha1.OneShotStatus {
	GinkgoHelper()
	var status *v1alpha1.OneShotStatus
	Eventually(func(g Gomega) {
		status = fetch(ctx, c, object)(g).GetOneShotStatus()
		g.Expect(meta.FindStatusCondition(status.Conditions, v1alpha1.ConditionReady)).
			To(HaveValue(HaveField("Reason", reason)), object.GetName())
	}, prompt, "50ms").Should(Succeed())
	return status
}

// shows waits until an account shows a balance.
func (c *cluster) shows(ctx context.Context, object *v1alpha1.PrepayAccount, available string) {
	GinkgoHelper()
	Eventually(func(g Gomega) {
		fresh := fetch(ctx, c, object)(g)
		g.Expect(state(fresh)).To(Equal(v1alpha1.ReasonActive), object.Name)
		g.Expect(fresh.Status.Balance).To(HaveValue(HaveField("Available", v1alpha1.SignedAmount(available))), object.Name)
	}, prompt, "50ms").Should(Succeed())
}

// itemsOf are the objects in a list.
func itemsOf(list client.ObjectList) []client.Object {
	GinkgoHelper()
	var objects []client.Object
	Expect(meta.EachListItem(list, func(item runtime.Object) error {
		objects = append(objects, item.(client.Object))
		return nil
	})).To(Succeed())
	return objects
}
