// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/prepay-operator/prepay-operator/api/v1alpha1"
	"github.com/prepay-operator/prepay-operator/internal/ledger"
	"github.com/prepay-operator/prepay-operator/internal/ledger/committer"
	"github.com/prepay-operator/prepay-operator/internal/ledger/ledgertest"
)

// namespaces is what a reader shows of the one namespace of these tests.
type namespaces struct {
	client.Reader
	mu  sync.Mutex
	now *corev1.Namespace
}

func (n *namespaces) Get(_ context.Context, key client.ObjectKey, obj client.Object, _ ...client.GetOption) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.now == nil {
		return apierrors.NewNotFound(corev1.Resource("namespaces"), key.Name)
	}
	n.now.DeepCopyInto(obj.(*corev1.Namespace))
	return nil
}

func (n *namespaces) show(ns *corev1.Namespace) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.now = ns
}

func retail(uid types.UID, word string) *corev1.Namespace {
	ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "retail", UID: uid, Annotations: map[string]string{}}}
	if word != "" {
		ns.Annotations[v1alpha1.LedgerAnnotation] = word
	}
	return ns
}

func account(uid types.UID) *v1alpha1.PrepayAccount {
	return &v1alpha1.PrepayAccount{ObjectMeta: metav1.ObjectMeta{
		Namespace: "retail", Name: "alice", UID: uid, CreationTimestamp: metav1.Now(),
	}}
}

// setting is a ledger in memory and the namespace as the cache and as the API
// server show it.
type setting struct {
	*tenants
	cached, live *namespaces
	ledger       *committer.Committer
}

