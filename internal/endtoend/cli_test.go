// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package endtoend

import (
	"context"
	"database/sql"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gexec"
	_ "modernc.org/sqlite" // the driver "sqlite"

	"github.com/prepay-operator/prepay-operator/internal/ledger/audit"
)

// run runs the program to its end without a cluster.
func run(code int, arguments ...string) (stdout, stderr string) {
	GinkgoHelper()
	session := execute(filepath.Join(scratch(), "no-kubeconfig"), arguments...)
	Eventually(session, prompt).Should(gexec.Exit(code))
	return string(session.Out.Contents()), string(session.Err.Contents())
}

var _ = Describe("The command line", func() {
	It("documents every flag of every command", func() {
		flags := map[string][]string{
			"": {
				"health-probe-bind-address", "help", "kube-api-burst", "kube-api-qps", "kubeconfig", "leader-elect",
				"leader-election-lease-duration", "leader-election-namespace", "leader-election-renew-deadline", "leader-election-retry-period",
				"ledger", "ledger-password-file", "ledger-pipelining", "max-concurrent-reconciles", "metrics-bind-address", "metrics-secure",
				"pprof-bind-address", "record-requestor", "scope", "take-over",
				"zap-devel", "zap-encoder", "zap-log-level", "zap-stacktrace-level", "zap-time-encoding",
			},
			"audit":         {"help", "kubeconfig", "ledger", "ledger-password-file", "output"},
			"ledger accept": {"help", "kubeconfig", "ledger", "ledger-password-file", "ledger-pipelining", "scope"},
			"migrate":       {"grant-to", "help", "kubeconfig", "ledger", "ledger-password-file"},
		}
		documented := regexp.MustCompile(`(?m)^ +(?:-\w, )?--([a-z-]+)(?: [\w-]+)? {2,}(\S.*)$`)
		for command, names := range flags {
			help, _ := run(0, append(strings.Fields(command), "--help")...)
			var found []string
			for _, match := range documented.FindAllStringSubmatch(help, -1) {
				found = append(found, match[1])
			}
			Expect(found).To(ConsistOf(names), command+"\n"+help)
		}
	})

	DescribeTable("says what is wrong with it and exits with 1",
		func(message string, arguments ...string) {
			stdout, stderr := run(1, arguments...)
			Expect(stdout).To(BeEmpty())
			Expect(stderr).To(ContainSubstring(message))
			Expect(stderr).To(HavePrefix("Error: "))
			Expect(stderr).NotTo(ContainSubstring("goroutine"))
		},
		Entry("no ledger", "--ledger is missing: say where the ledger is kept"),
		Entry("an address that is none", "first path segment", "--ledger", "1:2"),
		Entry("another kind of ledger", "is no ledger this program can keep", "--ledger", "mysql://db.example.com/ledger"),
		Entry("a password in the address", "--ledger-password-file", "--ledger", "postgres://u:secret@db.example.com/ledger"),
		Entry("PostgreSQL without a lease", "--leader-elect is missing", "--ledger", "postgres://u@db.example.com/ledger"),
		Entry("a lease without a namespace", "--leader-election-namespace is missing",
			"--ledger", "postgres://u@db.example.com/ledger", "--leader-elect"),
		Entry("a relative path", "is no ledger this program can keep", "--ledger", "sqlite://ledger.db"),
		Entry("a scope that is no name", `--scope "East!" is no scope`, "--ledger", "sqlite:///tmp/ledger.db", "--scope", "East!"),
		Entry("a flag that is none", "unknown flag", "--ledgers", "sqlite:///tmp/ledger.db"),
		Entry("a word too many", "unknown command", "start"),
		Entry("audit: no ledger", "--ledger is missing", "audit"),
		Entry("audit: an unknown output", "say table or json", "audit", "--ledger", "sqlite:///tmp/ledger.db", "-o", "yaml"),
		Entry("accept: no ledger", "--ledger is missing", "ledger", "accept"),
		Entry("migrate: no ledger", "--ledger is missing", "migrate"),
		Entry("migrate: a ledger in a file", "the manager makes and updates a ledger in a file itself",
			"migrate", "--ledger", "sqlite:///tmp/ledger.db"),
	)

	It("needs a cluster, and says how to name it", func() {
		ledger := ledgerFile()
		_, stderr := run(1, at(ledger))
		Expect(stderr).To(ContainSubstring("KUBECONFIG"))
		entries, err := os.ReadDir(filepath.Dir(ledger))
		Expect(err).NotTo(HaveOccurred())
		Expect(entries).To(BeEmpty(), "a ledger was made for no cluster")
	})
})

