// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// tries remembers the objects whose outcome this process asked for and could
// not write, so that the next try, which may find it in the ledger, does not
// call it a replay.
type tries struct {
	open sync.Map // of client.ObjectKey to try
	// begin is when this process began to ask, by the ledger's clock.
	begin func() time.Time
}

// try is one that did not come to its end.
type try struct {
	uid types.UID
	// decided says that the outcome was decided for this very object; otherwise
	// it is not known whether it was.
	decided bool
}

func newTries(clock clock.PassiveClock) tries { return tries{begin: sync.OnceValue(clock.Now)} }

// undecided notes that the ledger was asked and may or may not have decided.
func (t *tries) undecided(obj client.Object) {
	if _, ok := t.of(obj); !ok {
		t.open.Store(client.ObjectKeyFromObject(obj), try{uid: obj.GetUID()})
	}
}

// decided notes that the ledger has decided for this very object.
func (t *tries) decided(obj client.Object) {
	t.open.Store(client.ObjectKeyFromObject(obj), try{uid: obj.GetUID(), decided: true})
}

// over forgets an object that has its outcome, or is gone.
func (t *tries) over(key client.ObjectKey) { t.open.Delete(key) }

func (t *tries) of(obj client.Object) (try, bool) {
	known, _ := t.open.Load(client.ObjectKeyFromObject(obj))
	earlier, ok := known.(try)
	return earlier, ok && earlier.uid == obj.GetUID()
}

// own reports whether an outcome that was in the ledger already was decided for
// this very object, by a try that ended before its status was written.
//
// If this process does not know, time has to tell: before this process began to
// ask, a crash may have come between the commit and the write; what was
// committed before the object was created was another's. Creation has whole
// seconds, so an object that was deleted and applied again within the second of
// the commit, with a crash just then, looks like its forerunner. Nothing in the
// two objects tells them apart, and nothing moved.
func (t *tries) own(obj client.Object, committedAt time.Time) bool {
	earlier, tried := t.of(obj)
	if tried && earlier.decided {
		return true
	}
	return (tried || committedAt.Before(t.begin())) && !committedAt.Before(obj.GetCreationTimestamp().Time)
}
