// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"strings"

	pgquery "github.com/pganalyze/pg_query_go/v6"
	"github.com/pganalyze/pg_query_go/v6/parser"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// checkSQL is what is wrong with a file of SQL, and how many statements it has.
func checkSQL(name, text string) (findings []finding, statements int) {
	tree, err := pgquery.Parse(text)
	if err != nil {
		line := 1
		if failure := (*parser.Error)(nil); errors.As(err, &failure) {
			line = lineAt(text, failure.Cursorpos-1)
		}
		return []finding{{name, line, err.Error(), "PostgreSQL itself could not run it"}}, 0
	}
	for _, statement := range tree.Stmts {
		start := begins(text, int(statement.StmtLocation))
		report := func(at int, construct, why string) {
			findings = append(findings, finding{name, lineAt(text, at), construct, why})
		}
		if construct, why := refusedStatement(statement.Stmt); why != "" {
			report(start, construct, why)
			continue
		}
		walk(statement.Stmt.ProtoReflect(), start, report)
	}
	return findings, len(tree.Stmts)
}

// walk holds every node below one, and itself, against the rules. Not every node
// knows where it is: such a one is where the one above is.
func walk(node protoreflect.Message, at int, report func(at int, construct, why string)) {
	if field := node.Descriptor().Fields().ByName("location"); field != nil {
		if location := int(node.Get(field).Int()); location > 0 {
			at = location
		}
	}
	if construct, why := refused(node.Interface()); why != "" {
		report(at, construct, why)
	}
	node.Range(func(field protoreflect.FieldDescriptor, value protoreflect.Value) bool {
		switch {
		case field.Kind() != protoreflect.MessageKind:
		case field.IsList():
			for i := range value.List().Len() {
				walk(value.List().Get(i).Message(), at, report)
			}
		default:
			walk(value.Message(), at, report)
		}
		return true
	})
}

// begins is where the first word is at or after an offset: a statement is said to
// begin at what is between it and the one before.
func begins(text string, offset int) int {
	scanned, err := pgquery.Scan(text)
	if err != nil {
		return offset
	}
	for _, token := range scanned.Tokens {
		comment := token.Token == pgquery.Token_SQL_COMMENT || token.Token == pgquery.Token_C_COMMENT
		if int(token.Start) >= offset && !comment {
			return int(token.Start)
		}
	}
	return offset
}

func lineAt(text string, offset int) int {
	return 1 + strings.Count(text[:min(max(offset, 0), len(text))], "\n")
}
