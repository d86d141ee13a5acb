// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package sqlite_test

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/prepay-operator/prepay-operator/internal/ledger/sqlite"
)

// holder starts a process that holds the ledger at path.
func holder(path string) *exec.Cmd {
	GinkgoHelper()
	process := exec.Command(os.Args[0])
	process.Env = append(os.Environ(), holdVariable+"="+path)
	_, err := process.StdinPipe()
	Expect(err).NotTo(HaveOccurred())
	out, err := process.StdoutPipe()
	Expect(err).NotTo(HaveOccurred())
	Expect(process.Start()).To(Succeed())
	DeferCleanup(func() {
		_ = process.Process.Kill() // some specs have killed it
		_ = process.Wait()
	})
	Expect(bufio.NewReader(out).ReadString('\n')).To(Equal("held\n"))
	return process
}

var _ = Describe("The lock on a SQLite ledger", func() {
	It("gives the ledger to one process, and names it to the others", func(ctx SpecContext) {
		path := newPath()
		process := holder(path)
		_, err := sqlite.Open(ctx, path)
		Expect(err).To(MatchError(sqlite.ErrLocked))
		Expect(err).To(MatchError(fmt.Sprintf(
			"ledger %s is in use by another manager (pid %d): one ledger has one writer; stop that one first",
			path, process.Process.Pid)))
	})

	It("is free again when its holder was killed", func(ctx SpecContext) {
		path := newPath()
		process := holder(path)
		Expect(process.Process.Kill()).To(Succeed())
		_ = process.Wait() // it was killed, which Wait reports as an error
		head, err := open(path).Head(ctx)
		Expect(err).NotTo(HaveOccurred())
		Expect(head.Sequence).To(BeZero())
		Expect(os.ReadFile(path + ".lock")).To(BeEquivalentTo(strconv.Itoa(os.Getpid()) + "\n"))
	})

	It("is one lock, however the ledger is called", func(ctx SpecContext) {
		path := newPath()
		open(path)
		link := filepath.Join(GinkgoT().TempDir(), "link")
		Expect(os.Symlink(path, link)).To(Succeed())
		_, err := sqlite.Open(ctx, link)
		Expect(err).To(MatchError(sqlite.ErrLocked))
		Expect(os.Remove(link)).To(Succeed())
		Expect(os.Symlink(filepath.Dir(path), link)).To(Succeed())
		_, err = sqlite.Open(ctx, filepath.Join(link, filepath.Base(path)))
		Expect(err).To(MatchError(sqlite.ErrLocked))
	})

	It("is free again after a clean stop, and after a start that failed", func(ctx SpecContext) {
		path := newPath()
		Expect(open(path).Close()).To(Succeed())
		db := raw(path)
		_, err := db.ExecContext(ctx, "INSERT INTO goose_db_version (version_id, is_applied) VALUES (99, 1)")
		Expect(err).NotTo(HaveOccurred())
		_, err = sqlite.Open(ctx, path)
		Expect(err).To(MatchError(sqlite.ErrSchema))
		_, err = db.ExecContext(ctx, "DELETE FROM goose_db_version WHERE version_id = 99")
		Expect(err).NotTo(HaveOccurred())
		Expect(db.Close()).To(Succeed())
		open(path)
	})
})
