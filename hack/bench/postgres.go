// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	coordinationv1 "k8s.io/api/coordination/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/prepay-operator/prepay-operator/internal/ledger/postgrestest"
)

// managerRole is the role that the manager writes the ledger as: it owns
// nothing, and the owner grants it what it needs.
const managerRole = "prepay_manager"

// leaseName is how managers of the scope that is measured call their lease.
const leaseName = "ledger.default.prepay.dev"

// postgresServer is a throw-away PostgreSQL server with one ledger in it. Its
// settings are the server's own defaults, fsync and synchronous_commit among
// them.
type postgresServer struct {
	server *postgrestest.Server
	dir    string
	url    string
}

// startPostgres makes a server that keeps its data in dir, and an empty ledger
// in it. What another run has left there is removed first.
func startPostgres(ctx context.Context, dir, program string) (s *postgresServer, err error) {
	if err := os.RemoveAll(dir); err != nil {
		return nil, err
	}
	s = &postgresServer{dir: dir}
	if s.server, err = postgrestest.Start(ctx, postgrestest.Options{Dir: dir}); err != nil {
		return nil, err
	}
	if err := s.migrate(ctx, program); err != nil {
		return nil, errors.Join(err, s.remove())
	}
	return s, nil
}

// migrate makes a database, the ledger's tables in it, and the manager's role.
func (s *postgresServer) migrate(ctx context.Context, program string) error {
	owner, err := s.server.CreateDatabase(ctx)
	if err != nil {
		return err
	}
	connection, err := pgx.Connect(ctx, owner)
	if err != nil {
		return err
	}
	_, err = connection.Exec(ctx, "CREATE ROLE "+managerRole+" LOGIN")
	if err := errors.Join(err, connection.Close(ctx)); err != nil {
		return err
	}
	s.url = s.server.URLAs(managerRole, connection.Config().Database)
	out, err := exec.CommandContext(ctx, program, "migrate", "--ledger", owner, "--grant-to", managerRole).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s migrate: %w: %s", program, err, out)
	}
	return nil
}

func (s *postgresServer) location() string { return s.url }

func (s *postgresServer) flags() []string {
	return []string{"--leader-elect", "--leader-election-namespace=" + namespace}
}

// elected reads the lease. A manager that stops gives it back.
func (s *postgresServer) elected(ctx context.Context, c *cluster) (bool, error) {
	var lease coordinationv1.Lease
	err := c.client.Get(ctx, types.NamespacedName{Namespace: namespace, Name: leaseName}, &lease)
	return err == nil && ptr.Deref(lease.Spec.HolderIdentity, "") != "", client.IgnoreNotFound(err)
}

func (s *postgresServer) remove() error {
	return errors.Join(s.server.Stop(), os.RemoveAll(s.dir))
}

// used is what the server's processes have used: its first one, those that it
// has started, and those of them that have ended.
func (s *postgresServer) used() (time.Duration, error) {
	content, err := os.ReadFile(filepath.Join(s.dir, "data", "postmaster.pid"))
	if err != nil {
		return 0, err
	}
	line, _, _ := bytes.Cut(content, []byte("\n"))
	first, err := strconv.Atoi(string(line))
	if err != nil {
		return 0, err
	}
	stat, err := statOf(first)
	if err != nil {
		return 0, err
	}
	total := stat.used + stat.usedByEnded
	processes, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		return 0, err
	}
	for _, process := range processes {
		pid, err := strconv.Atoi(filepath.Base(process))
		if err != nil {
			return 0, err
		}
		stat, err := statOf(pid)
		if errors.Is(err, fs.ErrNotExist) || err == nil && stat.parent != first {
			continue
		}
		if err != nil {
			return 0, err
		}
		total += stat.used
	}
	return total, nil
}
