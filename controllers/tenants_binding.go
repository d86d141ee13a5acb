// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"errors"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"

	"github.com/prepay-operator/prepay-operator/api/v1alpha1"
	"github.com/prepay-operator/prepay-operator/internal/ledger"
	"github.com/prepay-operator/prepay-operator/internal/money"
)

// bind finds the tenant of a namespace that is seen for the first time, or
// again after its annotation changed.
func (t *tenants) bind(ctx context.Context, cached *corev1.Namespace) (ledger.ID, error) {
	t.binding.Lock()
	defer t.binding.Unlock()
	if known, ok := t.lookUp(cached); ok {
		return known.tenant, known.refusal
	}
	ns, err := t.ask(ctx, cached.Name)
	if err != nil {
		return ledger.ID{}, err
	}
	result := bound{
		uid: ns.UID, word: ns.Annotations[v1alpha1.LedgerAnnotation],
		from: ns.CreationTimestamp.Time, asked: time.Now(),
	}
	if result.tenant, result.again, err = t.post(ctx, ns); err != nil {
		if s, ok := errors.AsType[standing](err); !ok || s.reason != v1alpha1.ReasonAdoptionRequired {
			return ledger.ID{}, err
		}
		result.refusal = err
	}
	t.mu.Lock()
	t.bound[ns.Name] = result
	t.mu.Unlock()
	if ns.UID != cached.UID {
		return ledger.ID{}, waiting(v1alpha1.ReasonReconciling, "The namespace was deleted and made anew just now").within(soon)
	}
	return result.tenant, result.refusal
}

// post reads the binding, and posts a new one if it is not this namespace's.
// again reports that it is not the first binding of the namespace's name.
func (t *tenants) post(ctx context.Context, ns *corev1.Namespace) (tenant ledger.ID, again bool, err error) {
	subject := ledger.BindingSubject(t.scope, ns.Name)
	for range attempts {
		binding, version, err := t.read(ctx, subject)
		if err != nil {
			return ledger.ID{}, false, err
		}
		if version > 0 && t.binds(binding, ns) {
			return binding.Tenant, version > 1, nil
		}
		outcome, err := t.ledger.Post(ctx, ledger.Command{
			Key: ledger.SettingsKey(subject, version+1), Scope: t.scope,
			Operation: ledger.BindTenant{
				Namespace: ns.Name, NamespaceUID: string(ns.UID), ClusterUID: t.clusterUID,
				Adoption: adoption(ns.Annotations[v1alpha1.LedgerAnnotation]), ExpectVersion: version,
			},
		})
		switch {
		case err != nil:
			return ledger.ID{}, false, err
		case outcome.Status == ledger.Accepted, outcome.Code == ledger.VersionMismatch:
			continue // read what is there now
		case outcome.Code == ledger.AdoptionRequired:
			return ledger.ID{}, false, adoptionRequired(ns)
		default:
			return ledger.ID{}, false, against(outcome.Code, outcome.Figures, money.Unit{})
		}
	}
	return ledger.ID{}, false, against(ledger.VersionMismatch, ledger.Figures{}, money.Unit{})
}

// known is the tenant that the namespace is bound to, be it terminating or not,
// and binds nothing. Without one it is [ledger.ErrUnknown]: whatever the ledger
// has under the namespace's name is not this namespace's.
func (t *tenants) known(ctx context.Context, namespace string) (tenant ledger.ID, ends bool, err error) {
	var ns corev1.Namespace
	if err := t.live.Get(ctx, types.NamespacedName{Name: namespace}, &ns); err != nil {
		if apierrors.IsNotFound(err) {
			err = ledger.ErrUnknown
		}
		return ledger.ID{}, true, err
	}
	binding, version, err := t.read(ctx, ledger.BindingSubject(t.scope, namespace))
	if err == nil && (version == 0 || !t.binds(binding, &ns)) {
		err = ledger.ErrUnknown
	}
	return binding.Tenant, ns.DeletionTimestamp != nil, err
}

func (t *tenants) read(ctx context.Context, subject ledger.ID) (binding ledger.Binding, version int64, err error) {
	fact, err := t.ledger.Fact(ctx, subject)
	if err != nil || fact.Version == 0 {
		return binding, 0, err
	}
	return binding, fact.Version, ledger.DecodeBody(fact.Body, &binding)
}

func (t *tenants) binds(binding ledger.Binding, ns *corev1.Namespace) bool {
	return binding.NamespaceUID == string(ns.UID) && binding.ClusterUID == t.clusterUID
}

func adoption(word string) ledger.Adoption {
	switch word {
	case v1alpha1.LedgerAdopt:
		return ledger.AdoptionAdopt
	case v1alpha1.LedgerFresh:
		return ledger.AdoptionFresh
	default:
		return ledger.AdoptionUndecided
	}
}

func adoptionRequired(ns *corev1.Namespace) standing {
	return waiting(v1alpha1.ReasonAdoptionRequired,
		"The namespace was deleted and made anew, and the ledger still has balances under its name. To go on with them: "+
			"kubectl annotate namespace %[1]s %[2]s=%[3]s --overwrite. To start from zero: kubectl annotate namespace %[1]s %[2]s=%[4]s --overwrite",
		ns.Name, v1alpha1.LedgerAnnotation, v1alpha1.LedgerAdopt, v1alpha1.LedgerFresh)
}
