// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// sizes are for how many keys there are statements. What is left over is NULL,
// which is equal to nothing. Fixed numbers of placeholders took half the time of
// json_each, and of one blob cut up by the statement.
var sizes = [...]int{4, 16, 64, 256}

// wanting is a statement about the keys in the table wanted, for each size.
type wanting [len(sizes)]string

func wantingEach(statement string) (w wanting) {
	for i, size := range sizes {
		w[i] = "WITH wanted (id) AS (VALUES (?)" + strings.Repeat(", (?)", size-1) + ")" + statement
	}
	return w
}

const (
	selectHead     = "SELECT seq, hash, instant FROM batch WHERE seq = (SELECT max(seq) FROM batch)"
	selectNextCell = "SELECT coalesce(max(id), 0) FROM cell"
	selectPayloads = "SELECT payload FROM batch WHERE seq > ?1 ORDER BY seq LIMIT ?2"
	selectDue      = "SELECT at, subject, account FROM due WHERE at <= ?1 ORDER BY at, subject LIMIT ?2"
)

var (
	selectTransactions = wantingEach(`
SELECT tx.id, tx.seq, tx.pos, tx.fingerprint, tx.fingerprint_version
FROM wanted
CROSS JOIN tx ON tx.id = wanted.id`)

	// The index of refused transactions is small.
	selectRefusals = wantingEach(`
SELECT tx.id, tx.seq, tx.pos, tx.fingerprint, tx.fingerprint_version
FROM wanted
CROSS JOIN tx INDEXED BY refused ON tx.id = wanted.id AND tx.status = 2`)

	// A batch may hold all that is asked for, and its payload is long: it is
	// read once.
	selectPayloadsOf = wantingEach(`
SELECT batch.seq, batch.payload
FROM wanted
CROSS JOIN batch ON batch.seq = wanted.id`)

	selectFacts = wantingEach(`
SELECT fact.subject, fact.version, fact.kind, fact.used, fact.cap, fact.body, fact.seq, fact.subject
FROM wanted
CROSS JOIN fact ON fact.subject = wanted.id
    AND fact.version = (SELECT max(version) FROM fact WHERE subject = wanted.id)`)

	selectAccountFacts = wantingEach(`,
part (account, subject) AS (
    SELECT id, id FROM wanted
    UNION ALL
    SELECT live.account, live.subject FROM wanted CROSS JOIN live ON live.account = wanted.id
)
SELECT fact.subject, fact.version, fact.kind, fact.used, fact.cap, fact.body, fact.seq, part.account
FROM part
CROSS JOIN fact ON fact.subject = part.subject
    AND fact.version = (SELECT max(version) FROM fact WHERE subject = part.subject)`)

	selectAccountCells = wantingEach(`
SELECT live.account, entry.cell_id, entry.version, entry.balance_after, entry.seq
FROM wanted
CROSS JOIN live ON live.account = wanted.id AND live.base > 0
CROSS JOIN cell ON cell.id BETWEEN live.base AND live.base + 7
CROSS JOIN entry ON entry.cell_id = cell.id
    AND entry.version = (SELECT max(version) FROM entry WHERE cell_id = cell.id)`)

	selectOwners = wantingEach(`
SELECT cell.id, cell.account, cell.bucket, cell.lot
FROM wanted
CROSS JOIN cell ON cell.id = wanted.id`)
)

// loadStatements are prepared when a ledger is opened.
var loadStatements = slices.Concat(
	[]string{selectHead, selectNextCell, selectPayloads, selectDue},
	selectTransactions[:], selectRefusals[:], selectPayloadsOf[:], selectFacts[:], selectAccountFacts[:], selectAccountCells[:],
	selectOwners[:],
)

