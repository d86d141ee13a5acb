// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"os/exec"
	"path/filepath"

	"github.com/prepay-operator/prepay-operator/internal/ledger/postgrestest"
)

// programs are where the servers are installed.
type programs struct {
	etcd, patroni string
	// postgres is the directory of PostgreSQL's programs.
	postgres string
}

func findPrograms() (programs, error) {
	etcd, etcdErr := exec.LookPath("etcd")
	patroni, patroniErr := exec.LookPath("patroni")
	rewind, postgresErr := postgrestest.Program("pg_rewind")
	return programs{etcd: etcd, patroni: patroni, postgres: filepath.Dir(rewind)}, errors.Join(etcdErr, patroniErr, postgresErr)
}
