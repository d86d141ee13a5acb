// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package endtoend

import (
	"context"
	"os"
	"path/filepath"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	eventsv1 "k8s.io/api/events/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/prepay-operator/prepay-operator/api/v1alpha1"
)

var _ = Describe("A finished TopUp that comes again", func() {
	var (
		namespace, ledger string
		alice             *v1alpha1.PrepayAccount
		first             *v1alpha1.TopUp
		manager           *process
	)

	BeforeEach(func(ctx SpecContext) {
		namespace, ledger = shared.namespace(ctx), ledgerFile()
		DeferCleanup(shared.clean)
		manager = start(shared.kubeconfig, ledger)
		alice, first = account(namespace, "alice"), topUp(namespace, "cash", "alice", "25.00 EUR")
		shared.create(ctx, alice, first)
		completes(ctx, shared, first)
		shared.shows(ctx, alice, "25.00 EUR")
		first = fetch(ctx, shared, first)(Default)
		Expect(first.Status.Replayed).To(BeFalse())
		// Creation has seconds: what is made within the second of the commit
		// cannot be told from what asked for it.
		Eventually(time.Now, prompt).Should(BeTemporally(">=", first.Status.CommittedAt.Truncate(time.Second).Add(time.Second)))
	})

	// expectReplay expects that the object is another one, that it has the
	// outcome of the first and says so, and that no money moved.
	expectReplay := func(ctx context.Context) {
		GinkgoHelper()
		var again *v1alpha1.TopUp
		Eventually(func(g Gomega) {
			again = fetch(ctx, shared, first)(g)
			g.Expect(again.UID).NotTo(Equal(first.UID))
			g.Expect(state(again)).To(Equal(v1alpha1.ReasonCompleted))
		}, prompt, "50ms").Should(Succeed())
		Expect(again.Status.Replayed).To(BeTrue())
		Expect(again.Status.TransactionID).To(Equal(first.Status.TransactionID))
		Expect(again.Status.CommittedAt.UTC()).To(Equal(first.Status.CommittedAt.UTC()))
		Expect(again.Status.ImpactedBuckets).To(Equal(first.Status.ImpactedBuckets))
		Expect(meta.FindStatusCondition(again.Status.Conditions, v1alpha1.ConditionReady)).To(HaveValue(And(
			HaveField("Status", metav1.ConditionTrue),
			HaveField("Message", "recorded earlier; nothing moved now"),
		)))
		Eventually(func(g Gomega) {
			var events eventsv1.EventList
			g.Expect(shared.List(ctx, &events, client.InNamespace(namespace))).To(Succeed())
			g.Expect(events.Items).To(ContainElement(And(
				HaveField("Regarding.UID", again.UID), HaveField("Type", "Warning"), HaveField("Reason", "Replayed"),
			)))
		}, prompt, "50ms").Should(Succeed())

		// A later top-up shows that the balance is not just late.
		next := topUp(namespace, "next", "alice", "1.00 EUR")
		shared.create(ctx, next)
		completes(ctx, shared, next)
		shared.shows(ctx, alice, "26.00 EUR")
		manager.stop()
		expectBalances(ledger, "26.00 EUR")
	}

	It("by being deleted and applied again moves nothing and says so", func(ctx SpecContext) {
		Expect(shared.Delete(ctx, first)).To(Succeed())
		Eventually(shared.gone, prompt).WithArguments(ctx, first).Should(BeTrue())
		shared.create(ctx, topUp(namespace, "cash", "alice", "25.00 EUR"))
		expectReplay(ctx)
	})

	It("by kubectl replace --force moves nothing and says so", func(ctx SpecContext) {
		shared.kubectl("replace", "--force", "-f", manifest(topUp(namespace, "cash", "alice", "25.00 EUR")))
		expectReplay(ctx)
	})

	It("by being restored without its status moves nothing and says so", func(ctx SpecContext) {
		backup := first.DeepCopy()
		Expect(shared.Delete(ctx, first)).To(Succeed())
		Eventually(shared.gone, prompt).WithArguments(ctx, first).Should(BeTrue())
		// What a restore keeps of metadata; status is not written by a create.
		backup.ObjectMeta = metav1.ObjectMeta{
			Namespace: backup.Namespace, Name: backup.Name,
			Labels:      map[string]string{"velero.io/restore-name": "monday"},
			Annotations: backup.Annotations,
		}
		shared.create(ctx, backup)
		expectReplay(ctx)
	})

	It("after a restart of the manager moves nothing and says so", func(ctx SpecContext) {
		manager.kill9()
		Expect(shared.Delete(ctx, first)).To(Succeed())
		shared.create(ctx, topUp(namespace, "cash", "alice", "25.00 EUR"))
		manager = start(shared.kubeconfig, ledger)
		expectReplay(ctx)
	})

	It("with another amount is refused, and the balance stays", func(ctx SpecContext) {
		Expect(shared.Delete(ctx, first)).To(Succeed())
		Eventually(shared.gone, prompt).WithArguments(ctx, first).Should(BeTrue())
		other := topUp(namespace, "cash", "alice", "250.00 EUR")
		shared.create(ctx, other)
		status := becomes(ctx, shared, other, v1alpha1.ReasonIdempotencyConflict)
		Expect(status.TransactionID).To(BeEmpty())
		manager.stop()
		shared.shows(ctx, alice, "25.00 EUR")
		expectBalances(ledger, "25.00 EUR")
	})
})

// manifest writes objects to a file as a person would write them.
func manifest(objects ...client.Object) string {
	GinkgoHelper()
	var text []byte
	for _, object := range objects {
		kinds, _, err := shared.Scheme().ObjectKinds(object)
		Expect(err).NotTo(HaveOccurred())
		object.GetObjectKind().SetGroupVersionKind(kinds[0])
		document, err := yaml.Marshal(object)
		Expect(err).NotTo(HaveOccurred())
		text = append(append(text, "---\n"...), document...)
	}
	path := filepath.Join(scratch(), "manifest.yaml")
	Expect(os.WriteFile(path, text, 0o600)).To(Succeed())
	return path
}