func newSetting(t *testing.T) *setting {
	t.Helper()
	writer := committer.New(ledgertest.NewMemory(), committer.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- writer.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	writer.Open()
	s := &setting{cached: &namespaces{}, live: &namespaces{}, ledger: writer}
	s.restart("cluster-1")
	return s
}

// restart forgets what was in memory.
func (s *setting) restart(cluster string) {
	s.tenants = newTenants(s.cached, s.live, s.ledger, "scope", cluster)
}

func (s *setting) show(ns *corev1.Namespace) {
	s.cached.show(ns)
	s.live.show(ns)
}

func waitsFor(t *testing.T, err error, reason string) {
	t.Helper()
	if s, ok := errors.AsType[standing](err); !ok || s.reason != reason || s.class != passing || s.again == 0 {
		t.Fatalf("got %v, want to wait for %s", err, reason)
	}
}

func TestANewNamespacesObjectsNeverReachTheOldTenantThroughAStaleCache(t *testing.T) {
	s := newSetting(t)
	s.show(retail("old", ""))
	old, err := s.admit(t.Context(), account("a-old"))
	if err != nil {
		t.Fatal(err)
	}

	s.live.show(retail("new", v1alpha1.LedgerFresh)) // and the cache still shows the old one
	_, err = s.admit(t.Context(), account("a-new"))
	waitsFor(t, err, v1alpha1.ReasonReconciling)
	waitsFor(t, s.confirm(t.Context(), "retail", old), v1alpha1.ReasonReconciling)

	s.cached.show(retail("new", v1alpha1.LedgerFresh))
	fresh, err := s.admit(t.Context(), account("a-new"))
	if err != nil || fresh == old {
		t.Fatalf("the new tenant is %s, the old one %s: %v", fresh, old, err)
	}
	if again, err := s.admit(t.Context(), account("a-new")); err != nil || again != fresh {
		t.Fatalf("admitted to %s and then to %s: %v", fresh, again, err)
	}
}

func TestWhatWasThereBeforeAManagerStartedIsAdmittedByOneQuestion(t *testing.T) {
	s := newSetting(t)
	s.show(retail("old", ""))
	if _, err := s.resolve(t.Context(), "retail"); err != nil {
		t.Fatal(err)
	}
	s.live.show(nil) // who asks now gets no answer
	settled := account("settled")
	settled.CreationTimestamp = metav1.NewTime(time.Now().Add(-2 * skew))
	if _, err := s.admit(t.Context(), settled); err != nil {
		t.Fatal(err)
	}
	_, err := s.admit(t.Context(), account("newcomer"))
	waitsFor(t, err, v1alpha1.ReasonNamespaceTerminating)
}

func TestANamespaceIsBoundAfterTheAPIServerWasAsked(t *testing.T) {
	s := newSetting(t)
	s.cached.show(retail("gone", ""))
	s.live.show(retail("there", ""))
	_, err := s.resolve(t.Context(), "retail")
	waitsFor(t, err, v1alpha1.ReasonReconciling)
	s.cached.show(retail("there", ""))
	if _, err := s.resolve(t.Context(), "retail"); err != nil {
		t.Fatalf("the namespace that is there is not the first to be bound: %v", err)
	}
}

func TestManyObjectsOfANewNamespaceMakeOneBinding(t *testing.T) {
	s := newSetting(t)
	s.show(retail("uid", ""))
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			if _, err := s.resolve(t.Context(), "retail"); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	fact, err := s.ledger.Fact(t.Context(), ledger.BindingSubject("scope", "retail"))
	if err != nil || fact.Version != 1 {
		t.Errorf("the binding has version %d: %v", fact.Version, err)
	}
}

func TestAWordIsNeededOnceAndHeardWhenItIsSaid(t *testing.T) {
	s := newSetting(t)
	s.show(retail("first", ""))
	first, err := s.resolve(t.Context(), "retail")
	if err != nil {
		t.Fatal(err)
	}
	s.show(retail("second", ""))
	for range 2 { // the second answer is from memory
		_, err = s.resolve(t.Context(), "retail")
		waitsFor(t, err, v1alpha1.ReasonAdoptionRequired)
		if !strings.Contains(err.Error(), "kubectl annotate namespace retail prepay.dev/ledger=adopt") {
			t.Errorf("the way out is missing: %v", err)
		}
	}
	s.show(retail("second", v1alpha1.LedgerAdopt))
	if adopted, err := s.resolve(t.Context(), "retail"); err != nil || adopted != first {
		t.Errorf("adopted %s, was %s: %v", adopted, first, err)
	}
	s.show(retail("second", v1alpha1.LedgerFresh)) // said too late
	s.restart("cluster-1")
	if still, err := s.resolve(t.Context(), "retail"); err != nil || still != first {
		t.Errorf("now %s, was %s: %v", still, first, err)
	}
}

func TestARebuiltClusterGoesOnWithItsTenants(t *testing.T) {
	s := newSetting(t)
	s.show(retail("first", ""))
	first, err := s.resolve(t.Context(), "retail")
	if err != nil {
		t.Fatal(err)
	}
	s.restart("cluster-2")
	s.show(retail("rebuilt", v1alpha1.LedgerFresh))
	if adopted, err := s.resolve(t.Context(), "retail"); err != nil || adopted != first {
		t.Errorf("adopted %s, was %s: %v", adopted, first, err)
	}
}

func TestWhatIsBeingDeletedFindsItsTenantAndBindsNothing(t *testing.T) {
	s := newSetting(t)
	s.show(retail("uid", ""))
	if _, _, err := s.known(t.Context(), "retail"); !errors.Is(err, ledger.ErrUnknown) {
		t.Fatalf("never bound, and %v", err)
	}
	bound, err := s.resolve(t.Context(), "retail")
	if err != nil {
		t.Fatal(err)
	}
	ns := retail("uid", "")
	ns.DeletionTimestamp = &metav1.Time{Time: time.Unix(1000, 0)}
	s.show(ns)
	if tenant, ends, err := s.known(t.Context(), "retail"); tenant != bound || !ends || err != nil {
		t.Errorf("tenant %s, ends %t, %v", tenant, ends, err)
	}
	_, err = s.resolve(t.Context(), "retail")
	waitsFor(t, err, v1alpha1.ReasonNamespaceTerminating)
	s.show(retail("other", ""))
	if _, _, err := s.known(t.Context(), "retail"); !errors.Is(err, ledger.ErrUnknown) {
		t.Errorf("another namespace of the name, and %v", err)
	}
	s.show(nil)
	if _, ends, err := s.known(t.Context(), "retail"); !ends || !errors.Is(err, ledger.ErrUnknown) {
		t.Errorf("gone, ends %t, and %v", ends, err)
	}
}
