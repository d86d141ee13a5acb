// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package postgres_test

import (
	"context"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/jackc/pgerrcode"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
	"github.com/prepay-operator/prepay-operator/internal/ledger/audit"
	"github.com/prepay-operator/prepay-operator/internal/ledger/committer"
	"github.com/prepay-operator/prepay-operator/internal/ledger/postgres"
	"github.com/prepay-operator/prepay-operator/internal/ledger/postgrestest"
)

// secured is a server that wants TLS and passwords, with the roles and the
// database of roles.sql.
type secured struct {
	*postgrestest.Server
	// superuser is connected to the ledger's database.
	superuser *pgx.Conn
	// passwords is the directory of the password files, one a role.
	passwords string
}

const (
	ownerRole   = "prepay_owner"
	managerRole = "prepay_manager"
	database    = "prepay"
)

// startSecured starts the server, which ends with the container it is called in.
func startSecured(ctx context.Context) *secured {
	GinkgoHelper()
	server, err := postgrestest.Start(ctx, postgrestest.Options{TLS: true, Password: "of the superuser"})
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(server.Stop)

	psql, err := postgrestest.Program("psql")
	Expect(err).NotTo(HaveOccurred())
	script := filepath.Join("..", "..", "..", "config", "samples", "postgres", "roles.sql")
	output, err := exec.CommandContext(ctx, psql, "--no-psqlrc", "--set", "ON_ERROR_STOP=1", "--file", script,
		server.URL("postgres")).CombinedOutput()
	Expect(err).NotTo(HaveOccurred(), string(output))

	s := &secured{Server: server, passwords: GinkgoT().TempDir()}
	s.superuser, err = pgx.Connect(ctx, server.URL(database))
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(func(ctx SpecContext) { Expect(s.superuser.Close(ctx)).To(Succeed()) })
	for _, role := range []string{ownerRole, managerRole} {
		s.alter(ctx, role, "first of "+role)
		s.note(role, "first of "+role)
	}
	return s
}

// alter gives a role a password on the server.
func (s *secured) alter(ctx context.Context, role, password string) {
	GinkgoHelper()
	_, err := s.superuser.Exec(ctx, "ALTER ROLE "+role+" PASSWORD '"+password+"'")
	Expect(err).NotTo(HaveOccurred())
}

// note writes a role's password into its file, as an editor does.
func (s *secured) note(role, password string) {
	GinkgoHelper()
	Expect(os.WriteFile(s.options(role).PasswordFile, []byte(password+"\n"), 0o600)).To(Succeed())
}

func (s *secured) options(role string) postgres.Options {
	return postgres.Options{PasswordFile: filepath.Join(s.passwords, role)}
}

// disconnect ends all sessions of a role.
func (s *secured) disconnect(ctx context.Context, role string) {
	GinkgoHelper()
	_, err := s.superuser.Exec(ctx, "SELECT pg_terminate_backend(pid, 30000) FROM pg_stat_activity WHERE usename = $1", role)
	Expect(err).NotTo(HaveOccurred())
}

// connect connects as a role, past the store.
func (s *secured) connect(ctx context.Context, role string) *pgx.Conn {
	GinkgoHelper()
	config, err := pgx.ParseConfig(s.URLAs(role, database))
	Expect(err).NotTo(HaveOccurred())
	password, err := os.ReadFile(s.options(role).PasswordFile)
	Expect(err).NotTo(HaveOccurred())
	config.Password = string(password[:len(password)-1])
	connection, err := pgx.ConnectConfig(ctx, config)
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(func(ctx SpecContext) { _ = connection.Close(ctx) }) // a spec may have ended its session
	return connection
}

// beRefused succeeds for the server's word that a role may not do something.
func beRefused() OmegaMatcher {
	return WithTransform(func(err error) string {
		if failure, ok := err.(*pgconn.PgError); ok { //nolint:errorlint // pgx returns it as it is
			return failure.Code
		}
		return ""
	}, Equal(pgerrcode.InsufficientPrivilege))
}

