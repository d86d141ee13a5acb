// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

func TestSQLThatEveryEngineHasIsLeftAlone(t *testing.T) {
	for _, sql := range []string{
		"",
		"-- +goose Up\nCREATE TABLE tx (id uuid NOT NULL PRIMARY KEY, seq bigint CHECK (seq >= 0), UNIQUE (seq, id));",
		"CREATE INDEX due_at ON due (at)",
		"ALTER TABLE entry ADD COLUMN note text",
		"COMMENT ON TABLE entry IS 'legs; UPDATE is not for this one'",
		"INSERT INTO tx (id, seq) SELECT id, $1::bigint FROM unnest($2::uuid[]) AS written (id)",
		"INSERT INTO live (account) VALUES ($1) ON CONFLICT DO NOTHING",
		"SELECT id FROM tx WHERE id = ANY ($1::uuid[]) ORDER BY id LIMIT $2",
		"SELECT coalesce(max(id), 0), clock_timestamp() FROM cell",
		"SELECT n.seq FROM live CROSS JOIN LATERAL (SELECT seq FROM fact WHERE subject = live.subject LIMIT 1) AS n",
		"DELETE FROM live WHERE account = $1", "DELETE FROM due", "DELETE FROM barrier WHERE id = $1",
		"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", "COMMIT", "ROLLBACK",
		"GRANT SELECT, INSERT ON batch, tx TO manager", "GRANT SELECT, INSERT, DELETE ON live, due TO manager",
		"REVOKE UPDATE, DELETE ON batch FROM manager",
		"CREATE TABLE t (parent bigint REFERENCES t (id) NOT DEFERRABLE)",
		"SELECT 'nextval', serial FROM t -- FOR UPDATE",
	} {
		if found, _ := checkSQL("good.sql", sql); len(found) > 0 {
			t.Errorf("%s\n%v", sql, found)
		}
	}
}

func TestSQLThatSomeEngineLacksOrALogForbidsIsRefused(t *testing.T) {
	for _, c := range []struct{ sql, construct, why string }{
		{"CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'", "a function or procedure", noCode},
		{"CREATE OR REPLACE PROCEDURE p() LANGUAGE plpgsql AS $$ BEGIN END $$", "a function or procedure", noCode},
		{"CREATE TRIGGER t BEFORE UPDATE ON tx EXECUTE FUNCTION f()", "a trigger", noCode},
		{"CREATE RULE r AS ON UPDATE TO tx DO INSTEAD NOTHING", "a rule", noCode},
		{"DO $$ BEGIN PERFORM 1; END $$", "DO", noCode},
		{"CALL p()", "CALL", noCode},
		{"CREATE LANGUAGE l HANDLER h", "a language", noCode},

		{"CREATE SEQUENCE s", "a sequence", noSequence},
		{"CREATE TABLE t (id bigserial PRIMARY KEY)", "bigserial", noSequence},
		{"CREATE TABLE t (id serial4)", "serial4", noSequence},
		{"ALTER TABLE t ADD COLUMN id SERIAL", "serial", noSequence},
		{"CREATE TABLE t (id bigint GENERATED ALWAYS AS IDENTITY)", "an identity column", noSequence},
		{"CREATE TABLE t (id bigint DEFAULT nextval('s'))", "nextval", noSequence},
		{"SELECT pg_catalog.setval('s', 1)", "setval", noSequence},

		{"SELECT pg_advisory_lock(1)", "pg_advisory_lock", noLock},
		{"SELECT 1 WHERE pg_try_advisory_xact_lock($1)", "pg_try_advisory_xact_lock", noLock},
		{"LOCK TABLE batch", "LOCK", noLock},
		{"SELECT seq FROM batch FOR UPDATE", "FOR UPDATE or SHARE", noLock},
		{"SELECT seq FROM batch FOR NO KEY UPDATE SKIP LOCKED", "FOR UPDATE or SHARE", noLock},
		{"WITH b AS (SELECT seq FROM batch FOR KEY SHARE) SELECT 1 FROM b", "FOR UPDATE or SHARE", noLock},

		{"LISTEN commits", "LISTEN", noChannel},
		{"UNLISTEN *", "LISTEN", noChannel},
		{"NOTIFY commits", "NOTIFY", noChannel},
		{"SELECT pg_notify('commits', '')", "pg_notify", noChannel},

		{"CREATE TABLE t (p bigint REFERENCES t (id) DEFERRABLE)", "DEFERRABLE", noDelay},
		{"CREATE TABLE t (p bigint UNIQUE INITIALLY DEFERRED)", "DEFERRABLE", noDelay},
		{"CREATE TABLE t (p bigint, FOREIGN KEY (p) REFERENCES t (id) DEFERRABLE INITIALLY DEFERRED)", "DEFERRABLE", noDelay},
		{"SET CONSTRAINTS ALL DEFERRED", "SET CONSTRAINTS", noDelay},
		{"BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY DEFERRABLE", "a DEFERRABLE transaction", noDelay},

		{"UPDATE batch SET rules = 1", "UPDATE of batch", appendOnly},
		{"UPDATE live SET base = 8", "UPDATE of live", appendOnly},
		{"DELETE FROM entry", "DELETE from entry", appendOnly},
		{"WITH gone AS (DELETE FROM public.fact RETURNING *) SELECT 1 FROM gone", "DELETE from fact", appendOnly},
		{"INSERT INTO fact (subject) VALUES ($1) ON CONFLICT (subject) DO UPDATE SET version = 2", "ON CONFLICT DO UPDATE", appendOnly},
		{"MERGE INTO fact USING live ON true WHEN MATCHED THEN DELETE", "MERGE into fact", appendOnly},
		{"TRUNCATE live", "TRUNCATE", appendOnly},
		{"GRANT UPDATE ON live TO manager", "GRANT UPDATE", appendOnly},
		{"GRANT SELECT, DELETE ON live, tx TO manager", "GRANT DELETE", appendOnly},
		{"GRANT ALL ON live TO manager", "GRANT ALL", appendOnly},

		{"CREATE TEMPORARY TABLE t (id bigint)", "the temporary table t", notDurable},
		{"CREATE UNLOGGED TABLE t (id bigint)", "the unlogged table t", notDurable},
		{"CREATE TEMP TABLE t AS SELECT 1", "the temporary table t", notDurable},
		{"SELECT 1 INTO TEMPORARY t", "the temporary table t", notDurable},

		{"COPY tx FROM STDIN", "COPY", noCopy},
		{"COPY (SELECT 1) TO STDOUT", "COPY", noCopy},
		{"CREATE EXTENSION pgcrypto", "an extension", noExtension},
		{"CREATE TABLE t (c circle, EXCLUDE USING gist (c WITH &&))", "EXCLUDE", noExclusion},

		{"DROP TABLE batch", "drop_stmt", notCommon},
		{"SET synchronous_commit = off", "variable_set_stmt", notCommon},
		{"VACUUM batch", "vacuum_stmt", notCommon},
		{"PREPARE q AS SELECT 1", "prepare_stmt", notCommon},
		{"CREATE VIEW v AS SELECT 1", "view_stmt", notCommon},

		{"SELECT FROM WHERE", `syntax error at or near "WHERE"`, "PostgreSQL itself could not run it"},
	} {
		found, _ := checkSQL("bad.sql", c.sql)
		if want := (finding{"bad.sql", 1, c.construct, c.why}); !slices.Equal(found, []finding{want}) {
			t.Errorf("%s\nfound %v\nnot   %v", c.sql, found, want)
		}
	}
}

