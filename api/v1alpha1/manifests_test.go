// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1_test

import (
	"context"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"
)

// complete has one manifest per namespaced kind that sets every field of its spec that may be set.
var complete = map[string]string{
	"PrepayAccount": `
apiVersion: prepay.dev/v1alpha1
kind: PrepayAccount
metadata: {namespace: default, generateName: account-}
spec:
  currency: EUR
  owner: {id: cust-1001, name: Alice Ωmega, role: Customer}
  logicalResources:
  - {type: MSISDN, value: "+35799123456"}
  products:
  - {id: mobile-line-1001}
  state: Active
  creditLimit: 0.00 EUR
  maximumBalance: 500.00 EUR
  timeZone: Asia/Nicosia
  deletionPolicy: Close
`,
	"Bucket": `
apiVersion: prepay.dev/v1alpha1
kind: Bucket
metadata: {namespace: default, generateName: bucket-}
spec:
  accountRef: {name: alice}
  usageType: Data
  unit: GB
  initialAmount: 10 GB
  class: Paid
  state: Active
  priority: 10
  blocker: true
  products:
  - {id: data-bundle-7}
  validFor: {start: "2026-12-01T00:00:00Z", duration: 1y, onFirstUse: false}
  cycle: {every: 1mo, anchor: "2026-11-30T22:00:00Z"}
  refill: {amount: 10 GB}
  rollover: {percentage: 50, cap: 5 GB, cycles: 2, duration: 36h}
  sharedWith:
  - {accountRef: {name: nikos}, cap: 2 GB}
  deletionPolicy: Forfeit
`,
	"TopUp": `
apiVersion: prepay.dev/v1alpha1
kind: TopUp
metadata: {namespace: default, generateName: topup-}
spec:
  accountRef: {name: alice}
  bucketRef: {name: alice-data}
  amount: 25.00 EUR
  payment: {type: Cash, reference: till-4/8812}
  validFor: {start: "2026-12-01T00:00:00Z", duration: 30d}
  channel: Retail
  reason: a round of drinks
  requestor: clerk
  idempotencyKey: till-4/8812
  ttlSecondsAfterFinished: 86400
`,
	"BalanceTransfer": `
apiVersion: prepay.dev/v1alpha1
kind: BalanceTransfer
metadata: {namespace: default, generateName: transfer-}
spec:
  source: {accountRef: {name: alice}, bucketRef: {name: alice-data}}
  destination: {accountRef: {name: bob}, bucketRef: {name: bob-data}}
  amount: 10.00 EUR
  reason: lunch
  requestor: clerk
  idempotencyKey: lunch-2026-11-21
  ttlSecondsAfterFinished: 86400
`,
	"BalanceReservation": `
apiVersion: prepay.dev/v1alpha1
kind: BalanceReservation
metadata: {namespace: default, generateName: reservation-}
spec:
  accountRef: {name: alice}
  bucketRef: {name: alice-data}
  amount: 5.00 EUR
  product: {id: roaming-pass}
  state: Charged
  chargeAmount: 3.20 EUR
  expiresAfter: 36h
  expiresAt: "2026-12-24T18:00:00Z"
  onExpiry: Charge
  channel: Network
  reason: a call to Rome
  requestor: clerk
  idempotencyKey: call-8812
  ttlSecondsAfterFinished: 86400
`,
	"BalanceAdjustment": `
apiVersion: prepay.dev/v1alpha1
kind: BalanceAdjustment
metadata: {namespace: default, generateName: adjustment-}
spec:
  type: OneTimeCharge
  accountRef: {name: alice}
  bucketRef: {name: alice-data}
  amount: 4.00 EUR
  product: {id: sim-card}
  channel: Care
  reason: a new SIM card
  requestor: clerk
  idempotencyKey: sim-8812
  ttlSecondsAfterFinished: 86400
`,
}

// extending sets what a top-up has instead of a validity of what it adds.
const extending = `
apiVersion: prepay.dev/v1alpha1
kind: TopUp
metadata: {namespace: default, generateName: extension-}
spec:
  accountRef: {name: alice}
  bucketRef: {name: alice-data}
  amount: 5 GB
  payment: {type: Cash}
  validityExtension: {policy: Max, duration: 30d, ceiling: 365d}
`

// reversal and reversalByKey set what an adjustment has for a Reversal alone.
const reversal = `
apiVersion: prepay.dev/v1alpha1
kind: BalanceAdjustment
metadata: {namespace: default, generateName: reversal-}
spec:
  type: Reversal
  of: {kind: BalanceAdjustment, name: alice-sim}
  onShortfall: Debt
`