var _ = Describe("The roles of config/samples/postgres", Ordered, func() {
	var server *secured
	BeforeAll(func(ctx SpecContext) { server = startSecured(ctx) })

	It("let the owner migrate, again and again, and grant to a role that is there", func(ctx SpecContext) {
		owner := server.URLAs(ownerRole, database)
		_, err := postgres.Migrate(ctx, owner, server.options(ownerRole), "nobody_of_this_name")
		Expect(err).To(MatchError(And(ContainSubstring("nobody_of_this_name"), ContainSubstring("make it first"))))
		_, err = postgres.Open(ctx, server.URLAs(managerRole, database), server.options(managerRole))
		Expect(err).To(HaveOccurred(), "nothing was granted")
		for range 2 {
			Expect(postgres.Migrate(ctx, owner, server.options(ownerRole), managerRole)).To(BeNumerically(">", 0))
		}
	})

	It("let the manager do all that it does", func(ctx SpecContext) {
		at, options := server.URLAs(managerRole, database), server.options(managerRole)
		store, err := postgres.Open(ctx, at, options)
		Expect(err).NotTo(HaveOccurred())
		defer store.Close() //nolint:errcheck // read to its end
		post(ctx, store)

		reader, err := postgres.OpenReadOnly(ctx, at, options)
		Expect(err).NotTo(HaveOccurred())
		defer reader.Close() //nolint:errcheck // nothing was written
		report, err := audit.Run(ctx, reader)
		Expect(err).NotTo(HaveOccurred())
		Expect(report.Findings).To(BeEmpty())
		Expect(report.Entries).To(BeNumerically(">", 0))
		Expect(report.Live).To(BeNumerically(">", 0))
	})

	It("let the manager in over TLS only, to a server that is the one it means", func(ctx SpecContext) {
		var encrypted bool
		const asked = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"
		Expect(server.connect(ctx, managerRole).QueryRow(ctx, asked).Scan(&encrypted)).To(Succeed())
		Expect(encrypted).To(BeTrue())

		meant, err := url.Parse(server.URLAs(managerRole, database))
		Expect(err).NotTo(HaveOccurred())
		Expect(meant.Query().Get("sslmode")).To(Equal("verify-full"))
		meant.RawQuery = "sslmode=disable"
		_, err = postgres.Open(ctx, meant.String(), server.options(managerRole))
		Expect(err).To(MatchError(ContainSubstring("no encryption")))
		meant.RawQuery = "sslmode=verify-full" // by authorities that never heard of it
		_, err = postgres.Open(ctx, meant.String(), server.options(managerRole))
		Expect(err).To(MatchError(ContainSubstring("certificate")))
	})

	It("keep the manager from letting others in", func(ctx SpecContext) {
		manager := server.connect(ctx, managerRole)
		_, err := manager.Exec(ctx, "GRANT SELECT, INSERT ON entry TO PUBLIC") // no more than a warning
		Expect(err).NotTo(HaveOccurred())
		var granted int
		const everybody = "SELECT count(*) FROM information_schema.role_table_grants WHERE table_name = 'entry' AND grantee = 'PUBLIC'"
		Expect(server.superuser.QueryRow(ctx, everybody).Scan(&granted)).To(Succeed())
		Expect(granted).To(BeZero())
	})

	It("let the manager follow a changed password without a restart", func(ctx SpecContext) {
		store, err := postgres.Open(ctx, server.URLAs(managerRole, database), server.options(managerRole))
		Expect(err).NotTo(HaveOccurred())
		defer store.Close() //nolint:errcheck // read to its end
		server.alter(ctx, managerRole, "second")
		server.disconnect(ctx, managerRole)
		Eventually(func() string {
			_, err := store.Head(ctx)
			if !postgres.Unreachable(err) {
				return "it is not worth trying again"
			}
			return err.Error()
		}).Should(ContainSubstring("password authentication failed"))

		server.note(managerRole, "second")
		Expect(store.Head(ctx)).NotTo(BeZero())
		post(ctx, store)
	})

	Describe("refuse the manager", Ordered, func() {
		var manager *pgx.Conn
		BeforeAll(func(ctx SpecContext) { manager = server.connect(ctx, managerRole) })

		refused := func(ctx SpecContext, statement string) {
			_, err := manager.Exec(ctx, statement)
			Expect(err).To(beRefused(), statement)
			// It is the role and not the statement.
			tx, err := server.superuser.Begin(ctx)
			Expect(err).NotTo(HaveOccurred())
			_, err = tx.Exec(ctx, statement)
			Expect(err).NotTo(HaveOccurred(), statement)
			Expect(tx.Rollback(ctx)).To(Succeed())
		}

		for _, table := range []string{"batch", "tx", "cell", "entry", "fact", "annotation", "goose_db_version"} {
			column := "seq"
			if table == "goose_db_version" {
				column = "version_id"
			}
			DescribeTable("any change of what is in "+table, refused,
				Entry("UPDATE", "UPDATE "+table+" SET "+column+" = "+column),
				Entry("a lock on a row", "SELECT 1 FROM "+table+" FOR UPDATE"),
				Entry("DELETE", "DELETE FROM "+table),
				Entry("TRUNCATE", "TRUNCATE "+table),
				Entry("ALTER", "ALTER TABLE "+table+" ADD COLUMN more int"),
				Entry("an index", "CREATE INDEX more ON "+table+" ("+column+")"),
				Entry("a trigger", "CREATE TRIGGER more BEFORE INSERT ON "+table+
					" FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()"),
				Entry("DROP", "DROP TABLE "+table),
			)
		}
		DescribeTable("what nobody needs", refused,
			Entry("an INSERT into the schema's versions", "INSERT INTO goose_db_version (version_id, is_applied) VALUES (99, true)"),
			Entry("an UPDATE of live", "UPDATE live SET base = base"),
			Entry("an UPDATE of due", "UPDATE due SET at = at"),
			Entry("an UPDATE of barrier", "UPDATE barrier SET id = id"),
			Entry("TRUNCATE of live", "TRUNCATE live"),
			Entry("a table of its own", "CREATE TABLE more ()"),
			Entry("a temporary table", "CREATE TEMPORARY TABLE more ()"),
			Entry("a schema", "CREATE SCHEMA more"),
			Entry("a role", "CREATE ROLE more"),
			Entry("being the owner", "SET LOCAL ROLE "+ownerRole),
			Entry("triggers that are turned off", "SET LOCAL session_replication_role = replica"),
		)
		DescribeTable("not to keep the work tables", func(ctx SpecContext, insert, remove string) {
			tx, err := manager.Begin(ctx)
			Expect(err).NotTo(HaveOccurred())
			for _, statement := range []string{insert, remove} {
				tag, err := tx.Exec(ctx, statement)
				Expect(err).NotTo(HaveOccurred())
				Expect(tag.RowsAffected()).To(BeEquivalentTo(1), statement)
			}
			Expect(tx.Rollback(ctx)).To(Succeed())
		},
			Entry("live", "INSERT INTO live (account, subject, base) VALUES (gen_random_uuid(), '00000000-0000-0000-0000-000000000001', 8)",
				"DELETE FROM live WHERE subject = '00000000-0000-0000-0000-000000000001'"),
			Entry("due", "INSERT INTO due (at, subject, account) VALUES (7, gen_random_uuid(), gen_random_uuid())",
				"DELETE FROM due WHERE at = 7"),
			Entry("barrier", "INSERT INTO barrier (id) VALUES ('00000000-0000-0000-0000-000000000001')",
				"DELETE FROM barrier WHERE id = '00000000-0000-0000-0000-000000000001'"),
		)
	})
})

