// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/prepay-operator/prepay-operator/api/v1alpha1"
)

func TestAnOutcomeThatWasThereIsTheObjectsOwnOrAReplay(t *testing.T) {
	began := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	at := func(seconds float64) time.Time { return began.Add(time.Duration(seconds * float64(time.Second))) }
	undecided := func(m *tries, obj client.Object) { m.undecided(obj) }
	decided := func(m *tries, obj client.Object) { m.decided(obj) }
	for name, test := range map[string]struct {
		note               func(*tries, client.Object)
		created, committed time.Time
		want               bool
	}{
		"committed before the object was created":                 {nil, at(-10), at(-20), false},
		"committed after it, before a crash":                      {nil, at(-10), at(-9.5), true},
		"committed in the second of its creation, before a crash": {nil, at(-10), at(-10), true},
		"committed by this process for somebody else":             {nil, at(10), at(10.5), false},
		"asked for without an answer":                             {undecided, at(10), at(10.5), true},
		"asked for without an answer, and there all the time":     {undecided, at(10), at(9.5), false},
		"decided and not written, by a clock that is behind":      {decided, at(10), at(8), true},
		"decided, and then asked for without an answer": {func(m *tries, obj client.Object) {
			m.decided(obj)
			m.undecided(obj)
		}, at(10), at(8), true},
		"decided for an object of this name that is gone": {func(m *tries, obj client.Object) {
			gone := obj.DeepCopyObject().(client.Object)
			gone.SetUID("gone")
			m.decided(gone)
		}, at(10), at(10.5), false},
		"decided and over": {func(m *tries, obj client.Object) {
			m.decided(obj)
			m.over(client.ObjectKeyFromObject(obj))
		}, at(10), at(10.5), false},
	} {
		t.Run(name, func(t *testing.T) {
			m := tries{begin: func() time.Time { return began }}
			obj := &v1alpha1.TopUp{ObjectMeta: metav1.ObjectMeta{
				Namespace: "retail", Name: "cash", UID: types.UID("uid"), CreationTimestamp: metav1.NewTime(test.created),
			}}
			if test.note != nil {
				test.note(&m, obj)
			}
			if got := m.own(obj, test.committed); got != test.want {
				t.Errorf("own is %t", got)
			}
		})
	}
}
