// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package postgrestest_test

import (
	"bufio"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/prepay-operator/prepay-operator/internal/ledger/postgrestest"
)

var _ = Describe("A server", Ordered, func() {
	var server *postgrestest.Server

	BeforeAll(func(ctx SpecContext) {
		var err error
		server, err = postgrestest.Start(ctx, postgrestest.Options{
			Settings: map[string]string{"work_mem": "3MB", "application_name": `it's a \ name`},
		})
		Expect(err).NotTo(HaveOccurred())
		DeferCleanup(func() { Expect(server.Stop()).To(Succeed()) })
	}, specTimeout)

	It("makes what it acknowledges durable, and has the settings that were asked for", func(ctx SpecContext) {
		url := server.URL("postgres")
		Expect(setting(ctx, url, "fsync")).To(Equal("on"))
		Expect(setting(ctx, url, "synchronous_commit")).To(Equal("on"))
		Expect(setting(ctx, url, "work_mem")).To(Equal("3MB"))
		Expect(setting(ctx, url, "application_name")).To(Equal(`it's a \ name`))
		Expect(setting(ctx, url, "lc_collate")).To(Equal("C"))
		Expect(setting(ctx, url, "server_encoding")).To(Equal("UTF8"))
	}, specTimeout)

	It("makes an empty database for each who asks, and drops it with the sessions in it", func(ctx SpecContext) {
		one, err := server.CreateDatabase(ctx)
		Expect(err).NotTo(HaveOccurred())
		other, err := server.CreateDatabase(ctx)
		Expect(err).NotTo(HaveOccurred())
		write(ctx, one, 1)
		write(ctx, other, 2)
		Expect(numbers(ctx, one)).To(Equal([]int{1}))

		Expect(server.DropDatabase(ctx, one)).To(Succeed())
		_, err = pgx.Connect(ctx, one)
		Expect(err).To(MatchError(ContainSubstring("does not exist")))
		Expect(server.DropDatabase(ctx, one)).To(Succeed())
		Expect(numbers(ctx, other)).To(Equal([]int{2}))
	}, specTimeout)

	It("is killed with every process it has, and has what was committed when it is there again", func(ctx SpecContext) {
		url, err := server.CreateDatabase(ctx)
		Expect(err).NotTo(HaveOccurred())
		write(ctx, url, 1)
		busy := connect(ctx, url)
		failed := make(chan error, 1)
		go func() {
			_, err := busy.Exec(ctx, "SELECT pg_sleep(600)")
			failed <- err
		}()
		pids, err := server.Processes()
		Expect(err).NotTo(HaveOccurred())
		Expect(len(pids)).To(BeNumerically(">", 3))
		memory := server.Memory()
		Expect(sharedMemory()).To(ContainElement(memory))

		Expect(server.Kill()).To(Succeed())
		for _, pid := range pids {
			state, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
			if err == nil {
				Expect(string(state)).To(ContainSubstring(") Z "))
			}
		}
		Expect(sharedMemory()).NotTo(ContainElement(memory))
		Eventually(failed).Should(Receive(HaveOccurred()))
		_, err = pgx.Connect(ctx, url)
		Expect(err).To(MatchError(syscall.ECONNREFUSED))
		Expect(server.Kill()).To(Succeed())

		address := server.Address()
		Expect(server.Restart(ctx)).To(Succeed())
		Expect(server.Address()).To(Equal(address))
		Expect(numbers(ctx, url)).To(Equal([]int{1}))
	}, specTimeout)

	It("is there again after it was shut down, and when it was not", func(ctx SpecContext) {
		url, err := server.CreateDatabase(ctx)
		Expect(err).NotTo(HaveOccurred())
		write(ctx, url, 1)
		Expect(server.Shutdown()).To(Succeed())
		Expect(server.Pause()).To(MatchError(ContainSubstring("does not run")))
		Expect(server.Restart(ctx)).To(Succeed())
		Expect(server.Restart(ctx)).To(Succeed())
		Expect(numbers(ctx, url)).To(Equal([]int{1}))
	}, specTimeout)

	It("answers nothing while it is paused, and goes on where it was", func(ctx SpecContext) {
		conn := connect(ctx, server.URL("postgres"))
		Expect(server.Pause()).To(Succeed())
		answered := make(chan error, 1)
		go func() {
			_, err := conn.Exec(ctx, "SELECT 1")
			answered <- err
		}()
		Consistently(answered, 200*time.Millisecond).ShouldNot(Receive())
		Expect(server.Resume()).To(Succeed())
		Eventually(answered).Should(Receive(BeNil()))
	}, specTimeout)

	It("is set back to a backup, without what was committed since", func(ctx SpecContext) {
		url, err := server.CreateDatabase(ctx)
		Expect(err).NotTo(HaveOccurred())
		write(ctx, url, 1)
		backup, err := server.Backup(ctx)
		Expect(err).NotTo(HaveOccurred())
		write(ctx, url, 2)
		Expect(numbers(ctx, url)).To(Equal([]int{1, 2}))
		Expect(server.Restore(ctx, backup)).To(Succeed())
		Expect(numbers(ctx, url)).To(Equal([]int{1}))
	}, specTimeout)

	It("is followed by a synchronous standby, which has what was acknowledged when it is promoted", func(ctx SpecContext) {
		url, err := server.CreateDatabase(ctx)
		Expect(err).NotTo(HaveOccurred())
		standby, err := server.Standby(ctx, "left")
		Expect(err).NotTo(HaveOccurred())
		DeferCleanup(func() { Expect(standby.Stop()).To(Succeed()) })
		Expect(server.SetSynchronous(ctx, "left", "right")).To(Succeed())
		write(ctx, url, 1)

		By("stopping the standby: a commit waits, and its session is ended")
		Expect(standby.Shutdown()).To(Succeed())
		conn := connect(ctx, url)
		ended := make(chan error, 1)
		go func() {
			_, err := conn.Exec(ctx, "INSERT INTO t VALUES (2)")
			ended <- err
		}()
		Eventually(server.TerminateWaiting).WithContext(ctx).Should(Equal(1))
		Eventually(ended).Should(Receive(HaveOccurred()))
		Expect(server.SetSynchronous(ctx)).To(Succeed())
		write(ctx, url, 3)

		By("promoting the standby when the primary is gone")
		Expect(server.Kill()).To(Succeed())
		Expect(standby.Restart(ctx)).To(Succeed())
		Expect(standby.Promote(ctx)).To(Succeed())
		Expect(server.Restart(ctx)).To(Succeed())
		Expect(numbers(ctx, url)).To(Equal([]int{1, 2, 3}))
		there := strings.Replace(url, server.Address(), standby.Address(), 1)
		Expect(numbers(ctx, there)).To(Equal([]int{1}))
		write(ctx, there, 4)
		Expect(numbers(ctx, there)).To(Equal([]int{1, 4}))
	}, specTimeout)

	It("is used in the place of one of ours where TEST_POSTGRES_URL says so", func(ctx SpecContext) {
		GinkgoT().Setenv("TEST_POSTGRES_URL", server.URL("template1"))
		shared, err := postgrestest.Shared(ctx)
		Expect(err).NotTo(HaveOccurred())
		Expect(postgrestest.Shared(ctx)).To(BeIdenticalTo(shared))
		Expect(shared.Address()).To(Equal(server.Address()))
		url, err := shared.CreateDatabase(ctx)
		Expect(err).NotTo(HaveOccurred())
		write(ctx, url, 1)

		refused := MatchError(ContainSubstring("TEST_POSTGRES_URL"))
		Expect(shared.Kill()).To(refused)
		Expect(shared.Restart(ctx)).To(refused)
		Expect(shared.Pause()).To(refused)
		_, err = shared.Standby(ctx, "left")
		Expect(err).To(refused)
		_, err = shared.Backup(ctx)
		Expect(err).To(refused)

		Expect(postgrestest.StopShared()).To(Succeed())
		_, err = pgx.Connect(ctx, url)
		Expect(err).To(MatchError(ContainSubstring("does not exist")))
	}, specTimeout)

	It("refuses a TEST_POSTGRES_URL that is none", func(ctx SpecContext) {
		GinkgoT().Setenv("TEST_POSTGRES_URL", "host=127.0.0.1")
		_, err := postgrestest.Shared(ctx)
		Expect(err).To(MatchError(ContainSubstring("TEST_POSTGRES_URL has to be a URL")))
	})
})

