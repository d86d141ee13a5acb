// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package ledger_test

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The golden files are what ledgers in the field were written with: one vector
// a line, its name and its bytes in hex. A line is never edited and never
// removed, or old ledgers cannot be read or old requests are charged again.
// That the files only grow is checked where changes are merged; the flag only
// appends.
var appendGolden = flag.Bool("append-golden", false, "append vectors that the golden files lack")

// vector is one line of a golden file.
type vector struct {
	name  string
	bytes []byte
}

// golden reads a golden file, in its order.
func golden(t *testing.T, file string) []vector {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("testdata", file))
	if os.IsNotExist(err) && *appendGolden {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	var vectors []vector
	lines := bufio.NewScanner(bytes.NewReader(content))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		name, digits, ok := strings.Cut(lines.Text(), " ")
		raw, err := hex.DecodeString(digits)
		if !ok || err != nil {
			t.Fatalf("%s: %q is no vector: %v", file, lines.Text(), err)
		}
		vectors = append(vectors, vector{name, raw})
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return vectors
}

// assertGolden compares what this program makes with the golden file: every
// line still comes out, and everything that comes out has a line.
func assertGolden(t *testing.T, file string, made []vector) {
	t.Helper()
	today := map[string][]byte{}
	for _, v := range made {
		if _, twice := today[v.name]; twice {
			t.Fatalf("two vectors are called %s", v.name)
		}
		today[v.name] = v.bytes
	}
	recorded := map[string]bool{}
	for _, v := range golden(t, file) {
		if recorded[v.name] {
			t.Errorf("%s has two lines for %s", file, v.name)
		}
		recorded[v.name] = true
		if got, ok := today[v.name]; !ok {
			t.Errorf("%s: nothing makes %s any more", file, v.name)
		} else if !bytes.Equal(got, v.bytes) {
			t.Errorf("%s: %s changed\n got %x\nwant %x", file, v.name, got, v.bytes)
		}
	}
	for _, v := range made {
		if recorded[v.name] {
			continue
		}
		if !*appendGolden {
			t.Errorf("%s has no line for %s: %x", file, v.name, v.bytes)
			continue
		}
		appendLine(t, file, v)
	}
}

func appendLine(t *testing.T, file string, v vector) {
	t.Helper()
	f, err := os.OpenFile(filepath.Join("testdata", file), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString(v.name + " " + hex.EncodeToString(v.bytes) + "\n"); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}
