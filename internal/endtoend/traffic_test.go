// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package endtoend

import (
	"context"
	"fmt"
	"sync"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/tools/cache"
	watchtools "k8s.io/client-go/tools/watch"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/prepay-operator/prepay-operator/api/v1alpha1"
)

const (
	holders = 8
	// funds of each holder are more than the traffic can take away.
	funds = "1000.00 EUR"
	// atOnce operations are created each pace.
	atOnce, pace = 4, 100 * time.Millisecond
)

// traffic is a load in a namespace of which it is known how each operation has to
// end, whatever goes wrong.
type traffic struct {
	*cluster
	namespace string
	accounts  []*v1alpha1.PrepayAccount
	// balances are what the accounts have to hold in the end, in base units.
	balances []int64
	// objects are what was created, with the state that each has to end in.
	objects map[string]string
	made    int
	cease   context.CancelFunc
	flowing sync.WaitGroup

	mu sync.Mutex
	// told are the outcomes that were ever seen in status.
	told map[string]map[told]bool
}

// told is an outcome as a status tells it.
type told struct {
	state, transaction string
	at                 int64 // microseconds
}

// nameOf names an object in traffic and in the ledger's keys.
func nameOf(object client.Object) string {
	if _, ok := object.(*v1alpha1.TopUp); ok {
		return "TopUp/" + object.GetName()
	}
	return "BalanceTransfer/" + object.GetName()
}

// newTraffic makes accounts with money on them, or that will have it as soon as
// somebody works.
func newTraffic(ctx context.Context, c *cluster, namespace string) *traffic {
	GinkgoHelper()
	t := &traffic{
		cluster: c, namespace: namespace, balances: make([]int64, holders),
		objects: map[string]string{}, told: map[string]map[told]bool{}, cease: func() {},
	}
	watching, unwatch := context.WithCancel(context.WithoutCancel(ctx))
	DeferCleanup(unwatch)
	for _, list := range []client.ObjectList{&v1alpha1.TopUpList{}, &v1alpha1.BalanceTransferList{}} {
		go t.listen(c.everyChange(watching, list, namespace))
	}
	for i := range holders {
		t.accounts = append(t.accounts, account(namespace, fmt.Sprintf("a-%d", i)))
		c.create(ctx, t.accounts[i])
	}
	for i := range t.accounts {
		t.add(ctx, topUp(namespace, fmt.Sprintf("funds-%d", i), t.accounts[i].Name, funds), v1alpha1.ReasonCompleted)
		t.balances[i] += euros(funds)
	}
	return t
}

// funded waits until the accounts have their money.
func (t *traffic) funded(ctx context.Context) {
	GinkgoHelper()
	for _, holder := range t.accounts {
		t.shows(ctx, holder, funds)
	}
}

// everyChange watches a namespace from now on. The API server ends a watch that
// it finds too slow; it goes on where it was then.
func (c *cluster) everyChange(ctx context.Context, list client.ObjectList, namespace string) watch.Interface {
	GinkgoHelper()
	Expect(c.List(ctx, list, client.InNamespace(namespace))).To(Succeed())
	watcher, err := watchtools.NewRetryWatcherWithContext(ctx, list.GetResourceVersion(), &cache.ListWatch{
		WatchFuncWithContext: func(ctx context.Context, options metav1.ListOptions) (watch.Interface, error) {
			return c.Watch(ctx, list, client.InNamespace(namespace), &client.ListOptions{Raw: &options})
		},
	})
	Expect(err).NotTo(HaveOccurred())
	return watcher
}

func (t *traffic) listen(watcher watch.Interface) {
	for event := range watcher.ResultChan() {
		if object, ok := event.Object.(oneShot); ok {
			t.hear(object)
		}
	}
}

// hear keeps the outcome that an object tells, if it does.
func (t *traffic) hear(object oneShot) {
	status := object.GetOneShotStatus()
	if status.CommittedAt == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	outcomes, name := t.told, nameOf(object)
	if outcomes[name] == nil {
		outcomes[name] = map[told]bool{}
	}
	outcomes[name][told{state(object), status.TransactionID, status.CommittedAt.UnixMicro()}] = true
}

// heard is how many objects have told an outcome.
func (t *traffic) heard() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.told)
}

func (t *traffic) add(ctx context.Context, object client.Object, ends string) {
	GinkgoHelper()
	t.objects[nameOf(object)] = ends
	t.create(ctx, object)
}

// more makes some further operations: top-ups, transfers, and transfers of what
// nobody has.
func (t *traffic) more(ctx context.Context, count int) {
	GinkgoHelper()
	var objects []client.Object
	for range count {
		from, name := t.made%holders, fmt.Sprintf("t-%d", t.made)
		to := (from + 1 + t.made/holders%(holders-1)) % holders
		var object client.Object
		switch ends := v1alpha1.ReasonCompleted; t.made % 10 {
		case 9:
			object, ends = transfer(t.namespace, name, t.accounts[from].Name, t.accounts[to].Name, "1000000.00 EUR"), v1alpha1.ReasonInsufficientFunds
			t.objects[nameOf(object)] = ends
		case 0, 2, 4, 6:
			object = transfer(t.namespace, name, t.accounts[from].Name, t.accounts[to].Name, "0.25 EUR")
			t.objects[nameOf(object)] = ends
			t.balances[from] -= euros("0.25 EUR")
			t.balances[to] += euros("0.25 EUR")
		default:
			object = topUp(t.namespace, name, t.accounts[to].Name, "1.01 EUR")
			t.objects[nameOf(object)] = ends
			t.balances[to] += euros("1.01 EUR")
		}
		objects = append(objects, object)
		t.made++
	}
	t.create(ctx, objects...)
}

// flow makes operations until halt is called.
func (t *traffic) flow(ctx context.Context) {
	flowing, cease := context.WithCancel(ctx)
	t.cease = cease
	t.flowing.Go(func() {
		defer GinkgoRecover()
		ticker := time.NewTicker(pace)
		defer ticker.Stop()
		for {
			select {
			case <-flowing.Done():
				return
			case <-ticker.C:
				t.more(ctx, atOnce)
			}
		}
	})
	DeferCleanup(t.halt)
}

// halt ends the flow.
func (t *traffic) halt() {
	t.cease()
	t.flowing.Wait()
}

// hears waits until so many further outcomes were told.
func (t *traffic) hears(more int) {
	GinkgoHelper()
	Eventually(t.heard, prompt, "20ms").Should(BeNumerically(">=", t.heard()+more))
}

// settle ends the flow and waits until each operation has ended as it has to,
// and each account shows what it has to hold.
func (t *traffic) settle(ctx context.Context) {
	GinkgoHelper()
	t.halt()
	wanted := map[string]int{}
	for _, ends := range t.objects {
		wanted[ends]++
	}
	Eventually(t.states(ctx, t.namespace), 2*prompt, "200ms").Should(Equal(wanted))
	for i, holder := range t.accounts {
		Eventually(func(g Gomega) {
			status := fetch(ctx, t.cluster, holder)(g).Status
			g.Expect(status.Balance).NotTo(BeNil())
			g.Expect(euros(string(status.Balance.Available))).To(Equal(t.balances[i]), holder.Name)
		}, prompt, "100ms").Should(Succeed())
	}
}
