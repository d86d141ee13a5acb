-- +goose Up

-- Tables that take many rows at once have no CHECK that calls a function: with
-- one, SQLite journals each statement apart, a fifth of the cost of a batch.

-- One row per step of the log; a file is one shard. payload is the bytes that
-- were hashed; it comes last so that reading the head does not walk over it.
-- The table has rowids, as a search among rows of this size without them would
-- read every payload it compares.
CREATE TABLE batch (
    seq       INTEGER PRIMARY KEY CHECK (seq >= 0),
    shard     INTEGER NOT NULL CHECK (shard = 0),
    prev_seq  INTEGER REFERENCES batch (seq),
    format    INTEGER NOT NULL,
    rules     INTEGER NOT NULL,
    instant   INTEGER NOT NULL, -- microseconds since 1970, UTC
    prev_hash BLOB    NOT NULL CHECK (length(prev_hash) = 32),
    hash      BLOB    NOT NULL CHECK (length(hash) = 32),
    payload   BLOB    NOT NULL,
    CHECK (CASE WHEN seq = 0 THEN prev_seq IS NULL ELSE prev_seq IS seq - 1 END)
) STRICT;

-- What was decided about one command. (seq, pos) is its place in the log.
CREATE TABLE tx (
    seq                 INTEGER NOT NULL,
    pos                 INTEGER NOT NULL CHECK (pos >= 0),
    id                  BLOB    NOT NULL UNIQUE,
    op                  INTEGER NOT NULL,
    status              INTEGER NOT NULL CHECK (status IN (1, 2)),
    code                TEXT    NOT NULL,
    fingerprint         BLOB    NOT NULL,
    fingerprint_version INTEGER NOT NULL,
    PRIMARY KEY (seq, pos)
) STRICT, WITHOUT ROWID;

-- A posting address. The low three bits of id are its kind.
CREATE TABLE cell (
    id      INTEGER PRIMARY KEY CHECK (id > 0),
    seq     INTEGER NOT NULL,
    pos     INTEGER NOT NULL,
    tenant  BLOB    NOT NULL,
    account BLOB    NOT NULL,
    bucket  BLOB    NOT NULL,
    lot     INTEGER NOT NULL CHECK (lot >= 0),
    unit    TEXT    NOT NULL CHECK (unit <> ''),
    kind    INTEGER NOT NULL CHECK (kind = id & 7),
    UNIQUE (account, bucket, lot, unit, kind, tenant)
) STRICT;

-- A leg of a transaction. The newest version of a cell is its balance; a debit
-- may not leave less than the floor.
CREATE TABLE entry (
    cell_id       INTEGER NOT NULL,
    version       INTEGER NOT NULL CHECK (version > 0),
    seq           INTEGER NOT NULL,
    pos           INTEGER NOT NULL,
    amount        INTEGER NOT NULL
        CHECK (amount <> 0 AND amount > -1000000000000000000 AND amount < 1000000000000000000),
    balance_after INTEGER NOT NULL
        CHECK (balance_after > -1000000000000000000 AND balance_after < 1000000000000000000),
    floor         INTEGER,
    PRIMARY KEY (cell_id, version),
    CONSTRAINT above_floor CHECK (floor IS NULL OR amount > 0 OR balance_after >= floor)
) STRICT, WITHOUT ROWID;

-- State that is not money; the newest version of a subject counts. A counter
-- may stand above its cap only by falling: such a row is written with what the
-- version before had used, read from the table and not from the writer's word.
CREATE TABLE fact (
    subject   BLOB    NOT NULL,
    version   INTEGER NOT NULL CHECK (version > 0),
    seq       INTEGER NOT NULL,
    pos       INTEGER NOT NULL,
    kind      INTEGER NOT NULL,
    used      INTEGER,
    cap       INTEGER,
    fell_from INTEGER,
    body      BLOB,
    PRIMARY KEY (subject, version),
    CHECK (cap IS NULL OR used IS NOT NULL),
    CONSTRAINT within_cap CHECK (cap IS NULL OR used <= cap OR (used < fell_from) IS TRUE)
) STRICT, WITHOUT ROWID;

-- What is loaded with an account. The log can rebuild it.
CREATE TABLE live (
    account BLOB    NOT NULL,
    subject BLOB    NOT NULL,
    base    INTEGER NOT NULL CHECK (base >= 0 AND base & 7 = 0),
    PRIMARY KEY (account, subject)
) STRICT, WITHOUT ROWID;

-- What is to be settled, and when. The log can rebuild it.
CREATE TABLE due (
    at      INTEGER NOT NULL, -- microseconds since 1970, UTC
    subject BLOB    NOT NULL,
    account BLOB    NOT NULL,
    PRIMARY KEY (at, subject)
) STRICT, WITHOUT ROWID;

-- What may be personal about a transaction. It is not in the log and can be
-- erased.
CREATE TABLE annotation (
    seq     INTEGER NOT NULL,
    pos     INTEGER NOT NULL,
    channel TEXT    NOT NULL,
    reason  TEXT    NOT NULL,
    PRIMARY KEY (seq, pos)
) STRICT, WITHOUT ROWID;

-- +goose StatementBegin
CREATE TRIGGER batch_is_kept BEFORE DELETE ON batch
BEGIN SELECT raise(ABORT, 'the log is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER batch_is_fixed BEFORE UPDATE ON batch
BEGIN SELECT raise(ABORT, 'the log is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER tx_is_kept BEFORE DELETE ON tx
BEGIN SELECT raise(ABORT, 'the log is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER tx_is_fixed BEFORE UPDATE ON tx
BEGIN SELECT raise(ABORT, 'the log is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER cell_is_kept BEFORE DELETE ON cell
BEGIN SELECT raise(ABORT, 'the log is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER cell_is_fixed BEFORE UPDATE ON cell
BEGIN SELECT raise(ABORT, 'the log is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER entry_is_kept BEFORE DELETE ON entry
BEGIN SELECT raise(ABORT, 'the log is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER entry_is_fixed BEFORE UPDATE ON entry
BEGIN SELECT raise(ABORT, 'the log is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER fact_is_kept BEFORE DELETE ON fact
BEGIN SELECT raise(ABORT, 'the log is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER fact_is_fixed BEFORE UPDATE ON fact
BEGIN SELECT raise(ABORT, 'the log is append-only'); END;
-- +goose StatementEnd
