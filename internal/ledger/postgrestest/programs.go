// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package postgrestest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// needed are the programs that have to lie in one directory for it to count as
// an installation: those of two versions do not go together.
var needed = []string{"initdb", "postgres", "pg_basebackup"}

// debianDirs is where Debian keeps the programs, which it does not put on PATH.
const debianDirs = "/usr/lib/postgresql/*/bin"

// errNoPostgres is one line, for it is what a person sees whose machine lacks
// the programs.
var errNoPostgres = fmt.Errorf(
	"PostgreSQL's %s are neither on PATH nor under %s: install PostgreSQL (Debian: apt-get install postgresql), or set %s to the URL of a server",
	strings.Join(needed, ", "), debianDirs, urlVariable)

// Program returns the path of one of PostgreSQL's programs, such as pgbench,
// of the version that the servers here run: the one on PATH, else the newest
// under /usr/lib/postgresql/*/bin. The error says what is missing and how to
// get it.
func Program(name string) (string, error) {
	dir, err := programs(debianDirs)
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, name)
	if !executable(path) {
		return "", fmt.Errorf("there is no %s: install the PostgreSQL package that has it", path)
	}
	return path, nil
}

// programs returns the directory that has everything needed: that of the
// postgres on PATH, else the newest version's among those that the pattern says.
func programs(pattern string) (string, error) {
	var dirs []string
	if path, err := exec.LookPath("postgres"); err == nil {
		// On PATH there may be a link to this one program only.
		if path, err = filepath.EvalSymlinks(path); err == nil {
			dirs = append(dirs, filepath.Dir(path))
		}
	}
	versions, err := filepath.Glob(pattern)
	if err != nil {
		return "", err
	}
	slices.SortFunc(versions, func(a, b string) int { return version(b) - version(a) })
	for _, dir := range append(dirs, versions...) {
		if !slices.ContainsFunc(needed, func(name string) bool { return !executable(filepath.Join(dir, name)) }) {
			return dir, nil
		}
	}
	return "", errNoPostgres
}

// version is the number in /usr/lib/postgresql/15/bin; 0 if it is none.
func version(dir string) int {
	number, err := strconv.Atoi(filepath.Base(filepath.Dir(dir)))
	if err != nil {
		return 0
	}
	return number
}

func executable(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0
}

// account is whom the server programs run as: nil is whoever runs this process.
// PostgreSQL refuses to run as root.
func account() (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	var errs []error
	for _, name := range []string{"postgres", "nobody"} {
		found, err := user.Lookup(name)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		uid, err := strconv.ParseUint(found.Uid, 10, 32)
		if err != nil {
			return nil, err
		}
		gid, err := strconv.ParseUint(found.Gid, 10, 32)
		if err != nil {
			return nil, err
		}
		return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
	}
	return nil, fmt.Errorf("PostgreSQL does not run as root, and there is no other user for it: %w", errors.Join(errs...))
}

// letEnter makes sure that the server's user can enter every directory above
// dir. Those below the working directory are this project's own and are opened;
// others are for their owner to open.
func letEnter(dir string) error {
	own, err := os.Getwd()
	if err != nil {
		return err
	}
	for parent := filepath.Dir(dir); ; parent = filepath.Dir(parent) {
		info, err := os.Stat(parent)
		if err != nil {
			return err
		}
		const search = 0o001
		switch {
		case info.Mode()&search != 0:
		case strings.HasPrefix(parent, own+string(filepath.Separator)):
			if err := os.Chmod(parent, info.Mode().Perm()|search); err != nil {
				return err
			}
		default:
			return fmt.Errorf("PostgreSQL does not run as root, and its user cannot enter %s: chmod o+x %s, or choose another directory than %s",
				parent, parent, dir)
		}
		if parent == filepath.Dir(parent) {
			return nil
		}
	}
}

// environment keeps a person's PG* variables and language away from the server
// programs.
func environment() []string {
	return []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C", "TZ=UTC"}
}

// run runs one of the server programs, or one of the system's, to its end. The
// error has what it printed.
func (s *Server) run(ctx context.Context, program string, args ...string) error {
	path := filepath.Join(s.bin, program)
	if !executable(path) {
		path = program
	}
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Dir, cmd.Env = s.dir, environment()
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: s.account}
	output, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s: %w\n%s", program, err, strings.TrimSpace(string(output)))
	}
	return nil
}
