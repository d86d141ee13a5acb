// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package endtoend

import (
	"context"
	"slices"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/prepay-operator/prepay-operator/api/v1alpha1"
	"github.com/prepay-operator/prepay-operator/internal/ledger"
	"github.com/prepay-operator/prepay-operator/internal/ledger/book"
	"github.com/prepay-operator/prepay-operator/internal/ledger/postgres"
)

// scope is the one that managers have if they are told none.
const scope = "default"

// judge holds what the statuses told against the log of a ledger in PostgreSQL,
// each outcome and each balance, lets the program audit it, and reports the
// figures. The loads are all that the ledger ever had.
func judge(ctx context.Context, url string, faults int, loads ...*traffic) {
	GinkgoHelper()
	f := figures{faults: faults}
	decided := readLog(ctx, url)
	for _, decisions := range decided {
		f.doubled += len(decisions)
	}
	for _, load := range loads {
		load.compare(ctx, decided, &f)
		f.doubled += load.misjudged(ctx, url)
	}
	for _, balance := range audited(url).Balances {
		Expect(balance.Sum.Sign()).To(BeZero(), "the trial balance of %s in %s", balance.Tenant, balance.Unit)
	}
	Expect(f.acknowledged).To(Equal(f.tried), "each was told its outcome")
	f.report()
}

// tenant is who owns the accounts of the traffic.
func (t *traffic) tenant() ledger.ID { return ledger.TenantID(scope, t.namespace, 1) }

// compare looks for the decision about each object. Each decision that is one is
// taken from those that are too many.
func (t *traffic) compare(ctx context.Context, decided map[ledger.ID][]told, f *figures) {
	GinkgoHelper()
	for _, list := range []client.ObjectList{&v1alpha1.TopUpList{}, &v1alpha1.BalanceTransferList{}} {
		Expect(t.List(ctx, list, client.InNamespace(t.namespace))).To(Succeed())
		for _, object := range itemsOf(list) {
			Expect(object.(oneShot).GetOneShotStatus().Replayed).To(BeFalse(), object.GetName())
			t.hear(object.(oneShot))
		}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	f.tried += len(t.objects)
	f.acknowledged += len(t.told)
	for object := range t.objects {
		kind, name, _ := strings.Cut(object, "/")
		decisions := decided[ledger.OperationKey(scope, t.tenant(), kind, name, "")]
		if len(decisions) > 0 {
			f.doubled--
		}
		for outcome := range t.told[object] {
			if !slices.Contains(decisions, outcome) {
				GinkgoWriter.Printf("%s was told %+v, and the log has %+v\n", object, outcome, decisions)
				f.lost++
			}
		}
	}
}

// readLog reads every decision about a one-shot object from a log, as a status
// would tell it, by its key.
func readLog(ctx context.Context, url string) map[ledger.ID][]told {
	GinkgoHelper()
	reader, err := postgres.OpenReadOnly(ctx, url, postgres.Options{})
	Expect(err).NotTo(HaveOccurred())
	defer reader.Close() //nolint:errcheck // nothing was written
	decided := map[ledger.ID][]told{}
	Expect(reader.Payloads(ctx, 0, func(payload []byte) error {
		batch, err := ledger.Open(payload)
		if err != nil {
			return err
		}
		for _, record := range batch.Records {
			if record.Kind != ledger.KindTopUp && record.Kind != ledger.KindTransfer {
				continue
			}
			key, outcome := record.ID, told{v1alpha1.ReasonCompleted, record.ID.String(), batch.Instant.UnixMicro()}
			if record.Status != ledger.Accepted {
				key, outcome.state, outcome.transaction = record.Key, string(record.Code), ""
			}
			decided[key] = append(decided[key], outcome)
		}
		return nil
	})).To(Succeed())
	return decided
}

// misjudged counts the accounts that do not hold in the ledger what they have to.
func (t *traffic) misjudged(ctx context.Context, url string) int {
	GinkgoHelper()
	reader, err := postgres.OpenReadOnly(ctx, url, postgres.Options{})
	Expect(err).NotTo(HaveOccurred())
	defer reader.Close() //nolint:errcheck // nothing was written
	wrong := 0
	for i, holder := range t.accounts {
		id := ledger.AccountID(scope, t.tenant(), holder.Name)
		found, err := reader.Load(ctx, ledger.Request{Accounts: []ledger.ID{id}})
		Expect(err).NotTo(HaveOccurred())
		view, err := book.View(id, found.Accounts[id], found.Head.Instant)
		Expect(err).NotTo(HaveOccurred())
		if view.Available != t.balances[i] {
			GinkgoWriter.Printf("account %s holds %d, and has to hold %d\n", holder.Name, view.Available, t.balances[i])
			wrong++
		}
	}
	return wrong
}
