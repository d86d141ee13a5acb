// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package faults_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync/atomic"
	"syscall"

	"github.com/jackc/pgerrcode"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
	"github.com/prepay-operator/prepay-operator/internal/ledger/postgrestest"
)

// smallVolume mounts a file system of the given size, which others may enter.
func smallVolume(size string) (directory string) {
	GinkgoHelper()
	directory, err := os.MkdirTemp("", "faults-volume-")
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(os.Remove, directory)
	Expect(syscall.Mount("tmpfs", directory, "tmpfs", 0, "mode=0755,size="+size)).To(Succeed(),
		"filling a disk takes one of its own: run this as root, or in a user namespace that may mount (unshare --user --map-root-user --mount)")
	DeferCleanup(syscall.Unmount, directory, 0)
	return directory
}

// fill writes a file until nothing more fits.
func fill(ballast string) {
	GinkgoHelper()
	file, err := os.Create(ballast)
	Expect(err).NotTo(HaveOccurred())
	for size := 1 << 20; size >= 4096; {
		if _, err := file.Write(make([]byte, size)); err != nil {
			Expect(err).To(MatchError(syscall.ENOSPC))
			size /= 2
		}
	}
	Expect(file.Close()).To(Succeed())
}

// counting counts the writes that failed. Nothing but the disk is at fault here:
// it refuses rows, or ends the server, which then cannot be reached.
type counting struct {
	ledger.Store
	failed atomic.Int64
	// refused are those of which the server said that the disk is full.
	refused atomic.Int64
}

// Append implements [ledger.Store].
func (c *counting) Append(ctx context.Context, batch *ledger.Batch) error {
	return c.count(c.Store.Append(ctx, batch))
}

// Head implements [ledger.Store]. It writes too, and is what is tried again and
// again after an append failed.
func (c *counting) Head(ctx context.Context) (ledger.Head, error) {
	head, err := c.Store.Head(ctx)
	return head, c.count(err)
}

func (c *counting) count(err error) error {
	if err != nil {
		c.failed.Add(1)
	}
	var failure *pgconn.PgError
	if errors.As(err, &failure) && failure.Code == pgerrcode.DiskFull {
		c.refused.Add(1)
	}
	return err
}

var _ = Describe("A disk", func() {
	It("that is full holds the ledger up, and loses nothing", limit(), func(ctx SpecContext) {
		volume := smallVolume("200m")
		server := ownServer(ctx, postgrestest.Options{
			Dir: filepath.Join(volume, "server"),
			// Little is written ahead that would need room of its own.
			Settings: map[string]string{"min_wal_size": "32MB", "max_wal_size": "64MB", "autovacuum": "off"},
		})
		there := newLedger(ctx, server)
		disk := &counting{}
		w := startWriter(openStore(ctx, there), func(store ledger.Store) ledger.Store {
			disk.Store = store
			return disk
		})
		l := newLoad(15, 40)
		l.open(ctx, w.Post)
		enough, done := l.background(ctx, share(6), callers(), w.Post)
		for range rounds() {
			l.progress(100)
			ballast, seen := filepath.Join(volume, "ballast"), disk.failed.Load()
			fill(ballast)
			Eventually(disk.failed.Load).WithContext(ctx).Should(BeNumerically(">", seen+1), "the disk is not full enough")
			Expect(os.Remove(ballast)).To(Succeed())
			revive(ctx, server, there)
		}
		enough()
		await(ctx, done, w.ended)
		Expect(w.ended).NotTo(Receive(), "a disk that was full is no reason to stop")
		f := compare(ctx, openReader(ctx, there), l)
		Expect(disk.refused.Load()).To(BeNumerically(">", 0), "no disk was full")
		f.spec, f.faults = "disk full", int(disk.refused.Load())
		report(f)
	})
})

// revive starts the server again if the full disk has ended it, as it does when
// it has no room to recover.
func revive(ctx context.Context, server *postgrestest.Server, url string) {
	GinkgoHelper()
	connection, err := pgx.Connect(ctx, url)
	if err != nil {
		Expect(server.Restart(ctx)).To(Succeed())
		return
	}
	Expect(connection.Close(ctx)).To(Succeed())
}
