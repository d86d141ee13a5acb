// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package postgrestest

import (
	"context"
	"errors"
	"math/rand/v2"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
)

const (
	// superuser owns everything on a server made here.
	superuser = "postgres"
	// maintenance is the database that is always there.
	maintenance = "postgres"
	// firstPort and lastPort bound the ports that are chosen from. They lie
	// below those that the kernel gives to outgoing connections, so that none of
	// these takes the port while the server is down.
	firstPort, lastPort = 20000, 32000
)

// Options say how a server is to be. The zero value is a server in a temporary
// directory, on a free port, that trusts whoever connects from this machine.
type Options struct {
	// Settings are put into postgresql.conf, over the defaults there. Values are
	// given bare, without quotes.
	Settings map[string]string
	// Dir keeps the server's data, log and certificates. It is made if it is not
	// there; where a server was kept already, that one is started again. Empty
	// is a temporary directory that Stop removes. When this process is root the
	// server runs as another user, who has to be able to enter the directories
	// above Dir: those below the working directory are opened for that (o+x).
	Dir string
	// Port on 127.0.0.1; 0 is a free one.
	Port int
	// Password of the superuser. It and every other role then need theirs
	// (SCRAM). Empty asks for none. It is set when the server is first made.
	Password string
	// TLS makes the server refuse connections without TLS. Its certificate, for
	// 127.0.0.1 and localhost, is issued by the authority in CAFile.
	TLS bool
}

// Server is a PostgreSQL server. Its methods may be called from several
// goroutines.
type Server struct {
	options  Options
	bin      string              // the directory of the server programs
	account  *syscall.Credential // whom they run as; nil is this process's user
	dir      string
	port     int
	lock     *os.File // held while the directory is in use
	external *url.URL // of a server that was there before; nil for one made here

	mu      sync.Mutex
	process *process // nil while it does not run
	stopped bool     // for good
	created []string // databases made here on an external server
}

// Start makes a server, or starts again the one kept in Options.Dir, and waits
// until it takes connections. ctx bounds the start, not the server's life: that
// ends with Stop, or with this process, however it ends. The error says what is
// missing where PostgreSQL is not installed, and has the last lines of the
// server's log where it does not start.
func Start(ctx context.Context, options Options) (*Server, error) {
	s, err := newServer(options)
	if err != nil {
		return nil, err
	}
	if err := s.prepare(ctx); err != nil {
		return nil, errors.Join(err, s.Stop())
	}
	return s, nil
}

// newServer has a directory that belongs to the server's user, and nothing in
// it that was not there before.
func newServer(options Options) (*Server, error) {
	s := &Server{options: options}
	var err error
	if s.bin, err = programs(debianDirs); err != nil {
		return nil, err
	}
	if s.account, err = account(); err != nil {
		return nil, err
	}
	if options.Dir == "" {
		s.dir, s.lock, err = temporaryDir()
	} else {
		s.dir, s.lock, err = keptDir(options.Dir)
	}
	if err != nil {
		return nil, err
	}
	if err := s.enter(); err != nil {
		return nil, errors.Join(err, s.Stop())
	}
	return s, nil
}

// enter lets the server's user into its directory.
func (s *Server) enter() error {
	if s.account == nil {
		return nil
	}
	if err := s.own(s.dir); err != nil {
		return err
	}
	return letEnter(s.dir)
}

// own gives a file to the server's user.
func (s *Server) own(path string) error {
	if s.account == nil {
		return nil
	}
	return os.Chown(path, int(s.account.Uid), int(s.account.Gid))
}

// prepare makes the cluster where there is none yet and starts the server.
func (s *Server) prepare(ctx context.Context) error {
	_, err := os.Stat(filepath.Join(s.data(), "PG_VERSION"))
	if errors.Is(err, os.ErrNotExist) {
		err = s.initialise(ctx)
	}
	if err != nil {
		return err
	}
	if s.options.TLS {
		if err := s.certify(); err != nil {
			return err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.startOnFreePort(ctx)
}

func (s *Server) initialise(ctx context.Context) error {
	// What an interrupted initdb leaves must not be taken for a cluster.
	unfinished := s.data() + ".unfinished"
	if err := os.RemoveAll(unfinished); err != nil {
		return err
	}
	args := []string{
		"--pgdata", unfinished, "--username", superuser, "--encoding", "UTF8", "--locale", "C",
		"--auth", "trust", // pg_hba.conf is written anew at each start
		"--no-sync", // the server syncs what it writes itself
	}
	if s.options.Password != "" {
		file := filepath.Join(s.dir, "password")
		if err := s.write(file, s.options.Password+"\n"); err != nil {
			return err
		}
		defer func() { _ = os.Remove(file) }()
		args = append(args, "--auth-host", "scram-sha-256", "--pwfile", file)
	}
	if err := s.run(ctx, "initdb", args...); err != nil {
		return err
	}
	return os.Rename(unfinished, s.data())
}

// startOnFreePort tries another port where one was taken in between.
func (s *Server) startOnFreePort(ctx context.Context) error {
	const tries = 5
	for try := 1; ; try++ {
		if s.port = s.options.Port; s.port == 0 {
			s.port = freePort(ctx)
		}
		if err := s.configure(); err != nil {
			return err
		}
		err := s.start(ctx)
		if err == nil || s.options.Port != 0 || try == tries || !strings.Contains(err.Error(), "Address already in use") {
			return err
		}
	}
}

// freePort returns a port that nothing listens on now.
func freePort(ctx context.Context) int {
	for {
		port := firstPort + rand.IntN(lastPort-firstPort)
		var config net.ListenConfig
		listener, err := config.Listen(ctx, "tcp", net.JoinHostPort(loopback, strconv.Itoa(port)))
		if err == nil {
			_ = listener.Close()
			return port
		}
		if ctx.Err() != nil {
			return port
		}
	}
}

// Address is where the server listens, host:port.
func (s *Server) Address() string {
	if s.external != nil {
		return s.external.Host
	}
	return net.JoinHostPort(loopback, strconv.Itoa(s.port))
}

// URL returns the URL by which the superuser reaches a database, with the
// password if there is one.
func (s *Server) URL(database string) string {
	return s.url(url.UserPassword(superuser, s.options.Password), database)
}

// URLAs returns the URL by which a role reaches a database, without a password.
func (s *Server) URLAs(role, database string) string { return s.url(url.User(role), database) }

func (s *Server) url(who *url.Userinfo, database string) string {
	if s.external != nil {
		there := *s.external
		there.Path = "/" + database
		if who.Username() != superuser {
			there.User = who
		}
		return there.String()
	}
	if password, _ := who.Password(); password == "" {
		who = url.User(who.Username())
	}
	query := url.Values{"sslmode": {"disable"}}
	if s.options.TLS {
		query = url.Values{"sslmode": {"verify-full"}, "sslrootcert": {s.CAFile()}}
	}
	return (&url.URL{
		Scheme: "postgres", User: who, Host: s.Address(), Path: "/" + database, RawQuery: query.Encode(),
	}).String()
}
