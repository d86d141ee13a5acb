// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package postgrestest

import "strings"

// Programs looks for an installation where the pattern says rather than where
// Debian puts it.
func Programs(pattern string) (string, error) { return programs(pattern) }

// LetEnter makes sure that another user can enter every directory above dir.
func LetEnter(dir string) error { return letEnter(dir) }

// Dir is where the server keeps everything.
func (s *Server) Dir() string { return s.dir }

// Processes are the server's, the postmaster first.
func (s *Server) Processes() ([]int, error) {
	pids, err := descendants(s.process.pid)
	return append([]int{s.process.pid}, pids...), err
}

// Memory is the id of the server's shared memory, as /proc/sysvipc/shm has it.
func (s *Server) Memory() string { return strings.Fields(s.pidFile()[memoryLine])[1] }
