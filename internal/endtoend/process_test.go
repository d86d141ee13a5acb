// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package endtoend

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gexec"

	"github.com/prepay-operator/prepay-operator/internal/ledger/audit"
)

// prompt is within how much time a promise is kept on a busy machine.
const prompt = 60 * time.Second

// ledgerFile is the path of a ledger of the spec's own, which is still to be
// made.
func ledgerFile() string {
	GinkgoHelper()
	return filepath.Join(scratch(), "ledger.db")
}

// at is the flag of a ledger in a file, or at the URL of a database.
func at(ledger string) string {
	if strings.Contains(ledger, "://") {
		return "--ledger=" + ledger
	}
	return "--ledger=sqlite://" + ledger
}

// process is a running manager.
type process struct {
	*gexec.Session
	probes string
}

// launch starts the program and does not wait for anything.
func launch(kubeconfig, ledger string, arguments ...string) *process {
	GinkgoHelper()
	m := begin(freeAddress(), kubeconfig, ledger, arguments...)
	DeferCleanup(m.end)
	return m
}

// begin starts the program, whose end is the caller's.
func begin(probes, kubeconfig, ledger string, arguments ...string) *process {
	GinkgoHelper()
	m := &process{probes: probes}
	m.Session = execute(kubeconfig, append([]string{at(ledger), "--health-probe-bind-address=" + m.probes}, arguments...)...)
	return m
}

// end ends the process, if it runs, and looks at what it leaves.
func (m *process) end() {
	GinkgoHelper()
	m.kill9()
	Expect(m.said("DATA RACE")).To(BeZero())
}

// said counts the lines of the process's log with a text.
func (m *process) said(text string) int {
	count := 0
	for line := range strings.Lines(string(m.Err.Contents())) {
		if strings.Contains(line, text) {
			count++
		}
	}
	return count
}

// start starts the program and waits until it says that it is ready.
func start(kubeconfig, ledger string, arguments ...string) *process {
	GinkgoHelper()
	m := launch(kubeconfig, ledger, arguments...)
	Eventually(m.ready, prompt, "50ms").Should(BeTrue(), "the manager is not ready")
	return m
}

// execute starts the program with these arguments.
func execute(kubeconfig string, arguments ...string) *gexec.Session {
	GinkgoHelper()
	command := exec.Command(program, arguments...)
	command.Env = append(os.Environ(), "KUBECONFIG="+kubeconfig)
	session, err := gexec.Start(command, GinkgoWriter, GinkgoWriter)
	Expect(err).NotTo(HaveOccurred())
	return session
}

// ready reports what /readyz answers.
func (m *process) ready() bool { return m.probe("/readyz") == http.StatusOK }

// probe returns the status that a probe gets, 0 if there is no answer.
func (m *process) probe(path string) int {
	response, err := http.Get("http://" + m.probes + path)
	if err != nil {
		return 0
	}
	defer response.Body.Close() //nolint:errcheck // nothing was read
	return response.StatusCode
}

// answer returns what a probe is told.
func (m *process) answer(path string) string {
	GinkgoHelper()
	response, err := http.Get("http://" + m.probes + path)
	Expect(err).NotTo(HaveOccurred())
	defer response.Body.Close() //nolint:errcheck // read to its end
	text, err := io.ReadAll(response.Body)
	Expect(err).NotTo(HaveOccurred())
	return string(text)
}

// kill9 ends the process as a crash does.
func (m *process) kill9() {
	GinkgoHelper()
	m.Kill().Wait(prompt)
}

// stop ends the process as Kubernetes does, and expects that it ends well.
func (m *process) stop() {
	GinkgoHelper()
	Eventually(m.Terminate(), prompt).Should(gexec.Exit(0))
}

// audited runs the program's own audit on a ledger, expects that nothing is
// wrong with it, and returns its report.
func audited(ledger string) audit.Report {
	GinkgoHelper()
	session := execute("", "audit", at(ledger), "-o", "json")
	Eventually(session, prompt).Should(gexec.Exit(0))
	var report audit.Report
	Expect(json.Unmarshal(session.Out.Contents(), &report)).To(Succeed())
	Expect(report.Findings).To(BeEmpty())
	return report
}

// expectBalances expects that the audit passes and that all accounts together
// hold exactly so much money.
func expectBalances(ledger, total string) {
	GinkgoHelper()
	report := audited(ledger)
	sum := int64(0)
	for _, balance := range report.Balances {
		Expect(balance.Sum.Sign()).To(BeZero())
		if balance.Unit == "EUR" {
			sum += balance.Available.Int64()
		}
	}
	Expect(sum).To(Equal(euros(total)))
}

// freeAddress is a loopback address that nothing listens on.
func freeAddress() string {
	GinkgoHelper()
	listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	Expect(err).NotTo(HaveOccurred())
	defer listener.Close() //nolint:errcheck // only its address was wanted
	return listener.Addr().String()
}
