// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"slices"
	"strings"

	pgquery "github.com/pganalyze/pg_query_go/v6"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// Why something is refused.
const (
	noCode      = "rules are in the book; distributed engines run no code of ours"
	noSequence  = "the writer hands out numbers; a sequence has gaps, and is slow or missing on distributed engines"
	noLock      = "the primary keys fence writers off; distributed engines lack this lock, or it does not hold there"
	noChannel   = "distributed engines have no LISTEN and NOTIFY; whoever waits polls"
	noDelay     = "distributed engines check constraints at once"
	appendOnly  = "the log is only added to; nothing in it is changed or taken out"
	notDurable  = "what is not logged or temporary is gone after a crash"
	noCopy      = "rows are added by INSERT, on every engine in the same way"
	noExtension = "distributed engines bring their own extensions, or none"
	noExclusion = "distributed engines have no exclusion constraints"
	notCommon   = "it is none of the statements that every engine has and that a log needs"
)

// workTables may be deleted from: the log can rebuild them.
var workTables = []string{"live", "due", "barrier"}

// allowed are the statements that may be in a file; what is in them may still be
// refused. The names are those of PostgreSQL's parser.
var allowed = []protoreflect.Name{
	"select_stmt", "insert_stmt", "delete_stmt", "update_stmt", "merge_stmt", "transaction_stmt", "create_stmt",
	"create_table_as_stmt", "alter_table_stmt", "index_stmt", "comment_stmt", "grant_stmt",
}

// forbidden are statements for which there is more to say than that they are not
// allowed.
var forbidden = map[protoreflect.Name]struct{ construct, why string }{
	"create_function_stmt":   {"a function or procedure", noCode},
	"alter_function_stmt":    {"a function or procedure", noCode},
	"create_trig_stmt":       {"a trigger", noCode},
	"create_event_trig_stmt": {"a trigger", noCode},
	"rule_stmt":              {"a rule", noCode},
	"do_stmt":                {"DO", noCode},
	"call_stmt":              {"CALL", noCode},
	"create_plang_stmt":      {"a language", noCode},
	"create_seq_stmt":        {"a sequence", noSequence},
	"alter_seq_stmt":         {"a sequence", noSequence},
	"listen_stmt":            {"LISTEN", noChannel},
	"unlisten_stmt":          {"LISTEN", noChannel},
	"notify_stmt":            {"NOTIFY", noChannel},
	"lock_stmt":              {"LOCK", noLock},
	"truncate_stmt":          {"TRUNCATE", appendOnly},
	"constraints_set_stmt":   {"SET CONSTRAINTS", noDelay},
	"copy_stmt":              {"COPY", noCopy},
	"create_extension_stmt":  {"an extension", noExtension},
	"alter_extension_stmt":   {"an extension", noExtension},
}

// refusedStatement says why a statement cannot be in a file at all.
func refusedStatement(statement *pgquery.Node) (construct, why string) {
	node := statement.ProtoReflect()
	kind := node.WhichOneof(node.Descriptor().Oneofs().ByName("node")).Name()
	if rule, ok := forbidden[kind]; ok {
		return rule.construct, rule.why
	}
	if !slices.Contains(allowed, kind) {
		return string(kind), notCommon
	}
	return "", ""
}

// refused says why a node, wherever it is in a statement, cannot be there.
func refused(node proto.Message) (construct, why string) {
	switch n := node.(type) {
	case *pgquery.UpdateStmt, *pgquery.MergeStmt, *pgquery.OnConflictClause, *pgquery.DeleteStmt:
		return refusedChange(n)
	case *pgquery.GrantStmt:
		return refusedGrant(n)
	case *pgquery.LockingClause:
		return "FOR UPDATE or SHARE", noLock
	case *pgquery.FuncCall:
		return refusedFunction(last(n.Funcname))
	case *pgquery.TypeName:
		if name := last(n.Names); slices.Contains(serials, name) {
			return name, noSequence
		}
	case *pgquery.Constraint:
		return refusedConstraint(n)
	case *pgquery.DefElem:
		if n.Defname == "transaction_deferrable" {
			return "a DEFERRABLE transaction", noDelay
		}
	case *pgquery.RangeVar:
		switch n.Relpersistence {
		case "t":
			return "the temporary table " + n.Relname, notDurable
		case "u":
			return "the unlogged table " + n.Relname, notDurable
		}
	}
	return "", ""
}

// serials are the types that make a sequence.
var serials = []string{"serial", "serial2", "serial4", "serial8", "smallserial", "bigserial"}

// refusedChange lets rows be taken out of work tables and nothing else.
func refusedChange(node proto.Message) (construct, why string) {
	switch n := node.(type) {
	case *pgquery.UpdateStmt:
		return "UPDATE of " + n.Relation.GetRelname(), appendOnly
	case *pgquery.MergeStmt:
		return "MERGE into " + n.Relation.GetRelname(), appendOnly
	case *pgquery.OnConflictClause:
		if n.Action == pgquery.OnConflictAction_ONCONFLICT_UPDATE {
			return "ON CONFLICT DO UPDATE", appendOnly
		}
	case *pgquery.DeleteStmt:
		if table := n.Relation.GetRelname(); !slices.Contains(workTables, table) {
			return "DELETE from " + table, appendOnly
		}
	}
	return "", ""
}

func refusedFunction(name string) (construct, why string) {
	switch {
	case strings.HasPrefix(name, "pg_advisory_"), strings.HasPrefix(name, "pg_try_advisory_"):
		return name, noLock
	case name == "pg_notify":
		return name, noChannel
	case slices.Contains([]string{"nextval", "currval", "setval", "lastval"}, name):
		return name, noSequence
	default:
		return "", ""
	}
}

func refusedConstraint(c *pgquery.Constraint) (construct, why string) {
	switch {
	case c.Contype == pgquery.ConstrType_CONSTR_IDENTITY:
		return "an identity column", noSequence
	case c.Contype == pgquery.ConstrType_CONSTR_EXCLUSION:
		return "EXCLUDE", noExclusion
	case c.Deferrable, c.Initdeferred,
		c.Contype == pgquery.ConstrType_CONSTR_ATTR_DEFERRABLE, c.Contype == pgquery.ConstrType_CONSTR_ATTR_DEFERRED:
		return "DEFERRABLE", noDelay
	default:
		return "", ""
	}
}

// refusedGrant keeps roles from what no statement may do.
func refusedGrant(g *pgquery.GrantStmt) (construct, why string) {
	if !g.IsGrant {
		return "", ""
	}
	onlyWork := !slices.ContainsFunc(g.Objects, func(o *pgquery.Node) bool {
		return !slices.Contains(workTables, o.GetRangeVar().GetRelname())
	})
	if len(g.Privileges) == 0 {
		return "GRANT ALL", appendOnly
	}
	for _, p := range g.Privileges {
		switch name := p.GetAccessPriv().GetPrivName(); {
		case name == "select", name == "insert", name == "delete" && onlyWork:
		default:
			return "GRANT " + strings.ToUpper(name), appendOnly
		}
	}
	return "", ""
}

// last is the name without its schema. The parser folds its case.
func last(names []*pgquery.Node) string {
	if len(names) == 0 {
		return ""
	}
	return names[len(names)-1].GetString_().GetSval()
}
