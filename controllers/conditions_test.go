// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package controllers_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/tools/cache"
	watchtools "k8s.io/client-go/tools/watch"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/prepay-operator/prepay-operator/api/v1alpha1"
)

// conditioned is an object of this API.
type conditioned interface {
	client.Object
	GetConditions() []metav1.Condition
	GetObservedGeneration() int64
}

type oneShot interface {
	conditioned
	GetOneShotStatus() *v1alpha1.OneShotStatus
}

// conditionInspector watches every object and checks each version of it that
// was ever written, so that it sees every reconcile that said anything.
type conditionInspector struct {
	mu      sync.Mutex
	found   []string
	decided map[types.UID]v1alpha1.OneShotStatus
}

func inspectConditions() *conditionInspector {
	GinkgoHelper()
	i := &conditionInspector{decided: map[types.UID]v1alpha1.OneShotStatus{}}
	for _, kind := range []func() client.ObjectList{
		func() client.ObjectList { return &v1alpha1.PrepayAccountList{} },
		func() client.ObjectList { return &v1alpha1.BucketList{} },
		func() client.ObjectList { return &v1alpha1.TopUpList{} },
		func() client.ObjectList { return &v1alpha1.BalanceTransferList{} },
	} {
		start := kind()
		Expect(k8s.List(ctx, start)).To(Succeed())
		// One that goes on where it was when the API server ends it.
		watcher, err := watchtools.NewRetryWatcherWithContext(ctx, start.GetResourceVersion(), &cache.ListWatch{
			WatchFuncWithContext: func(ctx context.Context, options metav1.ListOptions) (watch.Interface, error) {
				return k8s.Watch(ctx, kind(), &client.ListOptions{Raw: &options})
			},
		})
		Expect(err).NotTo(HaveOccurred())
		go i.follow(ctx, watcher)
	}
	return i
}

func (i *conditionInspector) follow(ctx context.Context, watcher watch.Interface) {
	defer watcher.Stop()
	for event := range watcher.ResultChan() {
		if obj, ok := event.Object.(conditioned); ok {
			i.inspect(ctx, obj)
		}
	}
	i.note(ctx, "the watch ended")
}

func (i *conditionInspector) inspect(ctx context.Context, obj conditioned) {
	name := fmt.Sprintf("%T %s/%s", obj, obj.GetNamespace(), obj.GetName())
	if err := checkConditions(obj); err != nil {
		i.note(ctx, name+": "+err.Error())
	}
	shot, ok := obj.(oneShot)
	if !ok {
		return
	}
	if err := checkOneShot(shot); err != nil {
		i.note(ctx, name+": "+err.Error())
	}
	i.mu.Lock()
	was, ended := i.decided[obj.GetUID()]
	is := *shot.GetOneShotStatus()
	if hasEnded(shot) {
		i.decided[obj.GetUID()] = is
	}
	i.mu.Unlock()
	if ended && !sameEnd(was, is) {
		i.note(ctx, name+": it ended and then changed")
	}
}

