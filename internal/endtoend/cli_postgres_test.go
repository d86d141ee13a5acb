// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package endtoend

import (
	"context"
	"encoding/json"
	"net/url"

	"github.com/jackc/pgx/v5"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gexec"

	"github.com/prepay-operator/prepay-operator/internal/ledger/audit"
	"github.com/prepay-operator/prepay-operator/internal/ledger/postgrestest"
)

var _ = Describe("A ledger in PostgreSQL", func() {
	It("is made by manager migrate, written by a role that may do no more, and audited", func(ctx SpecContext) {
		server, err := postgrestest.Shared(ctx)
		Expect(err).NotTo(HaveOccurred())
		owner, err := server.CreateDatabase(ctx)
		Expect(err).NotTo(HaveOccurred())
		namespace := shared.namespace(ctx)
		DeferCleanup(shared.clean)
		role := pgx.Identifier{namespace}.Sanitize() // a name of the spec's own
		change(ctx, owner, "CREATE ROLE "+role+" LOGIN")
		DeferCleanup(func(ctx context.Context) { change(ctx, owner, "DROP OWNED BY "+role, "DROP ROLE "+role) })
		ledger := as(owner, namespace)

		By("not being there yet")
		for _, command := range [][]string{{"audit", at(owner)}, append([]string{at(owner), "--health-probe-bind-address=0"}, elected(namespace)...)} {
			session := execute(shared.kubeconfig, append(command, "--kubeconfig="+shared.kubeconfig)...)
			Eventually(session, prompt).Should(gexec.Exit(1))
			Expect(string(session.Err.Contents())).To(And(
				ContainSubstring("Error: "), ContainSubstring("there is no ledger of the prepay operator in this database"),
				ContainSubstring("run manager migrate"), Not(ContainSubstring("goroutine"))))
		}

		By("being made")
		_, stderr := run(1, "migrate", at(owner), "--grant-to=nobody-of-that-name")
		Expect(stderr).To(And(ContainSubstring("Error: "), ContainSubstring(`there is no role "nobody-of-that-name"`)))
		for range 2 {
			stdout, _ := run(0, "migrate", at(owner), "--grant-to="+namespace)
			Expect(stdout).To(And(ContainSubstring("The tables of the ledger are version 3."), ContainSubstring("The role "+namespace)))
		}
		_, stderr = run(1, "migrate", at(ledger), "--grant-to=")
		Expect(stderr).To(ContainSubstring("permission denied"))

		By("being written")
		manager := start(shared.kubeconfig, ledger, elected(namespace)...)
		alice, cash := account(namespace, "alice"), topUp(namespace, "cash", "alice", "25.00 EUR")
		shared.create(ctx, alice, cash)
		completes(ctx, shared, cash)
		expectBalances(ledger, "25.00 EUR")
		stdout, _ := run(0, "audit", at(ledger))
		Expect(stdout).To(And(ContainSubstring("Nothing is wrong."), ContainSubstring(audited(owner).Ledger)))
		manager.stop()

		By("being altered")
		row := forgeEntry(ctx, owner)
		stdout, stderr = run(1, "audit", at(ledger), "-o", "json")
		var report audit.Report
		Expect(json.Unmarshal([]byte(stdout), &report)).To(Succeed())
		Expect(report.Findings).To(ContainElement(HaveField("Row", row)))
		Expect(stderr).To(ContainSubstring("findings: "))

		By("being of another version")
		change(ctx, owner, "INSERT INTO goose_db_version (version_id, is_applied) VALUES (99, true)")
		for _, command := range []string{"audit", "migrate"} {
			_, stderr = run(1, command, at(owner))
			Expect(stderr).To(And(ContainSubstring("Error: "), ContainSubstring("version 99"), ContainSubstring("use a newer program")))
		}
	})

	It("that cannot be reached is no reason for an audit to wait", func() {
		_, stderr := run(1, "audit", at("postgres://postgres@"+freeAddress()+"/ledger"))
		Expect(stderr).To(And(HavePrefix("Error: "), ContainSubstring("connection refused")))
	})
})

// as is the URL of a database for another role.
func as(database, role string) string {
	GinkgoHelper()
	parsed, err := url.Parse(database)
	Expect(err).NotTo(HaveOccurred())
	parsed.User = url.User(role)
	return parsed.String()
}

// change does something to a database behind the program's back.
func change(ctx context.Context, database string, statements ...string) {
	GinkgoHelper()
	owner, err := pgx.Connect(ctx, database)
	Expect(err).NotTo(HaveOccurred())
	defer owner.Close(ctx) //nolint:errcheck // nothing is lost with it
	for _, statement := range statements {
		_, err := owner.Exec(ctx, statement)
		Expect(err).NotTo(HaveOccurred())
	}
}

// forgeEntry adds 0.01 EUR to a credit in a ledger, and returns the row's name.
func forgeEntry(ctx context.Context, database string) string {
	GinkgoHelper()
	owner, err := pgx.Connect(ctx, database)
	Expect(err).NotTo(HaveOccurred())
	defer owner.Close(ctx) //nolint:errcheck // nothing is lost with it
	var forged audit.Entry
	row := owner.QueryRow(ctx, `UPDATE entry SET amount = amount + 10000, balance_after = balance_after + 10000
		WHERE amount > 0 RETURNING cell_id, version`)
	Expect(row.Scan(&forged.Cell, &forged.Version)).To(Succeed())
	return forged.String()
}