const reversalByKey = `
apiVersion: prepay.dev/v1alpha1
kind: BalanceAdjustment
metadata: {namespace: default, generateName: reversal-}
spec: {type: Reversal, of: {kind: TopUp, idempotencyKey: till-4/8812}}
`

// minimal has one manifest per namespaced kind that sets only what is required.
var minimal = map[string]string{
	"PrepayAccount": `
apiVersion: prepay.dev/v1alpha1
kind: PrepayAccount
metadata: {namespace: default, generateName: account-}
spec: {currency: EUR}
`,
	"Bucket": `
apiVersion: prepay.dev/v1alpha1
kind: Bucket
metadata: {namespace: default, generateName: bucket-}
spec: {accountRef: {name: alice}, usageType: Data, unit: GB}
`,
	"TopUp": `
apiVersion: prepay.dev/v1alpha1
kind: TopUp
metadata: {namespace: default, generateName: topup-}
spec: {accountRef: {name: alice}, amount: 25.00 EUR, payment: {type: Cash}}
`,
	"BalanceTransfer": `
apiVersion: prepay.dev/v1alpha1
kind: BalanceTransfer
metadata: {namespace: default, generateName: transfer-}
spec: {source: {accountRef: {name: alice}}, destination: {accountRef: {name: bob}}, amount: 10.00 EUR}
`,
	"BalanceReservation": `
apiVersion: prepay.dev/v1alpha1
kind: BalanceReservation
metadata: {namespace: default, generateName: reservation-}
spec: {accountRef: {name: alice}, amount: 5.00 EUR}
`,
	"BalanceAdjustment": `
apiVersion: prepay.dev/v1alpha1
kind: BalanceAdjustment
metadata: {namespace: default, generateName: adjustment-}
spec: {type: OneTimeCharge, accountRef: {name: alice}, amount: 4.00 EUR}
`,
}

func parse(manifest string) *unstructured.Unstructured {
	GinkgoHelper()
	asJSON, err := yaml.YAMLToJSONStrict([]byte(manifest))
	Expect(err).NotTo(HaveOccurred())
	object := &unstructured.Unstructured{}
	Expect(object.UnmarshalJSON(asJSON)).To(Succeed())
	return object
}

// set writes value at a path such as "spec.payment.type" or "spec.sharedWith[0].cap".
func set(object *unstructured.Unstructured, path string, value any) {
	GinkgoHelper()
	parent, names := locate(object, path)
	Expect(unstructured.SetNestedField(parent, value, names...)).To(Succeed())
}

// nested reads the value at a path, which is nil if there is none.
func nested(object *unstructured.Unstructured, path string) any {
	GinkgoHelper()
	parent, names := locate(object, path)
	value, _, err := unstructured.NestedFieldNoCopy(parent, names...)
	Expect(err).NotTo(HaveOccurred())
	return value
}

func remove(object *unstructured.Unstructured, path string) {
	GinkgoHelper()
	parent, names := locate(object, path)
	unstructured.RemoveNestedField(parent, names...)
}

// locate finds the map that a path leads on from: object's own, or the first item of the list that the path goes into.
func locate(object *unstructured.Unstructured, path string) (parent map[string]any, names []string) {
	GinkgoHelper()
	list, inItem, isInList := strings.Cut(path, "[0].")
	if !isInList {
		return object.Object, splitPath(path)
	}
	items, isList := nested(object, list).([]any)
	Expect(isList).To(BeTrue(), list)
	return items[0].(map[string]any), splitPath(inItem)
}

// create creates object for good; the API server answers as it does to a client that does not validate.
func create(ctx context.Context, object *unstructured.Unstructured) *unstructured.Unstructured {
	GinkgoHelper()
	Expect(apiServer.Create(ctx, object)).To(Succeed())
	return object
}

// admit asks the API server whether it would take object, and leaves nothing behind.
func admit(ctx context.Context, object *unstructured.Unstructured) error {
	return apiServer.Create(ctx, object.DeepCopy(), client.DryRunAll)
}

// beRefusedWith matches the API server's answer to an object that is invalid, with a message that a person reads.
func beRefusedWith(message string) OmegaMatcher {
	return SatisfyAll(
		WithTransform(apierrors.IsInvalid, BeTrue()),
		MatchError(ContainSubstring(message)),
	)
}

func splitPath(path string) []string { return strings.Split(path, ".") }