func (i *conditionInspector) note(ctx context.Context, finding string) {
	if ctx.Err() != nil {
		return
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	i.found = append(i.found, finding)
}

func (i *conditionInspector) findings() []string {
	i.mu.Lock()
	defer i.mu.Unlock()
	return slices.Clone(i.found)
}

// checkConditions holds an object's conditions against the contract of api.md.
func checkConditions(obj conditioned) error {
	conditions := map[string]metav1.Condition{}
	for _, c := range obj.GetConditions() {
		if _, twice := conditions[c.Type]; twice {
			return fmt.Errorf("%s is there twice", c.Type)
		}
		conditions[c.Type] = c
		switch {
		case c.ObservedGeneration != obj.GetObservedGeneration():
			return fmt.Errorf("%s is about generation %d, status about %d", c.Type, c.ObservedGeneration, obj.GetObservedGeneration())
		case c.Message == "" || strings.TrimSpace(c.Message) != c.Message:
			return fmt.Errorf("%s has the message %q", c.Type, c.Message)
		case c.Type != v1alpha1.ConditionReady && c.Status != metav1.ConditionTrue:
			return fmt.Errorf("%s is there and %s", c.Type, c.Status)
		}
	}
	ready, ok := conditions[v1alpha1.ConditionReady]
	if !ok {
		if obj.GetObservedGeneration() == -1 && len(conditions) == 0 {
			return nil // no reconcile has been here yet
		}
		return fmt.Errorf("Ready is absent at generation %d", obj.GetObservedGeneration())
	}
	if obj.GetObservedGeneration() < 1 || obj.GetObservedGeneration() > obj.GetGeneration() {
		return fmt.Errorf("generation %d was observed of %d", obj.GetObservedGeneration(), obj.GetGeneration())
	}
	beside, reasons := "", v1alpha1.ReadyReasons()
	if ready.Status == metav1.ConditionFalse {
		beside, reasons = v1alpha1.ConditionReconciling, v1alpha1.WaitingReasons()
		if _, stalled := conditions[v1alpha1.ConditionStalled]; stalled {
			beside, reasons = v1alpha1.ConditionStalled, v1alpha1.StalledReasons()
		}
	}
	if !slices.Contains(reasons, ready.Reason) {
		return fmt.Errorf("Ready=%s with %q has the reason %s", ready.Status, beside, ready.Reason)
	}
	if beside == "" {
		if len(conditions) != 1 {
			return fmt.Errorf("Ready is True and there are %d conditions", len(conditions))
		}
		return nil
	}
	other, ok := conditions[beside]
	if !ok || len(conditions) != 2 || other.Reason != ready.Reason || other.Message != ready.Message {
		return fmt.Errorf("Ready is False with the reason %s, and beside it is %+v", ready.Reason, conditions)
	}
	return nil
}

// checkOneShot holds what a one-shot shows of its outcome against its reason.
func checkOneShot(obj oneShot) error {
	status := obj.GetOneShotStatus()
	completed := readyOf(obj) == "True Completed"
	switch {
	case (status.TransactionID != "") != completed:
		return fmt.Errorf("%s has the transaction %q", readyOf(obj), status.TransactionID)
	case completed != (len(status.ImpactedBuckets) > 0):
		return fmt.Errorf("%s has changed %d buckets", readyOf(obj), len(status.ImpactedBuckets))
	case completed && status.CommittedAt == nil:
		return fmt.Errorf("%s has no instant", readyOf(obj))
	case status.Replayed && status.CommittedAt == nil:
		return fmt.Errorf("%s replays nothing", readyOf(obj))
	case !hasEnded(obj) && status.CommittedAt != nil:
		return fmt.Errorf("%s has an instant", readyOf(obj))
	}
	return nil
}

func hasEnded(obj conditioned) bool {
	return slices.ContainsFunc(obj.GetConditions(), func(c metav1.Condition) bool {
		return c.Status == metav1.ConditionTrue && (c.Type == v1alpha1.ConditionReady || c.Type == v1alpha1.ConditionStalled)
	})
}

// sameEnd compares all but the generation that was observed.
func sameEnd(a, b v1alpha1.OneShotStatus) bool {
	strip := func(s v1alpha1.OneShotStatus) v1alpha1.OneShotStatus {
		s.ObservedGeneration = 0
		s.Conditions = slices.Clone(s.Conditions)
		for i := range s.Conditions {
			s.Conditions[i].ObservedGeneration = 0
		}
		return s
	}
	return equality.Semantic.DeepEqual(strip(a), strip(b))
}

// readyOf is Ready's status and reason, "" before the first reconcile.
func readyOf(obj conditioned) string {
	for _, c := range obj.GetConditions() {
		if c.Type == v1alpha1.ConditionReady {
			return string(c.Status) + " " + c.Reason
		}
	}
	return ""
}

// messageOf is Ready's message.
func messageOf(obj conditioned) string {
	for _, c := range obj.GetConditions() {
		if c.Type == v1alpha1.ConditionReady {
			return c.Message
		}
	}
	return ""
}
