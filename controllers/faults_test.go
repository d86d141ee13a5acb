// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package controllers_test

import (
	"context"
	"sync"

	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"
)

// fault decides what becomes of one status write: it may do it, not do it, or
// do it and lose the answer.
type fault func(write func() error) error

// faultPlan makes the operator's status writes go wrong, by object.
type faultPlan struct {
	mu    sync.Mutex
	plans map[client.ObjectKey]fault
}

func newFaults() *faultPlan { return &faultPlan{plans: map[client.ObjectKey]fault{}} }

// on makes the status writes of the objects of a name go through a fault, until
// the returned function is called.
func (f *faultPlan) on(key client.ObjectKey, do fault) (lift func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.plans[key] = do
	return func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		delete(f.plans, key)
	}
}

func (f *faultPlan) newClient(config *rest.Config, options client.Options) (client.Client, error) {
	inner, err := client.NewWithWatch(config, options)
	if err != nil {
		return nil, err
	}
	return interceptor.NewClient(inner, interceptor.Funcs{
		SubResourceUpdate: func(
			ctx context.Context, c client.Client, sub string, obj client.Object, opts ...client.SubResourceUpdateOption,
		) error {
			write := func() error { return c.SubResource(sub).Update(ctx, obj, opts...) }
			f.mu.Lock()
			do, ok := f.plans[client.ObjectKeyFromObject(obj)]
			f.mu.Unlock()
			if ok {
				return do(write)
			}
			return write()
		},
	}), nil
}
