// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"errors"
	"time"

	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"github.com/prepay-operator/prepay-operator/api/v1alpha1"
	"github.com/prepay-operator/prepay-operator/internal/ledger"
	"github.com/prepay-operator/prepay-operator/internal/money"
)

// +kubebuilder:rbac:groups=prepay.dev,resources=prepayaccounts,verbs=get;list;watch;patch
// +kubebuilder:rbac:groups=prepay.dev,resources=prepayaccounts/status,verbs=update

const kindPrepayAccount = "PrepayAccount"

// PrepayAccountReconciler keeps the ledger's settings of an account as spec asks
// for them, and its balance in status.
type PrepayAccountReconciler struct{ environment }

// Reconcile implements reconcile.Reconciler.
func (r *PrepayAccountReconciler) Reconcile(ctx context.Context, req ctrl.Request) (ctrl.Result, error) {
	// The copy is shallow; see OneShotReconciler.
	account := &v1alpha1.PrepayAccount{}
	if err := r.client.Get(ctx, req.NamespacedName, account, client.UnsafeDisableDeepCopy); err != nil {
		if client.IgnoreNotFound(err) == nil {
			r.tenants.forget(r.followers.unfollow(follower{kindPrepayAccount, req.NamespacedName}))
		}
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	if account.DeletionTimestamp != nil {
		return r.finalize(ctx, account)
	}
	account, err := setFinalizer(ctx, r.client, account,
		account.Spec.DeletionPolicy == v1alpha1.AccountDeletionClose)
	if err != nil {
		return again(err)
	}
	view, err := r.settle(ctx, account)
	return r.report(ctx, account, view, err)
}

// settle makes the ledger have what spec asks for, and reads the account.
func (r *PrepayAccountReconciler) settle(ctx context.Context, account *v1alpha1.PrepayAccount) (*ledger.Account, error) {
	wanted, err := readPrepayAccount(account)
	if err != nil {
		return nil, err
	}
	tenant, err := r.tenants.admit(ctx, account)
	if err != nil {
		return nil, err
	}
	id := ledger.AccountID(r.scope, tenant, account.Name)
	// Before the account is read, or a change right after would be missed.
	r.followers.follow(follower{kindPrepayAccount, client.ObjectKeyFromObject(account)}, account.UID, id)
	for range attempts {
		view, err := r.ledger.Account(ctx, id)
		if err != nil && !errors.Is(err, ledger.ErrUnknown) {
			return nil, err
		}
		if err == nil && covers(view.Settings, wanted) {
			return &view, nil
		}
		outcome, err := r.set(ctx, tenant, ledger.SetAccount{Account: id, ExpectVersion: view.Version, Settings: wanted})
		switch {
		case err != nil:
			return nil, err
		case outcome.Status == ledger.Accepted, outcome.Code == ledger.VersionMismatch:
			continue // read what is there now
		case outcome.Code == ledger.AccountClosed:
			return nil, stalled(v1alpha1.ReasonAccountConflict,
				"The ledger has closed this account, for good; set spec.state to Closed, or use another name")
		default:
			return nil, against(outcome.Code, outcome.Figures, money.Unit{})
		}
	}
	return nil, against(ledger.VersionMismatch, ledger.Figures{}, money.Unit{})
}

// covers reports whether nothing has to be posted. Of an account that ended
// nothing but its currency and its end still matters.
func covers(has, wanted ledger.AccountSettings) bool {
	if has.State == ledger.AccountStateClosed && wanted.State == ledger.AccountStateClosed {
		return has.Currency == wanted.Currency
	}
	return has == wanted
}

func (r *PrepayAccountReconciler) set(
	ctx context.Context, tenant ledger.ID, op ledger.SetAccount,
) (ledger.Outcome, error) {
	return r.ledger.Post(ctx, ledger.Command{
		Key: ledger.SettingsKey(op.Account, op.ExpectVersion+1), Scope: r.scope, Tenant: tenant, Operation: op,
	})
}

// finalize lets an object go that is being deleted. With Retain the ledger has
// nothing to do.
func (r *PrepayAccountReconciler) finalize(ctx context.Context, account *v1alpha1.PrepayAccount) (ctrl.Result, error) {
	if !controllerutil.ContainsFinalizer(account, v1alpha1.Finalizer) {
		return ctrl.Result{}, nil
	}
	if account.Spec.DeletionPolicy == v1alpha1.AccountDeletionClose {
		if view, err := r.close(ctx, account); err != nil {
			return r.report(ctx, account, view, err)
		}
	}
	_, err := setFinalizer(ctx, r.client, account, false)
	return again(err)
}

// close ends the account in the ledger if nothing is on it. An account that the
// object never was the object of, because it is in another currency, and one in
// a namespace that is being deleted stay as they are.
func (r *PrepayAccountReconciler) close(ctx context.Context, account *v1alpha1.PrepayAccount) (*ledger.Account, error) {
	tenant, ends, err := r.tenants.known(ctx, account.Namespace)
	if ends || errors.Is(err, ledger.ErrUnknown) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	id := ledger.AccountID(r.scope, tenant, account.Name)
	// What moves wakes the deletion.
	r.followers.follow(follower{kindPrepayAccount, client.ObjectKeyFromObject(account)}, account.UID, id)
	for range attempts {
		view, err := r.ledger.Account(ctx, id)
		if errors.Is(err, ledger.ErrUnknown) {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		if view.Settings.State == ledger.AccountStateClosed || view.Settings.Currency != account.Spec.Currency {
			return nil, nil
		}
		settings := view.Settings
		settings.State = ledger.AccountStateClosed
		outcome, err := r.set(ctx, tenant, ledger.SetAccount{
			Account: id, ExpectVersion: view.Version, Settings: settings, OnlyIfEmpty: true,
		})
		switch {
		case err != nil:
			return nil, err
		case outcome.Status == ledger.Accepted:
			return nil, nil
		case outcome.Code == ledger.VersionMismatch:
			continue
		case outcome.Code == ledger.BalanceNotZero:
			return &view, waiting(v1alpha1.ReasonDeletionBlocked,
				"%s is still on the account; transfer what is on it and its buckets, or set spec.deletionPolicy to Retain",
				show(outcome.Figures.Available, outcome.Figures.Unit, money.Unit{}))
		default:
			return nil, against(outcome.Code, outcome.Figures, money.Unit{})
		}
	}
	return nil, against(ledger.VersionMismatch, ledger.Figures{}, money.Unit{})
}

// report shows the account as it was read, and how the object stands.
func (r *PrepayAccountReconciler) report(
	ctx context.Context, account *v1alpha1.PrepayAccount, view *ledger.Account, cause error,
) (ctrl.Result, error) {
	is, err := accountStanding(view, cause)
	if err != nil {
		return ctrl.Result{}, err
	}
	if undisturbed(account, is) {
		return ctrl.Result{RequeueAfter: is.again}, nil
	}
	if cause == nil {
		is.again = r.left(view.ChangesAt)
	}
	shown := *account
	if view != nil {
		r.project(&shown.Status.ProjectionStatus, view.Sequence, view.AsOf)
		shown.Status.Balance = &v1alpha1.AccountBalance{
			Available:  amountOf(view.Available, view.Settings.Currency),
			Credit:     amountOf(view.Credit, view.Settings.Currency),
			Reserved:   amountOf(view.Reserved, view.Settings.Currency),
			Accepted:   amountOf(view.Accepted, view.Settings.Currency),
			Restricted: amountOf(view.Restricted, view.Settings.Currency),
			Debt:       amountOf(view.Debt, view.Settings.Currency),
		}
	}
	record(&shown, is, time.Now())
	changed := !sameProjection(&shown.Status.ProjectionStatus, &account.Status.ProjectionStatus) ||
		!equal(shown.Status.Balance, account.Status.Balance)
	return r.write(ctx, &shown, changed, standingBefore(account, is), is)
}

func accountStanding(view *ledger.Account, cause error) (standing, error) {
	if cause != nil {
		return standingOf(cause)
	}
	switch view.Settings.State {
	case ledger.AccountStateSuspended:
		return ready(v1alpha1.ReasonSuspended, "The account is suspended: nothing is spent and nothing is added; what was held before, corrections and cycles still move"), nil
	case ledger.AccountStateRechargeOnly:
		return ready(v1alpha1.ReasonRechargeOnly, "The account is RechargeOnly: it may receive and not spend"), nil
	case ledger.AccountStateClosed:
		if view.Credit != 0 {
			return ready(v1alpha1.ReasonClosed, "The account is closed, for good; "+
				show(view.Credit, view.Settings.Currency, money.Unit{})+" is left on it and cannot move"), nil
		}
		return ready(v1alpha1.ReasonClosed, "The account is closed, for good"), nil
	default:
		return ready(v1alpha1.ReasonActive, "The account can be used"), nil
	}
}
