// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package controllers_test

import (
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/prepay-operator/prepay-operator/api/v1alpha1"
)

func (m *accountMaker) TimeZone(name string) *accountMaker {
	m.Spec.TimeZone = name
	return m
}

func (m *bucketMaker) Priority(priority int32) *bucketMaker {
	m.Spec.Priority = priority
	return m
}

// For makes it a bucket for some products only.
func (m *bucketMaker) For(products ...string) *bucketMaker {
	m.Spec.Products = nil
	for _, id := range products {
		m.Spec.Products = append(m.Spec.Products, v1alpha1.ProductReference{ID: id})
	}
	return m
}

// Starts says from when on.
func (m *bucketMaker) Starts(at time.Time) *bucketMaker {
	m.Spec.ValidFor = &v1alpha1.Validity{Start: &metav1.Time{Time: at}}
	return m
}

// Lasts says how long, from now on.
func (m *bucketMaker) Lasts(duration v1alpha1.CalendarDuration) *bucketMaker {
	m.Spec.ValidFor = &v1alpha1.Validity{Duration: duration}
	return m
}

// LastsFromFirstUse says how long, from its first use on.
func (m *bucketMaker) LastsFromFirstUse(duration v1alpha1.CalendarDuration) *bucketMaker {
	m.Spec.ValidFor = &v1alpha1.Validity{Duration: duration, OnFirstUse: true}
	return m
}

// Every is its cycle, and what each brings.
func (m *bucketMaker) Every(period v1alpha1.CalendarDuration, refill v1alpha1.Amount) *bucketMaker {
	m.Spec.Cycle, m.Spec.Refill = &v1alpha1.BucketCycle{Every: period}, &v1alpha1.BucketRefill{Amount: refill}
	return m
}

func (m *bucketMaker) Rollover(percentage int32, most v1alpha1.Amount) *bucketMaker {
	m.Spec.Rollover = &v1alpha1.BucketRollover{Percentage: percentage, Cap: most}
	return m
}

// Lasts says how long what arrives may be used, from now on.
func (m *topUpMaker) Lasts(duration v1alpha1.CalendarDuration) *topUpMaker {
	m.Spec.ValidFor = &v1alpha1.TopUpValidity{Duration: duration}
	return m
}

// Extends says what becomes of the bucket's end.
func (m *topUpMaker) Extends(policy v1alpha1.ExtensionPolicy, duration v1alpha1.CalendarDuration) *topUpMaker {
	m.Spec.ValidityExtension = &v1alpha1.ValidityExtension{Policy: policy, Duration: duration}
	return m
}

func (m *adjustmentMaker) Product(id string) *adjustmentMaker {
	m.Spec.Product = &v1alpha1.ProductReference{ID: id}
	return m
}