// Load implements [ledger.Store].
func (r *Reader) Load(ctx context.Context, what ledger.Request) (*ledger.Loaded, error) {
	var loaded *ledger.Loaded
	err := r.reading(ctx, func(l *loading) (err error) {
		loaded, err = l.load(what)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("load from the ledger: %w", err)
	}
	return loaded, nil
}

// reading reads as of one committed state.
func (r *Reader) reading(ctx context.Context, read func(*loading) error) error {
	tx, err := r.db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // nothing was written
	return read(&loading{ctx: ctx, tx: tx, reader: r})
}

// loading is one reading in its transaction.
type loading struct {
	ctx    context.Context //nolint:containedctx // lives as long as the call
	tx     *sql.Tx
	reader *Reader
	into   ledger.Loaded
}

func (l *loading) load(what ledger.Request) (*ledger.Loaded, error) {
	var err error
	if l.into.Head, err = scanHead(l.statement(selectHead).QueryRowContext(l.ctx)); err != nil {
		return nil, err
	}
	var highest int64
	if err := l.statement(selectNextCell).QueryRowContext(l.ctx).Scan(&highest); err != nil {
		return nil, err
	}
	l.into.NextCell = ledger.LotBaseOf(highest) + ledger.LotBlock
	l.into.Transactions = make(map[ledger.ID]ledger.Transaction)
	l.into.Accounts = make(map[ledger.ID]ledger.AccountRows, len(what.Accounts))
	l.into.Facts = make(map[ledger.ID]ledger.Fact, len(what.Facts))
	for _, part := range [...]struct {
		about wanting
		ids   []ledger.ID
		scan  func(*sql.Rows) error
	}{
		{selectTransactions, what.Transactions, l.transaction},
		{selectRefusals, what.Refusals, l.transaction},
		{selectFacts, what.Facts, l.fact},
		{selectAccountFacts, what.Accounts, l.accountFact},
		{selectAccountCells, what.Accounts, l.accountCell},
	} {
		if err := l.each(&part.about, distinct(part.ids), part.scan); err != nil {
			return nil, err
		}
	}
	if err := l.payloads(); err != nil {
		return nil, err
	}
	return &l.into, nil
}

// payloads gives the transactions that were found the payloads of their batches.
func (l *loading) payloads() error {
	of := make(map[int64][]byte)
	for _, t := range l.into.Transactions {
		of[t.Sequence] = nil
	}
	sequences := make([]any, 0, len(of))
	for sequence := range of {
		sequences = append(sequences, sequence)
	}
	if err := l.each(&selectPayloadsOf, sequences, func(rows *sql.Rows) error {
		var sequence int64
		var payload []byte
		err := rows.Scan(&sequence, &payload)
		of[sequence] = payload
		return err
	}); err != nil {
		return err
	}
	for id, t := range l.into.Transactions {
		if t.Payload = of[t.Sequence]; t.Payload == nil {
			return fmt.Errorf("transaction %s is in batch %d, which is missing", id, t.Sequence)
		}
		l.into.Transactions[id] = t
	}
	return nil
}

func (l *loading) statement(text string) *sql.Stmt {
	return l.tx.StmtContext(l.ctx, l.reader.prepared[text])
}

// each runs a statement about keys.
func (l *loading) each(about *wanting, args []any, scan func(*sql.Rows) error) error {
	for len(args) > 0 {
		statement := len(sizes) - 1
		for statement > 0 && len(args) <= sizes[statement-1] {
			statement--
		}
		chunk := args[:min(len(args), sizes[statement])]
		args = args[len(chunk):]
		for len(chunk) < sizes[statement] {
			chunk = append(chunk, nil)
		}
		if err := l.query(about[statement], chunk, scan); err != nil {
			return err
		}
	}
	return nil
}

func (l *loading) query(text string, args []any, scan func(*sql.Rows) error) error {
	rows, err := l.statement(text).QueryContext(l.ctx, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

func distinct(ids []ledger.ID) []any {
	args := make([]any, 0, len(ids))
	seen := make(map[ledger.ID]struct{}, len(ids))
	for i := range ids {
		if _, again := seen[ids[i]]; !again {
			seen[ids[i]] = struct{}{}
			args = append(args, ids[i][:])
		}
	}
	return args
}

func (l *loading) transaction(rows *sql.Rows) error {
	var t ledger.Transaction
	var id, fingerprint []byte
	err := rows.Scan(&id, &t.Sequence, &t.Position, &fingerprint, &t.PrintVersion)
	if err != nil {
		return err
	}
	copy(t.ID[:], id)
	copy(t.Fingerprint[:], fingerprint)
	l.into.Transactions[t.ID] = t
	return nil
}

func (l *loading) fact(rows *sql.Rows) error {
	row, _, err := scanFact(rows)
	if err != nil {
		return err
	}
	l.into.Facts[row.Subject] = row.Fact
	return nil
}

func (l *loading) accountFact(rows *sql.Rows) error {
	row, account, err := scanFact(rows)
	if err != nil {
		return err
	}
	of := l.into.Accounts[account]
	of.Facts = append(of.Facts, row)
	l.into.Accounts[account] = of
	return nil
}

func (l *loading) accountCell(rows *sql.Rows) error {
	var id []byte
	var cell ledger.CellRow
	if err := rows.Scan(&id, &cell.ID, &cell.Version, &cell.Balance, &cell.Sequence); err != nil {
		return err
	}
	var account ledger.ID
	copy(account[:], id)
	of := l.into.Accounts[account]
	of.Cells = append(of.Cells, cell)
	l.into.Accounts[account] = of
	return nil
}

func scanFact(rows *sql.Rows) (row ledger.FactRow, of ledger.ID, err error) {
	var subject, id []byte
	err = rows.Scan(&subject, &row.Version, &row.Kind, &row.Used, &row.Cap, &row.Body, &row.Sequence, &id)
	copy(row.Subject[:], subject)
	copy(of[:], id)
	return row, of, err
}
