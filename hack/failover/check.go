// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
	"github.com/prepay-operator/prepay-operator/internal/ledger/audit"
	"github.com/prepay-operator/prepay-operator/internal/ledger/postgres"
)

// findings are what the ledger says in the end, compared with what the callers
// were told.
type findings struct {
	commands, refused int
	// lost were acknowledged and are not in the log with that outcome.
	lost int
	// doubled are in the log more than once.
	doubled int
	// untold are in the log though no caller was told of them, and undecided were
	// answered without being recorded. All commands are good ones, and all of them
	// were posted until they were answered: there is neither.
	untold, undecided int
	// wrong are accounts whose balance is not what the answers add up to.
	wrong int
	// stragglersLost are rows of stragglers.
	stragglersLost int
	report         *audit.Report
}

// check reads the whole log and compares it with the journals.
func (t *trial) check(ctx context.Context) (f findings, err error) {
	reader, err := postgres.OpenReadOnly(ctx, t.cluster.ledgerURL(manager), postgres.Options{PasswordFile: t.cluster.passwordFile()})
	if err != nil {
		return findings{}, err
	}
	defer func() { err = errors.Join(err, reader.Close()) }()
	if f.report, err = audit.Run(ctx, reader); err != nil {
		return findings{}, err
	}
	log, err := readLog(ctx, reader)
	if err != nil {
		return findings{}, err
	}
	balances := f.compare(t.load.journals, log)
	for number := range accounts {
		view, err := t.committer.Account(ctx, accountID(number))
		if err != nil {
			return findings{}, err
		}
		if view.Credit != balances[accountID(number)] {
			f.wrong++
		}
	}
	f.stragglersLost, err = t.stragglers.lost(ctx)
	return f, err
}

// readLog reads what became of each key. A key has one record for ever.
func readLog(ctx context.Context, reader *postgres.Reader) (map[ledger.ID][]acknowledgement, error) {
	log := map[ledger.ID][]acknowledgement{}
	err := reader.Payloads(ctx, 0, func(payload []byte) error {
		batch, err := ledger.Open(payload)
		if err != nil {
			return err
		}
		for i := range batch.Records {
			record := &batch.Records[i]
			key := record.ID
			if record.Status == ledger.Refused {
				key = record.Key
			}
			log[key] = append(log[key], acknowledge(record.Outcome(batch)))
		}
		return nil
	})
	for number := range accounts {
		delete(log, opening(number).Key)
	}
	return log, err
}

// compare counts what differs, takes what it has found from the log, and returns
// the balances that the journals add up to.
func (f *findings) compare(journals [][]acknowledgement, log map[ledger.ID][]acknowledgement) map[ledger.ID]int64 {
	balances := map[ledger.ID]int64{}
	for caller, journal := range journals {
		for number, told := range journal {
			f.commands++
			c := command(caller, number)
			records := log[c.Key]
			delete(log, c.Key)
			switch {
			case told.status == ledger.NotTaken:
				f.undecided++
				continue
			case len(records) == 0 || records[0] != told:
				f.lost++
			case len(records) > 1:
				f.doubled++
			}
			if told.status == ledger.Refused {
				f.refused++
				continue
			}
			switch op := c.Operation.(type) {
			case ledger.TopUp:
				balances[op.Into.Account] += op.Amount.Base
			case ledger.Transfer:
				balances[op.From.Account] -= op.Amount.Base
				balances[op.To.Account] += op.Amount.Base
			}
		}
	}
	f.untold = len(log)
	return balances
}

// verdict is nil if all is as it must be.
func (f findings) verdict() error {
	if f.lost+f.doubled+f.untold+f.undecided+f.wrong+f.stragglersLost > 0 || !f.report.Clean() {
		return errors.New("the ledger is not what the callers were told")
	}
	return nil
}

func (t *trial) print(w io.Writer, f findings) error {
	out := tabwriter.NewWriter(w, 0, 0, 3, ' ', tabwriter.AlignRight)
	fmt.Fprintln(out, "\nSeconds in which nothing was acknowledged, by round:")
	for _, fault := range faults {
		fmt.Fprintf(out, "%s\t", fault.name)
		for _, r := range t.rounds {
			if r.fault == fault.name {
				fmt.Fprintf(out, "%.1f\t", r.silence.Seconds())
			}
		}
		fmt.Fprintln(out)
	}
	changes := 0
	for _, r := range t.rounds {
		if r.before != r.after {
			changes++
		}
	}
	fmt.Fprintln(out, "\nleader changes\tposts\tunknown answers\tcommands\tacknowledged\trefused of them\tlost\tdoubled\twrong balances\t")
	fmt.Fprintf(out, "%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t\n", changes, t.load.posts.Load(), t.load.unknown.Load(),
		f.commands, f.commands-f.undecided, f.refused, f.lost, f.doubled, f.wrong)
	if err := out.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "\n%d records that no caller was told of; %d commands answered and not recorded.\n"+
		"Looks at accounts: %d answered, none of them older than the one before; %d not answered.\n"+
		"Clients that stayed with a paused leader: %d rows tried, %d acknowledged, %d of them lost.\n\n%s",
		f.untold, f.undecided, t.load.reads.Load(), t.load.unread.Load(), t.stragglers.tried, len(t.stragglers.told), f.stragglersLost, f.report)
	return err
}
