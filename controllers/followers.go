// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"sync"

	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/util/workqueue"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/source"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// Projection tells which balances have changed, at a pace at which they may be
// written.
type Projection interface {
	// Follow asks for the changes of an account or bucket; Unfollow ends that.
	Follow(id ledger.ID)
	Unfollow(id ledger.ID)
	// Changed announces the accounts and buckets whose status is due.
	Changed() <-chan ledger.ID
	// Began and Ended enclose the work on an object that waits for its outcome,
	// so that balances leave it its share of the writes. Ended says whether that
	// made one.
	Began()
	Ended(written bool)
}

// followers remembers which object shows which account or bucket of the ledger,
// and turns what the projection announces into work for its controller.
type followers struct {
	projection Projection

	mu     sync.Mutex
	byID   map[ledger.ID]follower
	byName map[follower]followed
	queues map[string]workqueue.TypedRateLimitingInterface[ctrl.Request]
}

// follower is an object that shows a balance.
type follower struct {
	kind string
	types.NamespacedName
}

type followed struct {
	uid types.UID
	id  ledger.ID
	// granted says that the bucket's initial amount is known to be recorded.
	granted bool
}

func newFollowers(projection Projection) *followers {
	return &followers{
		projection: projection, byID: map[ledger.ID]follower{}, byName: map[follower]followed{},
		queues: map[string]workqueue.TypedRateLimitingInterface[ctrl.Request]{},
	}
}

// follow notes that an object shows an account or bucket.
func (f *followers) follow(who follower, uid types.UID, id ledger.ID) {
	f.mu.Lock()
	defer f.mu.Unlock()
	was, ok := f.byName[who]
	if ok && was.uid == uid && was.id == id {
		return
	}
	if ok && was.id != id {
		f.drop(was.id)
	}
	f.byName[who] = followed{uid: uid, id: id}
	f.byID[id] = who
	f.projection.Follow(id)
}

// unfollow forgets an object that is gone, and says which it was.
func (f *followers) unfollow(who follower) types.UID {
	f.mu.Lock()
	defer f.mu.Unlock()
	was, ok := f.byName[who]
	if ok {
		delete(f.byName, who)
		f.drop(was.id)
	}
	return was.uid
}

func (f *followers) drop(id ledger.ID) {
	delete(f.byID, id)
	f.projection.Unfollow(id)
}

// name is that of the object that shows an account or bucket, if one does.
func (f *followers) name(id ledger.ID) (string, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	who, ok := f.byID[id]
	return who.Name, ok
}

// granted reports whether noteGranted was called for what the object shows.
func (f *followers) granted(who follower) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.byName[who].granted
}

func (f *followers) noteGranted(who follower) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if was, ok := f.byName[who]; ok {
		was.granted = true
		f.byName[who] = was
	}
}

// source gives the queue of a kind's controller away to [followers.Start].
func (f *followers) source(kind string) source.Source {
	return source.Func(func(_ context.Context, queue workqueue.TypedRateLimitingInterface[ctrl.Request]) error {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.queues[kind] = queue
		return nil
	})
}

// Start implements manager.Runnable. What is announced before the controllers
// have begun is shown by the first reconcile of each object.
func (f *followers) Start(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case id := <-f.projection.Changed():
			f.mu.Lock()
			who, ok := f.byID[id]
			queue := f.queues[who.kind]
			f.mu.Unlock()
			if ok && queue != nil {
				queue.Add(ctrl.Request{NamespacedName: who.NamespacedName})
			}
		}
	}
}