func TestWhatIsFoundIsShownWhereItIs(t *testing.T) {
	sql := "-- +goose Up\n\n-- A table; and /* two */ things.\nCREATE TABLE t (\n    id bigint,\n    n  bigserial\n);\n\n" +
		"/* why */ LOCK TABLE t;\nSELECT 1,\n    pg_advisory_lock(1)\nFROM t FOR SHARE;\n"
	found, statements := checkSQL("a.sql", sql)
	var lines []int
	for _, f := range found {
		lines = append(lines, f.line)
	}
	slices.Sort(lines)
	if !slices.Equal(lines, []int{6, 9, 10, 11}) || statements != 3 {
		t.Errorf("found %v in %d statements", found, statements)
	}
	if found, _ := checkSQL("a.sql", "SELECT 1;\n\nSELECT (;"); len(found) != 1 || found[0].line != 3 {
		t.Errorf("the syntax error is %v", found)
	}
	const want = "a.sql:9: LOCK: " + noLock
	if !slices.ContainsFunc(found, func(f finding) bool { return f.String() == want }) {
		t.Errorf("%q is not in %v", want, found)
	}
}

func TestSQLInGoIsRefused(t *testing.T) {
	for literal, verb := range map[string]string{
		`"SELECT seq FROM batch"`: "SELECT", "`\n\tINSERT INTO tx (id)\n\tVALUES ($1)`": "INSERT",
		`"delete from batch"`: "DELETE", `"GRANT SELECT, INSERT ON batch TO " + name`: "GRANT",
		`"LOCK TABLE " + name`: "LOCK", `"WITH x AS (" + q + ")"`: "WITH", `"update %s set"`: "",
		`"begin"`: "", `"COMMIT"`: "", `"commit the batch"`: "", `"select_head"`: "", `"SELECT what you want"`: "",
		`"set the clocks right"`: "", `""`: "", `"%s TO %s: %w"`: "", `"a SELECT in the middle FROM here"`: "",
	} {
		found, err := checkGo("a.go", []byte("package a\n\nvar s = "+literal+"\n"))
		if err != nil {
			t.Fatal(err)
		}
		switch {
		case verb == "" && len(found) > 0:
			t.Errorf("%s: %v", literal, found)
		case verb != "" && !slices.Equal(found, []finding{{"a.go", 3, "a string that begins with " + verb, inFile}}):
			t.Errorf("%s: %v", literal, found)
		}
	}
}

func TestADirectoryIsCheckedWhole(t *testing.T) {
	file := func(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }
	found, err := lint(fstest.MapFS{
		"store.go":          file("package a\n\nvar s = `SELECT 1 FROM x`\n"),
		"store_test.go":     file("package a\n\nvar s = `DROP TABLE batch`\n"),
		"migrations/1.sql":  file("CREATE SEQUENCE s;"),
		"statements/ok.sql": file("SELECT 1"),
		"README.md":         file("SELECT 1 FROM x"),
	}, "room")
	if err != nil {
		t.Fatal(err)
	}
	var where []string
	for _, f := range found {
		where = append(where, f.file)
	}
	if got := strings.Join(where, " "); got != "room/migrations/1.sql room/store.go" {
		t.Errorf("found something in %s", got)
	}
	if _, err := lint(fstest.MapFS{"a.go": file("package a\n")}, "room"); err == nil {
		t.Error("a directory without SQL passed")
	}
	if _, err := lint(fstest.MapFS{"a.go": file("package")}, "room"); err == nil {
		t.Error("a Go file that does not parse passed")
	}
}
