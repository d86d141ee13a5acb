// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package book

import (
	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// claimScope lets one holder at a time write to the ledger, whatever the scope:
// the managers of one cluster that share one lease. Another one takes it over when
// the log has been silent for long enough, or when told to.
func (r *Round) claimScope(p *posting, op ledger.ClaimScope) verdict {
	if op.ClusterUID == "" || !legible(op.ClusterUID, op.Lease) {
		return notTaken(ledger.Malformed)
	}
	subject := ledger.ScopeSubject("")
	known := r.state.facts[subject]
	if known.Version != op.ExpectVersion {
		return notTaken(ledger.VersionMismatch)
	}
	var holder ledger.Claim
	if known.Version > 0 {
		if err := ledger.DecodeBody(known.Body, &holder); err != nil {
			return notTaken(ledger.Malformed)
		}
	}
	held := known.Version > 0 && !sameHolder(holder, op)
	if silent := r.instant.Sub(r.previous); held && !op.TakeOver && silent < ledger.TakeOverAfter {
		return notTaken(ledger.ScopeHeld).with(ledger.Figures{
			Needed: int64(ledger.TakeOverAfter.Seconds()), Available: int64(silent.Seconds()), Unit: "s",
		})
	}
	p.fact(subject, known.Version+1, ledger.FactScope, ledger.Claim{ClusterUID: op.ClusterUID, Lease: op.Lease})
	return accept
}

// sameHolder reports whether the recorded holder may claim the ledger again like
// this. A claim of the same cluster without a lease is of managers that knew
// none, or whose lock was the ledger's file: those with a lease follow them at
// once, or an upgrade would lock itself out. The other way round a manager that
// stands in no election would run beside the elected one: it waits.
func sameHolder(holder ledger.Claim, op ledger.ClaimScope) bool {
	return holder.ClusterUID == op.ClusterUID && (holder.Lease == op.Lease || holder.Lease == "")
}

// bindTenant binds a namespace to a tenant. A namespace that was made anew in
// the same cluster is another one, and waits for a person's word. In another
// cluster it is the same one, rebuilt: it is adopted, whatever is asked for, or
// a word given long ago would empty every account of a restored cluster.
func (r *Round) bindTenant(p *posting, op ledger.BindTenant) verdict {
	if op.Namespace == "" || op.NamespaceUID == "" || op.ClusterUID == "" || op.Adoption > ledger.AdoptionFresh ||
		!legible(op.Namespace, op.NamespaceUID, op.ClusterUID) {
		return notTaken(ledger.Malformed)
	}
	subject := ledger.BindingSubject(p.command.Scope, op.Namespace)
	known := r.state.facts[subject]
	if known.Version != op.ExpectVersion {
		return notTaken(ledger.VersionMismatch)
	}
	next := ledger.Binding{Generation: 1, NamespaceUID: op.NamespaceUID, ClusterUID: op.ClusterUID}
	if known.Version > 0 {
		var was ledger.Binding
		if err := ledger.DecodeBody(known.Body, &was); err != nil {
			return notTaken(ledger.Malformed)
		}
		next.Generation = was.Generation
		if was.ClusterUID == op.ClusterUID && was.NamespaceUID != op.NamespaceUID {
			switch op.Adoption {
			case ledger.AdoptionFresh:
				next.Generation++
			case ledger.AdoptionUndecided:
				return notTaken(ledger.AdoptionRequired)
			}
		}
	}
	next.Tenant = ledger.TenantID(p.command.Scope, op.Namespace, next.Generation)
	p.fact(subject, known.Version+1, ledger.FactBinding, next)
	return accept
}

// acceptHead records that a person takes this log for the one whose head was
// recorded elsewhere.
func (r *Round) acceptHead(p *posting, op ledger.AcceptHead) verdict {
	if op.LedgerID == "" || !legible(op.LedgerID) || op.Sequence < 0 || len(op.Hash) != len(ledger.Hash{}) {
		return notTaken(ledger.Malformed)
	}
	subject := ledger.EpochSubject(p.command.Scope)
	known := r.state.facts[subject]
	if known.Version != op.ExpectVersion {
		return notTaken(ledger.VersionMismatch)
	}
	p.fact(subject, known.Version+1, ledger.FactEpoch, op)
	return accept
}
