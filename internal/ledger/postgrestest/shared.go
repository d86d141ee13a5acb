// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package postgrestest

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"sync"
	"time"
)

// urlVariable names a server that tests are to use instead of one started here.
const urlVariable = "TEST_POSTGRES_URL"

// dropGrace bounds the removal of what was left on a server that goes on.
const dropGrace = time.Minute

var (
	sharedMu sync.Mutex
	shared   *Server
)

// Shared returns the server that all tests of this process use, each with a
// database of its own. It is started at the first call; with TEST_POSTGRES_URL
// set it is the server there, which cannot be killed, restarted or copied.
func Shared(ctx context.Context) (*Server, error) {
	sharedMu.Lock()
	defer sharedMu.Unlock()
	if shared != nil {
		return shared, nil
	}
	var err error
	if there := os.Getenv(urlVariable); there != "" {
		shared, err = external(there)
	} else {
		shared, err = Start(ctx, Options{})
	}
	return shared, err
}

// external is a server that was there before.
func external(there string) (*Server, error) {
	parsed, err := url.Parse(there)
	if err != nil || parsed.Scheme != "postgres" && parsed.Scheme != "postgresql" || parsed.Host == "" {
		return nil, fmt.Errorf("%s has to be a URL such as postgres://postgres@127.0.0.1:5432/postgres of a role that may create databases", urlVariable)
	}
	return &Server{external: parsed}, nil
}

// StopShared stops the server of Shared, if there is one, or drops the databases
// that were made on the one of TEST_POSTGRES_URL. It is called when all tests of
// the process have run.
func StopShared() error {
	sharedMu.Lock()
	defer sharedMu.Unlock()
	if shared == nil {
		return nil
	}
	s := shared
	shared = nil
	ctx, cancel := context.WithTimeout(context.Background(), dropGrace)
	defer cancel()
	s.mu.Lock()
	left := s.created
	s.mu.Unlock()
	var errs []error
	for _, name := range left {
		errs = append(errs, s.drop(ctx, name))
	}
	return errors.Join(append(errs, s.Stop())...)
}