var _ = Describe("A server that is kept", Ordered, func() {
	var dir string

	BeforeAll(func() {
		// Not GinkgoT().TempDir: that one lies in a directory of mode 0700.
		var err error
		dir, err = os.MkdirTemp("", "postgrestest-")
		Expect(err).NotTo(HaveOccurred())
		Expect(os.Chmod(dir, 0o711)).To(Succeed())
		DeferCleanup(func() { Expect(os.RemoveAll(dir)).To(Succeed()) })
	})

	It("ends when its process is killed, and has its data when it is started again", func(ctx SpecContext) {
		kept := filepath.Join(dir, "kept")
		holder := exec.CommandContext(ctx, os.Args[0])
		holder.Env = append(os.Environ(), serveVariable+"="+kept)
		_, err := holder.StdinPipe() // open for as long as this process lives
		Expect(err).NotTo(HaveOccurred())
		output, err := holder.StdoutPipe()
		Expect(err).NotTo(HaveOccurred())
		Expect(holder.Start()).To(Succeed())
		address, err := bufio.NewReader(output).ReadString('\n')
		Expect(err).NotTo(HaveOccurred())
		address = strings.TrimSpace(address)
		url := "postgres://postgres@" + address + "/postgres?sslmode=disable"
		write(ctx, url, 1)
		_, err = postgrestest.Start(ctx, postgrestest.Options{Dir: kept})
		Expect(err).To(MatchError(ContainSubstring("in use by another process")))

		Expect(holder.Process.Kill()).To(Succeed())
		Expect(holder.Wait()).NotTo(Succeed())
		Eventually(func() error {
			conn, err := net.Dial("tcp", address)
			if err == nil {
				_ = conn.Close()
			}
			return err
		}).Should(MatchError(syscall.ECONNREFUSED))
		pidFile := filepath.Join(kept, "data", "postmaster.pid")
		Eventually(func() string { return pidFile }).ShouldNot(BeAnExistingFile())

		By("starting it as it cannot be started")
		_, err = postgrestest.Start(ctx, postgrestest.Options{Dir: kept, Password: "not this"})
		Expect(err).To(MatchError(ContainSubstring("password authentication failed")))
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		Expect(err).NotTo(HaveOccurred())
		DeferCleanup(listener.Close)
		_, err = postgrestest.Start(ctx, postgrestest.Options{Dir: kept, Port: listener.Addr().(*net.TCPAddr).Port})
		Expect(err).To(MatchError(And(
			ContainSubstring("PostgreSQL did not start"), ContainSubstring("Address already in use"))))

		By("starting it again")
		server, err := postgrestest.Start(ctx, postgrestest.Options{Dir: kept})
		Expect(err).NotTo(HaveOccurred())
		Expect(numbers(ctx, server.URL("postgres"))).To(Equal([]int{1}))
		Expect(server.Stop()).To(Succeed())
		Expect(server.Stop()).To(Succeed())
		Expect(server.Restart(ctx)).To(MatchError(ContainSubstring("stopped for good")))
		Expect(filepath.Join(kept, "data", "PG_VERSION")).To(BeAnExistingFile())
	}, specTimeout)

	It("asks for a password and for TLS where it is told to, also as a standby's primary", func(ctx SpecContext) {
		server, err := postgrestest.Start(ctx, postgrestest.Options{Dir: filepath.Join(dir, "tls"), TLS: true, Password: "pass word'"})
		Expect(err).NotTo(HaveOccurred())
		DeferCleanup(func() { Expect(server.Stop()).To(Succeed()) })
		url, err := server.CreateDatabase(ctx)
		Expect(err).NotTo(HaveOccurred())
		write(ctx, url, 1)

		_, err = pgx.Connect(ctx, server.URLAs("postgres", "postgres"))
		Expect(err).To(MatchError(ContainSubstring("password")))
		plain, err := pgx.ParseConfig(url)
		Expect(err).NotTo(HaveOccurred())
		plain.TLSConfig = nil
		_, err = pgx.ConnectConfig(ctx, plain)
		Expect(err).To(MatchError(ContainSubstring("no encryption")))

		standby, err := server.Standby(ctx, "left")
		Expect(err).NotTo(HaveOccurred())
		Expect(standby.Stop()).To(Succeed())
		Expect(standby.Dir()).NotTo(BeADirectory())
	}, specTimeout)
})

