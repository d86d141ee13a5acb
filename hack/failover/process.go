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
	"os/user"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// account is who the servers run as: PostgreSQL refuses root.
type account struct {
	uid, gid int
	// other is true if it is not who this process runs as.
	other bool
}

func serverAccount() (account, error) {
	if os.Geteuid() != 0 {
		return account{uid: os.Geteuid(), gid: os.Getegid()}, nil
	}
	found, err := user.Lookup("postgres")
	if err != nil {
		return account{}, fmt.Errorf("PostgreSQL does not run as root, so its own user is needed: %w", err)
	}
	uid, err := strconv.Atoi(found.Uid)
	if err != nil {
		return account{}, err
	}
	gid, err := strconv.Atoi(found.Gid)
	return account{uid: uid, gid: gid, other: true}, err
}

// makeDir makes a directory that only the servers' user may enter.
func (a account) makeDir(path string) error {
	if err := os.Mkdir(path, 0o700); err != nil {
		return err
	}
	return os.Chown(path, a.uid, a.gid)
}

// write makes a file that only the servers' user may read.
func (a account) write(path string, content []byte) error {
	if err := os.WriteFile(path, content, 0o600); err != nil {
		return err
	}
	return os.Chown(path, a.uid, a.gid)
}

// process is a program that was started here. Its output is added to a log.
type process struct {
	pid   int
	ended <-chan struct{}
}

func (a account) start(dir, log, program string, args ...string) (*process, error) {
	out, err := os.OpenFile(log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	defer func() { _ = out.Close() }()
	cmd := exec.Command(program, args...) //nolint:noctx // it is ended in an order of its own
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, out, out
	// Neither this process' locale nor its Patroni and PostgreSQL variables are
	// to change the servers.
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "LC_ALL=C.UTF-8"}
	cmd.SysProcAttr = &syscall.SysProcAttr{
		// In a session of its own, Ctrl-C does not reach it before its time.
		Setsid: true,
		// If this process dies, Patroni ends its PostgreSQL, too.
		Pdeathsig: syscall.SIGTERM,
	}
	if a.other {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: uint32(a.uid), Gid: uint32(a.gid)} //nolint:gosec // from the system
	}
	started, ended := make(chan error), make(chan struct{})
	go func() {
		defer close(ended)
		// The kernel sends Pdeathsig when the thread ends that started the process.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			_ = cmd.Wait() // how it ended is in its log
		}
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start %s: %w", program, err)
	}
	return &process{pid: cmd.Process.Pid, ended: ended}, nil
}

// lives reports whether the process is there. When it has ended, its number may
// be another's.
func (p *process) lives() bool {
	select {
	case <-p.ended:
		return false
	default:
		return true
	}
}

// stop ends the process in an orderly way, or kills it with its children if it
// takes longer than grace.
func (p *process) stop(grace time.Duration) error {
	if !p.lives() {
		return nil
	}
	if err := send([]int{p.pid}, syscall.SIGTERM); err != nil {
		return err
	}
	select {
	case <-p.ended:
		return nil
	case <-time.After(grace):
		return kill(p.pid)
	}
}

// family is the processes named and all their descendants, parents first.
func family(roots ...int) ([]int, error) {
	children := map[int][]int{}
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return nil, err
	}
	for _, path := range stats {
		pid, parent, state, err := readStat(path)
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ESRCH) || state == "Z" {
			continue // it has ended
		}
		if err != nil {
			return nil, err
		}
		children[parent] = append(children[parent], pid)
	}
	all := slices.Clone(roots)
	for i := 0; i < len(all); i++ {
		all = append(all, children[all[i]]...)
	}
	return all, nil
}

// readStat reads the first fields of /proc/<pid>/stat. The program's name, in
// parentheses, may have anything in it.
func readStat(path string) (pid, parent int, state string, err error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return 0, 0, "", err
	}
	fields := strings.Fields(string(content[bytes.LastIndexByte(content, ')')+1:]))
	if len(fields) < 2 {
		return 0, 0, "", fmt.Errorf("%s: %q is not a process' state", path, content)
	}
	if pid, err = strconv.Atoi(filepath.Base(filepath.Dir(path))); err != nil {
		return 0, 0, "", err
	}
	parent, err = strconv.Atoi(fields[1])
	return pid, parent, fields[0], err
}

// freeze stops processes and their descendants where they are.
func freeze(roots ...int) ([]int, error) {
	frozen := []int{}
	for {
		all, err := family(roots...)
		if err != nil {
			return nil, err
		}
		// A process that forked while it was being stopped has a new child.
		fresh := slices.DeleteFunc(all, func(pid int) bool { return slices.Contains(frozen, pid) })
		if len(fresh) == 0 {
			return frozen, nil
		}
		if err := send(fresh, syscall.SIGSTOP); err != nil {
			return nil, err
		}
		frozen = append(frozen, fresh...)
	}
}

// kill kills processes and their descendants at one instant, as a power cut
// does: none lives to see another's end.
func kill(roots ...int) error {
	frozen, err := freeze(roots...)
	if err != nil {
		return err
	}
	return send(frozen, syscall.SIGKILL)
}

func send(pids []int, sig syscall.Signal) error {
	for _, pid := range pids {
		if err := syscall.Kill(pid, sig); err != nil && !errors.Is(err, syscall.ESRCH) {
			return fmt.Errorf("signal %d to process %d: %w", sig, pid, err)
		}
	}
	return nil
}

// pause waits, and reports whether ctx still lives.
func pause(ctx context.Context, d time.Duration) bool {
	select {
	case <-time.After(d):
		return true
	case <-ctx.Done():
		return false
	}
}
