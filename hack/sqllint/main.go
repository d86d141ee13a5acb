// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Sqllint keeps the SQL of the PostgreSQL store to what distributed engines that
// speak its protocol have too, and to what a log that is only added to needs. It
// parses the .sql files below a directory with PostgreSQL's own parser, and
// refuses SQL in the directory's Go files, where nobody would parse it.
package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// finding is one thing that has to go.
type finding struct {
	file string
	line int
	// construct is what was found, and why what speaks against it.
	construct, why string
}

func (f finding) String() string {
	return fmt.Sprintf("%s:%d: %s: %s", f.file, f.line, f.construct, f.why)
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "Usage: sqllint DIRECTORY")
		os.Exit(2)
	}
	findings, err := lint(os.DirFS(os.Args[1]), os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, "sqllint:", err)
		os.Exit(2)
	}
	for _, f := range findings {
		fmt.Println(f)
	}
	if len(findings) > 0 {
		os.Exit(1)
	}
}

// lint checks every file of a directory, which is named in what it finds. No SQL
// at all is an error: the files are somewhere else.
func lint(files fs.FS, name string) ([]finding, error) {
	var findings []finding
	statements := 0
	err := fs.WalkDir(files, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := fs.ReadFile(files, path)
		if err != nil {
			return err
		}
		var found []finding
		shown := filepath.Join(name, path)
		switch filepath.Ext(path) {
		case ".sql":
			var parsed int
			found, parsed = checkSQL(shown, string(text))
			statements += parsed
		case ".go":
			found, err = checkGo(shown, text)
		}
		findings = append(findings, found...)
		return err
	})
	if err == nil && statements == 0 && len(findings) == 0 {
		err = fmt.Errorf("there is no SQL in %s", name)
	}
	return findings, err
}
