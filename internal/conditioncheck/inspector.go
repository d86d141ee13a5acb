// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package conditioncheck

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/tools/cache"
	watchtools "k8s.io/client-go/tools/watch"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/prepay-operator/prepay-operator/api/v1alpha1"
)

// lists has an empty list of every kind of this API.
func lists() []client.ObjectList {
	return []client.ObjectList{
		&v1alpha1.PrepayAccountList{}, &v1alpha1.BucketList{}, &v1alpha1.TopUpList{}, &v1alpha1.BalanceTransferList{},
		&v1alpha1.BalanceReservationList{}, &v1alpha1.BalanceAdjustmentList{}, &v1alpha1.LedgerList{},
	}
}

// Inspector watches every object of this API in a cluster and checks each
// version of it. It may be used by many goroutines.
type Inspector struct {
	reader client.Reader

	mu       sync.Mutex
	findings []string
	// newest has the newest version that was seen of each object that is there.
	newest map[types.UID]Object
}

// Inspect checks the objects that are in a cluster, and follows them until the
// context ends. The client must read without a cache.
func Inspect(ctx context.Context, cluster client.WithWatch) (*Inspector, error) {
	i := &Inspector{reader: cluster, newest: map[types.UID]Object{}}
	for _, list := range lists() {
		if err := cluster.List(ctx, list); err != nil {
			return nil, fmt.Errorf("list what to inspect: %w", err)
		}
		if err := each(list, func(obj Object) { i.inspect(obj) }); err != nil {
			return nil, err
		}
		empty := list.DeepCopyObject().(client.ObjectList)
		// One that goes on where it was when the API server ends it.
		watcher, err := watchtools.NewRetryWatcherWithContext(ctx, list.GetResourceVersion(), &cache.ListWatch{
			WatchFuncWithContext: func(ctx context.Context, options metav1.ListOptions) (watch.Interface, error) {
				return cluster.Watch(ctx, empty, &client.ListOptions{Raw: &options})
			},
		})
		if err != nil {
			return nil, fmt.Errorf("watch %T: %w", list, err)
		}
		go i.follow(ctx, watcher)
	}
	return i, nil
}

// Findings says what was wrong with which version of which object so far.
func (i *Inspector) Findings() []string {
	i.mu.Lock()
	defer i.mu.Unlock()
	return slices.Clone(i.findings)
}

// CaughtUp reports whether the newest version of every object that is there now
// has been checked. Findings that are empty before that may be just late.
func (i *Inspector) CaughtUp(ctx context.Context) (bool, error) {
	there := map[types.UID]string{}
	for _, list := range lists() {
		if err := i.reader.List(ctx, list); err != nil {
			return false, fmt.Errorf("list what was inspected: %w", err)
		}
		if err := each(list, func(obj Object) { there[obj.GetUID()] = obj.GetResourceVersion() }); err != nil {
			return false, err
		}
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	return maps.EqualFunc(there, i.newest, func(version string, obj Object) bool { return version == obj.GetResourceVersion() }), nil
}

func (i *Inspector) follow(ctx context.Context, watcher watch.Interface) {
	defer watcher.Stop()
	for event := range watcher.ResultChan() {
		obj, ok := event.Object.(Object)
		if !ok {
			continue
		}
		i.inspect(obj)
		if event.Type == watch.Deleted {
			i.forget(obj)
		}
	}
	if ctx.Err() == nil {
		i.mu.Lock()
		defer i.mu.Unlock()
		i.findings = append(i.findings, "a watch ended; what came after it was not inspected")
	}
}

func (i *Inspector) inspect(obj Object) {
	i.mu.Lock()
	defer i.mu.Unlock()
	note := func(err error) {
		if err != nil {
			i.findings = append(i.findings, fmt.Sprintf("%T %s/%s, version %s: %s",
				obj, obj.GetNamespace(), obj.GetName(), obj.GetResourceVersion(), err))
		}
	}
	note(Check(obj))
	if was, ok := i.newest[obj.GetUID()]; ok {
		note(CheckSuccession(was, obj))
	}
	i.newest[obj.GetUID()] = obj
}

func (i *Inspector) forget(obj Object) {
	i.mu.Lock()
	defer i.mu.Unlock()
	delete(i.newest, obj.GetUID())
}

// each calls back with every object in a list.
func each(list client.ObjectList, do func(Object)) error {
	return meta.EachListItem(list, func(item runtime.Object) error {
		obj, ok := item.(Object)
		if !ok {
			return fmt.Errorf("%T has no conditions", item)
		}
		do(obj)
		return nil
	})
}
