// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

// The types of condition. They follow kstatus: a client that knows nothing of these kinds reads from them whether an
// object is in progress, as wanted, or failed.
const (
	// ConditionReady is on every object. True: the ledger has what spec asks for, or the operation is done. False: it
	// does not, and the reason says why. Its reason is the object's state.
	ConditionReady = "Ready"

	// ConditionReconciling is present, and True, while the manager is at work on the object or waits for something that
	// may come by itself. It is absent otherwise.
	ConditionReconciling = "Reconciling"

	// ConditionStalled is present, and True, if nothing will happen until a person changes this object. It is absent
	// otherwise.
	ConditionStalled = "Stalled"
)
