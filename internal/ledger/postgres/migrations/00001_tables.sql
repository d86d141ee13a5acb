-- +goose Up

-- One row per step of the log. The foreign key makes the chain of hashes a rule
-- of the database: a batch follows the very batch it was decided on, or it is
-- not written. payload is the bytes that were hashed.
CREATE TABLE batch (
    shard     integer  NOT NULL CHECK (shard = 0),
    seq       bigint   NOT NULL CHECK (seq >= 0),
    prev_seq  bigint,
    format    smallint NOT NULL,
    rules     integer  NOT NULL,
    instant   bigint   NOT NULL, -- microseconds since 1970, UTC
    prev_hash bytea    NOT NULL CHECK (length(prev_hash) = 32),
    hash      bytea    NOT NULL CHECK (length(hash) = 32),
    payload   bytea    NOT NULL,
    PRIMARY KEY (shard, seq),
    UNIQUE (shard, seq, hash),
    FOREIGN KEY (shard, prev_seq, prev_hash) REFERENCES batch (shard, seq, hash),
    CHECK (CASE WHEN seq = 0 THEN prev_seq IS NULL ELSE prev_seq IS NOT NULL AND prev_seq = seq - 1 END)
);

-- What was decided about one command. (seq, pos) is its place in the log.
CREATE TABLE tx (
    seq                 bigint   NOT NULL,
    pos                 integer  NOT NULL CHECK (pos >= 0),
    id                  uuid     NOT NULL PRIMARY KEY,
    op                  integer  NOT NULL,
    status              smallint NOT NULL CHECK (status IN (1, 2)),
    fingerprint_version smallint NOT NULL,
    code                text     NOT NULL,
    fingerprint         bytea    NOT NULL
);

-- Of each command it is asked whether it was refused before.
CREATE INDEX refused ON tx (id) WHERE status = 2;

-- A posting address. The low three bits of id are its kind.
CREATE TABLE cell (
    id      bigint   NOT NULL PRIMARY KEY CHECK (id > 0),
    seq     bigint   NOT NULL,
    pos     integer  NOT NULL,
    tenant  uuid     NOT NULL,
    account uuid     NOT NULL,
    bucket  uuid     NOT NULL,
    lot     bigint   NOT NULL CHECK (lot >= 0),
    unit    text     NOT NULL CHECK (unit <> ''),
    kind    smallint NOT NULL CHECK (kind = (id & 7)),
    UNIQUE (account, bucket, lot, unit, kind, tenant)
);

-- A leg of a transaction. The newest version of a cell is its balance; a debit
-- may not leave less than the floor.
CREATE TABLE entry (
    cell_id       bigint  NOT NULL,
    version       bigint  NOT NULL CHECK (version > 0),
    seq           bigint  NOT NULL,
    amount        bigint  NOT NULL
        CHECK (amount <> 0 AND amount > -1000000000000000000 AND amount < 1000000000000000000),
    balance_after bigint  NOT NULL
        CHECK (balance_after > -1000000000000000000 AND balance_after < 1000000000000000000),
    floor         bigint,
    pos           integer NOT NULL,
    PRIMARY KEY (cell_id, version),
    CONSTRAINT above_floor CHECK (floor IS NULL OR amount > 0 OR balance_after >= floor)
);

-- State that is not money; the newest version of a subject counts. A counter
-- may stand above its cap only by falling: such a row is written with what the
-- version before had used, read from the table and not from the writer's word.
CREATE TABLE fact (
    subject   uuid     NOT NULL,
    version   bigint   NOT NULL CHECK (version > 0),
    seq       bigint   NOT NULL,
    pos       integer  NOT NULL,
    kind      smallint NOT NULL,
    used      bigint,
    cap       bigint,
    fell_from bigint,
    body      bytea,
    PRIMARY KEY (subject, version),
    CHECK (cap IS NULL OR used IS NOT NULL),
    CONSTRAINT within_cap CHECK (cap IS NULL OR used <= cap OR (fell_from IS NOT NULL AND used < fell_from))
);

-- What is loaded with an account. The log can rebuild it.
CREATE TABLE live (
    account uuid   NOT NULL,
    subject uuid   NOT NULL,
    base    bigint NOT NULL CHECK (base >= 0 AND (base & 7) = 0),
    PRIMARY KEY (account, subject)
);

-- What is to be settled, and when. The log can rebuild it.
CREATE TABLE due (
    at      bigint NOT NULL, -- microseconds since 1970, UTC
    subject uuid   NOT NULL,
    account uuid   NOT NULL,
    PRIMARY KEY (at, subject)
);

-- What may be personal about a transaction. It is not in the log and can be
-- erased by the owner of the table.
CREATE TABLE annotation (
    seq     bigint  NOT NULL,
    pos     integer NOT NULL,
    channel text    NOT NULL,
    reason  text    NOT NULL,
    PRIMARY KEY (seq, pos)
);

-- A row comes and goes here to see whether a commit returns clean. It is empty
-- to everybody who looks.
CREATE TABLE barrier (
    id uuid NOT NULL PRIMARY KEY
);
