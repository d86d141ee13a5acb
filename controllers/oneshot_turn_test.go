// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"

	"github.com/prepay-operator/prepay-operator/api/v1alpha1"
)

func TestAMemberLetsWhatIsSharedWithItGoFirstIfThatWasAskedForWithIt(t *testing.T) {
	now := time.Now().Truncate(time.Second) // as the API server keeps it
	meta := func(name string, age time.Duration) metav1.ObjectMeta {
		return metav1.ObjectMeta{Namespace: "retail", Name: name, CreationTimestamp: metav1.NewTime(now.Add(-age))}
	}
	stands := func(obj object, is standing) {
		record(obj, is, now.Add(-time.Hour))
	}
	nikos := &v1alpha1.PrepayAccount{ObjectMeta: meta("nikos", time.Hour)}
	stands(nikos, ready(v1alpha1.ReasonActive, "The account can be used"))
	early := waiting(v1alpha1.ReasonAccountNotReady, "Its account is not ready")
	charge := &v1alpha1.BalanceAdjustment{ObjectMeta: meta("film", 0)}

	bucket := func(age time.Duration, is standing, shares ...v1alpha1.BucketShare) *v1alpha1.Bucket {
		shared := family(shares...)
		shared.ObjectMeta = meta("data", age)
		stands(shared, is)
		return shared
	}
	added := func(age time.Duration, is standing) *v1alpha1.TopUp {
		more := topUp(func(o *v1alpha1.TopUp) { o.Spec.BucketRef = &v1alpha1.BucketReference{Name: "data"} })
		more.ObjectMeta = meta("more", age)
		stands(more, is)
		return more
	}
	usable := ready(v1alpha1.ReasonActive, "The bucket can be used")
	for name, test := range map[string]struct {
		others []client.Object
		want   bool
	}{
		"nothing is shared":            {nil, false},
		"it can be used":               {[]client.Object{bucket(0, usable, sharing("nikos", ""))}, false},
		"it is on its way":             {[]client.Object{bucket(courtesy, early, sharing("nikos", ""))}, true},
		"it is another one's":          {[]client.Object{bucket(0, early, sharing("eleni", ""))}, false},
		"it has waited since before":   {[]client.Object{bucket(courtesy+time.Minute, early, sharing("nikos", ""))}, false},
		"it was asked for just after":  {[]client.Object{bucket(-together, early, sharing("nikos", ""))}, true},
		"it was asked for later":       {[]client.Object{bucket(-together-time.Second, early, sharing("nikos", ""))}, false},
		"more is added":                {[]client.Object{bucket(time.Hour, usable, sharing("nikos", "")), added(0, early)}, true},
		"more was added":               {[]client.Object{bucket(time.Hour, usable, sharing("nikos", "")), added(0, ready(v1alpha1.ReasonCompleted, "Added"))}, false},
		"more has waited since before": {[]client.Object{bucket(time.Hour, usable, sharing("nikos", "")), added(time.Minute, early)}, false},
		"more is added to another one": {[]client.Object{bucket(time.Hour, usable, sharing("eleni", "")), added(0, early)}, false},
	} {
		scheme := runtime.NewScheme()
		if err := v1alpha1.AddToScheme(scheme); err != nil {
			t.Fatal(err)
		}
		reader := fake.NewClientBuilder().WithScheme(scheme).WithObjects(nikos.DeepCopy()).WithObjects(test.others...).
			WithIndex(&v1alpha1.Bucket{}, indexMember, byMember).
			WithIndex(&v1alpha1.TopUp{}, indexUnfinished, topUps().unfinished).Build()
		yields, err := yieldsToShared(context.Background(), reader, charge, "nikos")
		if err != nil || yields != test.want {
			t.Errorf("%s: %t, %v, want %t", name, yields, err, test.want)
		}
	}
}
