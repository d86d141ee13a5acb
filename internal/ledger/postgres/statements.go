// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"embed"
	"strings"
)

//go:embed statements/*.sql
var statements embed.FS

// statement is the SQL in the file of that name.
func statement(name string) string {
	text, err := statements.ReadFile("statements/" + name + ".sql")
	if err != nil {
		panic(err) // it is part of the program
	}
	return strings.TrimSpace(string(text))
}

var (
	begin        = statement("begin")
	beginReading = statement("begin_reading")
	commit       = statement("commit")

	insertBatch      = statement("insert_batch")
	insertTx         = statement("insert_tx")
	insertCell       = statement("insert_cell")
	insertEntry      = statement("insert_entry")
	insertFact       = statement("insert_fact")
	insertOverCap    = statement("insert_over_cap")
	deleteLive       = statement("delete_live")
	insertLive       = statement("insert_live")
	deleteDue        = statement("delete_due")
	insertDue        = statement("insert_due")
	insertAnnotation = statement("insert_annotation")
	insertBarrier    = statement("insert_barrier")
	deleteBarrier    = statement("delete_barrier")
	endStuck         = statement("end_stuck")

	grantLog    = statement("grant_log")
	grantWork   = statement("grant_work")
	grantSchema = statement("grant_schema")

	selectHead         = statement("select_head")
	selectHighestCell  = statement("select_highest_cell")
	selectTransactions = statement("select_transactions")
	selectRefusals     = statement("select_refusals")
	selectPayloadsOf   = statement("select_payloads_of")
	selectPayloads     = statement("select_payloads")
	selectFacts        = statement("select_facts")
	selectAccountFacts = statement("select_account_facts")
	selectAccountCells = statement("select_account_cells")
	selectOwners       = statement("select_owners")
	selectDue          = statement("select_due")
	selectSchema       = statement("select_schema")
	selectGenesis      = statement("select_genesis")
)

// appending are the statements that an append may send.
var appending = []string{
	begin, insertBatch, insertTx, insertCell, insertEntry, insertFact, insertOverCap,
	deleteLive, insertLive, deleteDue, insertDue, insertAnnotation, commit,
}