var _ = Describe("The directories above a kept server's", func() {
	const closed, opened = 0o700, 0o701

	It("are opened to its user below the working directory, and named elsewhere", func() {
		here, there := GinkgoT().TempDir(), GinkgoT().TempDir()
		Expect(os.Chmod(here, opened)).To(Succeed())
		below, elsewhere := filepath.Join(here, "state"), filepath.Join(there, "state")
		for _, dir := range []string{below, elsewhere} {
			Expect(os.Mkdir(dir, closed)).To(Succeed())
		}
		GinkgoT().Chdir(here)

		Expect(postgrestest.LetEnter(filepath.Join(below, "postgres"))).To(Succeed())
		info, err := os.Stat(below)
		Expect(err).NotTo(HaveOccurred())
		Expect(info.Mode().Perm()).To(BeEquivalentTo(opened))
		Expect(postgrestest.LetEnter(filepath.Join(elsewhere, "postgres"))).To(
			MatchError(ContainSubstring("chmod o+x " + elsewhere)))
		info, err = os.Stat(elsewhere)
		Expect(err).NotTo(HaveOccurred())
		Expect(info.Mode().Perm()).To(BeEquivalentTo(closed))
	})
})

var _ = Describe("Where there is no PostgreSQL", func() {
	It("says so in one line, with the two ways out", func() {
		GinkgoT().Setenv("PATH", "")
		_, err := postgrestest.Programs("/nowhere/*/bin")
		Expect(err).To(MatchError(And(
			ContainSubstring("initdb, postgres, pg_basebackup are neither on PATH nor"),
			ContainSubstring("apt-get install postgresql"), ContainSubstring("TEST_POSTGRES_URL"),
			Not(ContainSubstring("\n")))))
	})

	It("takes the newest version of those that are complete", func() {
		GinkgoT().Setenv("PATH", "")
		root := GinkgoT().TempDir()
		for file, mode := range map[string]os.FileMode{
			"9/bin/initdb": 0o755, "9/bin/postgres": 0o755, "9/bin/pg_basebackup": 0o755,
			"15/bin/initdb": 0o755, "15/bin/postgres": 0o755, "15/bin/pg_basebackup": 0o755,
			"16/bin/initdb": 0o755, "16/bin/postgres": 0o755, "16/bin/pg_basebackup": 0o644,
		} {
			path := filepath.Join(root, file)
			Expect(os.MkdirAll(filepath.Dir(path), 0o755)).To(Succeed())
			Expect(os.WriteFile(path, nil, mode)).To(Succeed())
		}
		Expect(postgrestest.Programs(filepath.Join(root, "*", "bin"))).To(Equal(filepath.Join(root, "15", "bin")))
	})

	It("finds the other programs of the version", func() {
		path, err := postgrestest.Program("pg_controldata")
		Expect(err).NotTo(HaveOccurred())
		Expect(path).To(BeAnExistingFile())
		_, err = postgrestest.Program("pg_nothing")
		Expect(err).To(MatchError(ContainSubstring("there is no")))
	})
})
