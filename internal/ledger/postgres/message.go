// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// message is a batch as it is sent: its steps, and their values encoded. It can be
// made while the server is busy with the batch before; otherwise the server would
// wait for it.
type message struct {
	of      *ledger.Batch
	rows    rows
	types   *pgtype.Map
	encoded []pgx.ExtendedQueryBuilder // by step
}

func newMessage() any { return &message{types: pgtype.NewMap()} }

// make fills the message with a batch, given what the server says of each
// statement. It keeps the arrays of the batch before.
func (m *message) make(batch *ledger.Batch, described map[string]*pgconn.StatementDescription) error {
	m.of = nil
	m.rows.set(batch)
	for len(m.encoded) < len(m.rows.steps) {
		m.encoded = append(m.encoded, pgx.ExtendedQueryBuilder{})
	}
	for i, step := range m.rows.steps {
		statement, ok := described[step.text]
		if !ok {
			return fmt.Errorf("it is not known what the server makes of %q", step.text)
		}
		if err := m.encoded[i].Build(m.types, statement, step.args); err != nil {
			return err
		}
	}
	m.of = batch
	return nil
}

// send sends the message and reads its answers, as [Options.run] does.
func (m *message) send(ctx context.Context, connection *pgconn.PgConn, o Options, described map[string]*pgconn.StatementDescription) error {
	if o.NoPipelining {
		for i, step := range m.rows.steps {
			e := &m.encoded[i]
			forget(connection)
			result := connection.ExecPrepared(ctx, described[step.text].Name, e.ParamValues, e.ParamFormats, nil).Read()
			if err := step.concluded(result.CommandTag, result.Err); err != nil {
				return err
			}
		}
		return clean(connection)
	}
	pipeline := connection.StartPipeline(ctx)
	for i, step := range m.rows.steps {
		e := &m.encoded[i]
		pipeline.SendQueryPrepared(described[step.text].Name, e.ParamValues, e.ParamFormats, nil)
	}
	err := pipeline.Sync()
	for i := 0; err == nil && i < len(m.rows.steps); i++ {
		forget(connection)
		err = m.rows.steps[i].answered(pipeline)
	}
	if closed := pipeline.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return err
	}
	return clean(connection)
}

// answered reads the step's answer.
func (s step) answered(pipeline *pgconn.Pipeline) error {
	answer, err := pipeline.GetResults()
	if err != nil {
		return err
	}
	result, ok := answer.(*pgconn.ResultReader)
	if !ok {
		return fmt.Errorf("the server answers %q with %T", s.text, answer)
	}
	return s.concluded(result.Close())
}
