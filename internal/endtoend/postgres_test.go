// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package endtoend

import (
	"context"
	"sync"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gexec"

	"github.com/prepay-operator/prepay-operator/internal/ledger/postgrestest"
)

var _ = AfterSuite(func() { Expect(postgrestest.StopShared()).To(Succeed()) })

// ledgerURL is the URL of a new ledger on the server that the specs share.
func ledgerURL(ctx context.Context) string {
	GinkgoHelper()
	server, err := postgrestest.Shared(ctx)
	Expect(err).NotTo(HaveOccurred())
	return migrated(ctx, server)
}

// ownServer is a server that the spec may do anything to.
func ownServer(ctx context.Context) *postgrestest.Server {
	GinkgoHelper()
	server, err := postgrestest.Start(ctx, postgrestest.Options{})
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(func() { Expect(server.Stop()).To(Succeed()) })
	return server
}

// migrated is the URL of a new database with a ledger, which the program itself
// has made.
func migrated(ctx context.Context, server *postgrestest.Server) string {
	GinkgoHelper()
	url, err := server.CreateDatabase(ctx)
	Expect(err).NotTo(HaveOccurred())
	run(0, "migrate", at(url), "--grant-to=")
	return url
}

// elected are the flags of replicas that share a lease in a namespace. It is a
// short one, for changes of leaders that are quick.
func elected(namespace string, more ...string) []string {
	return append([]string{
		"--leader-elect", "--leader-election-namespace=" + namespace, "--leader-election-lease-duration=10s",
		"--leader-election-renew-deadline=8s", "--leader-election-retry-period=500ms",
	}, more...)
}

const (
	// opened is what a manager logs when it becomes the active one.
	opened = "The ledger is open"
	// fenced is what the error says that a manager ends with when another one
	// has written.
	fenced = "another writer has taken the ledger over"
)

// replica is a manager that is started again whenever it exits, as a kubelet
// does, only that the kubelet takes its time.
type replica struct {
	again func() *process
	ended sync.WaitGroup

	mu      sync.Mutex
	lives   []*process
	stopped bool
}

// supervise starts a manager, and starts it again until the spec is over.
func supervise(kubeconfig, ledger string, arguments ...string) *replica {
	GinkgoHelper()
	probes := freeAddress()
	r := &replica{again: func() *process { return begin(probes, kubeconfig, ledger, arguments...) }}
	r.lives = []*process{r.again()}
	r.ended.Go(func() {
		defer GinkgoRecover()
		r.watch()
	})
	DeferCleanup(func() {
		r.stop(func(m *process) { m.kill9() })
		for _, life := range r.lives {
			life.end()
		}
	})
	return r
}

func (r *replica) watch() {
	for {
		<-r.now().Exited
		r.mu.Lock()
		if r.stopped {
			r.mu.Unlock()
			return
		}
		r.lives = append(r.lives, r.again())
		r.mu.Unlock()
	}
}

// now is the process that runs, or ran last.
func (r *replica) now() *process {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.lives[len(r.lives)-1]
}

// exits are the codes that the replica's processes ended with; -1 stands for a
// signal.
func (r *replica) exits() []int {
	r.mu.Lock()
	defer r.mu.Unlock()
	codes := make([]int, len(r.lives)-1)
	for i := range codes {
		codes[i] = r.lives[i].Command.ProcessState.ExitCode()
	}
	return codes
}

// said counts the lines with a text in the logs of all of the replica's
// processes.
func (r *replica) said(text string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	count := 0
	for _, life := range r.lives {
		count += life.said(text)
	}
	return count
}

// stop ends the replica for good, its last process as asked for.
func (r *replica) stop(how func(*process)) {
	GinkgoHelper()
	r.mu.Lock()
	r.stopped = true
	last := r.lives[len(r.lives)-1]
	r.mu.Unlock()
	how(last)
	Eventually(last, prompt).Should(gexec.Exit())
	r.ended.Wait()
}

// replicas are several with the same flags.
type replicas []*replica

// said counts the lines with a text in all of their logs.
func (rs replicas) said(text string) int {
	count := 0
	for _, r := range rs {
		count += r.said(text)
	}
	return count
}

// exits are the codes of all processes that ended.
func (rs replicas) exits() []int {
	var codes []int
	for _, r := range rs {
		codes = append(codes, r.exits()...)
	}
	return codes
}

// leader is the replica whose process opened the ledger last of all that run,
// nil if there is none. It may have lost it since.
func (rs replicas) leader() *replica {
	for _, r := range rs {
		life := r.now()
		if life.said(opened) > 0 && life.ExitCode() < 0 {
			return r
		}
	}
	return nil
}