// post puts money on a new account.
func post(ctx context.Context, store *postgres.Store) {
	GinkgoHelper()
	head, err := store.Head(ctx)
	Expect(err).NotTo(HaveOccurred())
	const scope = "roles"
	tenant := ledger.TenantID(scope, "retail", 1)
	account := ledger.AccountID(scope, tenant, head.Instant.String())
	writer := committer.New(store, committer.Options{})
	writer.Open()
	running, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- writer.Run(running) }()
	for _, command := range []ledger.Command{
		{
			Key:       ledger.SettingsKey(account, 1),
			Operation: ledger.SetAccount{Account: account, Settings: ledger.AccountSettings{Currency: "EUR"}},
		},
		{
			Key:        ledger.OperationKey(scope, tenant, "TopUp", head.Instant.String(), ""),
			Annotation: ledger.Annotation{Channel: "Retail", Reason: "a spec", Requestor: "till@example.com"},
			Operation: ledger.TopUp{
				Into: ledger.Main(account), Amount: ledger.Quantity{Base: 5, Unit: "EUR"}, Payment: ledger.Payment{Type: "Cash"},
			},
		},
	} {
		command.Scope, command.Tenant = scope, tenant
		Expect(writer.Post(ctx, command)).To(HaveField("Status", ledger.Accepted))
	}
	stop()
	Eventually(ended).Should(Receive(BeNil()))
}
