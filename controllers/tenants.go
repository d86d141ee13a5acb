// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"fmt"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/prepay-operator/prepay-operator/api/v1alpha1"
	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// +kubebuilder:rbac:groups="",resources=namespaces,verbs=get;list;watch

// tenants knows which tenant of the ledger a namespace is, and binds it at its
// first use.
//
// A namespace that was deleted and made anew must not inherit what its
// forerunner had, and the caches may show the old one for a while after the new
// one's objects are there. So a binding is only made, and an account only
// admitted, after the API server itself was asked which namespace this is.
type tenants struct {
	cached     client.Reader
	live       client.Reader
	ledger     ledger.Ledger
	scope      string
	clusterUID string

	// binding lets one at a time bind, so that many objects of a new namespace
	// make one binding.
	binding sync.Mutex

	mu      sync.RWMutex
	bound   map[string]bound        // by the namespace's name
	members map[types.UID]ledger.ID // accounts and buckets, by their objects' UID
}

// bound is what the ledger said about a namespace.
type bound struct {
	uid types.UID
	// word is what the namespace's annotation said then.
	word   string
	tenant ledger.ID
	// refusal tells what to wait for if there is no tenant.
	refusal error
	// again says that the namespace's name had a tenant before this binding.
	again bool
	// from is when the namespace was created, and asked when the API server said
	// that it is the present one: what was created in between was created in it.
	from, asked time.Time
}

// skew is how far this clock and the API server's may be apart.
const skew = time.Minute

// covers reports whether an object is known to be of this very namespace.
func (b bound) covers(obj client.Object) bool {
	created := obj.GetCreationTimestamp().Time
	return !created.Before(b.from) && created.Before(b.asked.Add(-skew))
}

func newTenants(cached, live client.Reader, l ledger.Ledger, scope, clusterUID string) *tenants {
	return &tenants{
		cached: cached, live: live, ledger: l, scope: scope, clusterUID: clusterUID,
		bound: map[string]bound{}, members: map[types.UID]ledger.ID{},
	}
}

// resolve is the tenant that a namespace is. A standing as error says what the
// namespace waits for.
func (t *tenants) resolve(ctx context.Context, namespace string) (ledger.ID, error) {
	var ns corev1.Namespace
	return t.of(ctx, namespace, &ns)
}

// resolveFor is the tenant that a one-shot asks in. What was left over from a
// namespace of the same name that is gone asks for nothing in the new one,
// unless that was told to go on as the old one.
func (t *tenants) resolveFor(ctx context.Context, obj client.Object) (ledger.ID, error) {
	var ns corev1.Namespace
	tenant, err := t.of(ctx, obj.GetNamespace(), &ns)
	if err != nil {
		return tenant, err
	}
	known, _ := t.lookUp(&ns)
	created := obj.GetCreationTimestamp()
	if known.again && created.Before(&ns.CreationTimestamp) && ns.Annotations[v1alpha1.LedgerAnnotation] != v1alpha1.LedgerAdopt {
		return ledger.ID{}, waiting(v1alpha1.ReasonAdoptionRequired,
			"This object is older than its namespace, which was deleted and made anew; delete the object and create it again")
	}
	if time.Since(known.asked) > trust {
		return tenant, t.confirm(ctx, obj.GetNamespace(), tenant)
	}
	return tenant, nil
}

// trust is how long the API server's word about a namespace counts for the
// one-shots in it. All the caches would have to lag by more, over the deletion
// of a namespace, for one to reach the tenant of its forerunner.
const trust = 5 * time.Second

func (t *tenants) of(ctx context.Context, namespace string, ns *corev1.Namespace) (ledger.ID, error) {
	err := t.cached.Get(ctx, types.NamespacedName{Name: namespace}, ns, client.UnsafeDisableDeepCopy)
	switch {
	case apierrors.IsNotFound(err):
		// A new one may be in the cache later than what is in it.
		there, err := t.ask(ctx, namespace)
		if err != nil {
			return ledger.ID{}, err
		}
		there.DeepCopyInto(ns)
	case err != nil:
		return ledger.ID{}, err
	case ns.DeletionTimestamp != nil:
		return ledger.ID{}, terminating()
	}
	if known, ok := t.lookUp(ns); ok {
		return known.tenant, known.refusal
	}
	return t.bind(ctx, ns)
}

func terminating() standing {
	return waiting(v1alpha1.ReasonNamespaceTerminating, "The namespace is being deleted; nothing new is begun in it")
}

func (t *tenants) lookUp(ns *corev1.Namespace) (bound, bool) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	known, ok := t.bound[ns.Name]
	if !ok || known.uid != ns.UID {
		return bound{}, false
	}
	// Once bound, the annotation has had its say.
	return known, known.refusal == nil || known.word == ns.Annotations[v1alpha1.LedgerAnnotation]
}

// admit is the tenant of an account or bucket, after making sure that the
// object's namespace is the one that the cache shows.
func (t *tenants) admit(ctx context.Context, obj client.Object) (ledger.ID, error) {
	tenant, err := t.resolve(ctx, obj.GetNamespace())
	if err != nil {
		return tenant, err
	}
	t.mu.RLock()
	of, ok := t.members[obj.GetUID()]
	known := t.bound[obj.GetNamespace()]
	t.mu.RUnlock()
	if ok && of == tenant {
		return tenant, nil
	}
	if known.refusal == nil && known.tenant == tenant && known.covers(obj) {
		return tenant, nil
	}
	if err := t.confirm(ctx, obj.GetNamespace(), tenant); err != nil {
		return ledger.ID{}, err
	}
	t.mu.Lock()
	t.members[obj.GetUID()] = tenant
	t.mu.Unlock()
	return tenant, nil
}

// confirm asks the API server whether the namespace is still the one that is
// bound to the tenant.
func (t *tenants) confirm(ctx context.Context, namespace string, tenant ledger.ID) error {
	asked := time.Now()
	ns, err := t.ask(ctx, namespace)
	if err != nil {
		return err
	}
	if known, ok := t.lookUp(ns); !ok || known.refusal != nil || known.tenant != tenant {
		return waiting(v1alpha1.ReasonReconciling, "The namespace was deleted and made anew just now").within(soon)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if known, ok := t.bound[namespace]; ok && known.uid == ns.UID {
		known.asked = asked
		t.bound[namespace] = known
	}
	return nil
}

// ask reads the namespace from the API server.
func (t *tenants) ask(ctx context.Context, namespace string) (*corev1.Namespace, error) {
	ns := &corev1.Namespace{}
	err := t.live.Get(ctx, types.NamespacedName{Name: namespace}, ns)
	switch {
	case apierrors.IsNotFound(err):
		return nil, waiting(v1alpha1.ReasonNamespaceTerminating, "The namespace is gone").within(soon)
	case err != nil:
		return nil, fmt.Errorf("read the namespace: %w", err)
	case ns.DeletionTimestamp != nil:
		return nil, terminating()
	}
	return ns, nil
}

// forget drops what was known about an object that is gone.
func (t *tenants) forget(uid types.UID) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.members, uid)
}