var _ = Describe("manager audit", func() {
	It("makes no ledger where there is none", func() {
		missing := ledgerFile()
		_, stderr := run(1, "audit", at(missing))
		Expect(stderr).To(And(HavePrefix("Error: "), ContainSubstring(missing)))
		entries, err := os.ReadDir(filepath.Dir(missing))
		Expect(err).NotTo(HaveOccurred())
		Expect(entries).To(BeEmpty())
	})

	It("takes no other file for a ledger, and leaves it as it is", func(ctx SpecContext) {
		text := ledgerFile()
		Expect(os.WriteFile(text, []byte(strings.Repeat("a shopping list\n", 1000)), 0o600)).To(Succeed())
		_, stderr := run(1, "audit", at(text))
		Expect(stderr).To(And(HavePrefix("Error: "), ContainSubstring(text)))

		foreign := ledgerFile()
		withDatabase(foreign, func(db *sql.DB) {
			_, err := db.ExecContext(ctx, "CREATE TABLE customer (name TEXT)")
			Expect(err).NotTo(HaveOccurred())
		})
		before, err := os.ReadFile(foreign)
		Expect(err).NotTo(HaveOccurred())
		_, stderr = run(1, "audit", at(foreign))
		Expect(stderr).To(And(HavePrefix("Error: "), ContainSubstring(foreign)))
		Expect(os.ReadFile(foreign)).To(Equal(before))
	})

	It("works while a manager runs, and names the row of a copy that was altered", func(ctx SpecContext) {
		namespace, ledger := shared.namespace(ctx), ledgerFile()
		DeferCleanup(shared.clean)
		manager := start(shared.kubeconfig, ledger)
		alice, cash := account(namespace, "alice"), topUp(namespace, "cash", "alice", "25.00 EUR")
		shared.create(ctx, alice, cash)
		completes(ctx, shared, cash)
		expectBalances(ledger, "25.00 EUR")
		stdout, _ := run(0, "audit", at(ledger))
		Expect(stdout).To(And(ContainSubstring("Nothing is wrong."), ContainSubstring(audited(ledger).Ledger)))
		Expect(manager.ready()).To(BeTrue())
		manager.stop()

		altered := copyLedger(ledger)
		row := forge(ctx, altered)
		stdout, stderr := run(1, "audit", at(altered), "-o", "json")
		var report audit.Report
		Expect(json.Unmarshal([]byte(stdout), &report)).To(Succeed())
		Expect(report.Findings).To(ContainElement(HaveField("Row", row)))
		Expect(stderr).To(ContainSubstring("findings: "))

		By("the original being as good as before")
		expectBalances(ledger, "25.00 EUR")
	})
})

// withDatabase opens a file behind the program's back.
func withDatabase(path string, do func(*sql.DB)) {
	GinkgoHelper()
	db, err := sql.Open("sqlite", "file:"+path)
	Expect(err).NotTo(HaveOccurred())
	defer func() { Expect(db.Close()).To(Succeed()) }()
	do(db)
}

// forge adds 0.01 EUR to a credit in a ledger, and returns the row's name.
func forge(ctx context.Context, path string) string {
	GinkgoHelper()
	var forged audit.Entry
	withDatabase(path, func(db *sql.DB) {
		const guards = "SELECT group_concat('DROP TRIGGER ' || name, ';') FROM sqlite_schema WHERE type = 'trigger'"
		var drop string
		Expect(db.QueryRowContext(ctx, guards).Scan(&drop)).To(Succeed())
		_, err := db.ExecContext(ctx, drop)
		Expect(err).NotTo(HaveOccurred())
		row := db.QueryRowContext(ctx, `UPDATE entry SET amount = amount + 10000, balance_after = balance_after + 10000
			WHERE amount > 0 RETURNING cell_id, version`)
		Expect(row.Scan(&forged.Cell, &forged.Version)).To(Succeed())
	})
	return forged.String()
}
