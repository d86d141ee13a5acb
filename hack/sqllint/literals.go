// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"regexp"
	"slices"
	"strconv"
	"strings"

	pgquery "github.com/pganalyze/pg_query_go/v6"
)

const inFile = "SQL is in .sql files, where it is parsed and held to the rules"

// verbs are what SQL statements begin with.
var verbs = []string{
	"ALTER", "ANALYZE", "BEGIN", "CALL", "COMMENT", "COMMIT", "COPY", "CREATE", "DELETE", "DISCARD", "DO", "DROP",
	"EXPLAIN", "GRANT", "INSERT", "LISTEN", "LOCK", "MERGE", "NOTIFY", "PREPARE", "REVOKE", "ROLLBACK", "SAVEPOINT",
	"SELECT", "SET", "SHOW", "START", "TRUNCATE", "UPDATE", "VACUUM", "VALUES", "WITH",
}

var keyword = regexp.MustCompile(`^[A-Z]{2,}[,;]?$`)

// checkGo finds SQL in the strings of a Go file.
func checkGo(name string, text []byte) ([]finding, error) {
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, name, text, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	var findings []finding
	ast.Inspect(file, func(node ast.Node) bool {
		literal, ok := node.(*ast.BasicLit)
		if !ok || literal.Kind != token.STRING {
			return true
		}
		value, err := strconv.Unquote(literal.Value)
		if verb := beginsSQL(value); err == nil && verb != "" {
			findings = append(findings, finding{name, files.Position(literal.Pos()).Line, "a string that begins with " + verb, inFile})
		}
		return true
	})
	return findings, nil
}

// beginsSQL is the verb that a text begins with, if it is SQL: if it parses, or
// has a further word in capitals, as the pieces have of which a statement is put
// together. One word alone is the name of something.
func beginsSQL(text string) string {
	words := strings.Fields(text)
	if len(words) < 2 || !slices.Contains(verbs, strings.ToUpper(words[0])) {
		return ""
	}
	verb := strings.ToUpper(words[0])
	if verb == words[0] && slices.ContainsFunc(words[1:], keyword.MatchString) {
		return verb
	}
	if _, err := pgquery.Parse(text); err == nil {
		return verb
	}
	return ""
}
