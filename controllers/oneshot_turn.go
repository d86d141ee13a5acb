// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"errors"
)

// errYields tells that it is not the object's turn yet. It will be in a moment,
// so nothing is written meanwhile.
var errYields = errors.New("others go first")

// turn returns nil if it is the object's turn to be decided.
func (r *OneShotReconciler[T, P]) turn(ctx context.Context, obj P) error {
	if r.kind.yields == nil {
		return nil
	}
	yields, err := r.kind.yields(ctx, r.client, obj)
	if err == nil && yields {
		err = errYields
	}
	return err
}
