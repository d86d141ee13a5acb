// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package faults_test

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/jackc/pgerrcode"
	"github.com/jackc/pgx/v5/pgconn"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
	"github.com/prepay-operator/prepay-operator/internal/ledger/ledgertest"
)

// poison is the reason of a command that the database is to refuse.
const poison = "what the database refuses"

// spoiled is a store that is given rows which the committer never makes.
type spoiled struct {
	ledger.Store
	// spoil changes the record of the poisoned command.
	spoil func(*ledger.Record)
	// codes are what the server refused batches with.
	codes []string
}

// Append implements [ledger.Store].
func (s *spoiled) Append(ctx context.Context, batch *ledger.Batch) error {
	changed := *batch
	changed.Records = slices.Clone(batch.Records)
	for i := range changed.Records {
		if changed.Records[i].Annotation.Reason == poison {
			s.spoil(&changed.Records[i])
		}
	}
	err := s.Store.Append(ctx, &changed)
	var failure *pgconn.PgError
	if errors.As(err, &failure) {
		s.codes = append(s.codes, failure.Code)
	}
	return err
}

// trigger makes the database refuse the poisoned annotation with a code.
func trigger(code string) []string {
	return []string{
		`CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
		$$ BEGIN RAISE EXCEPTION 'refused on purpose' USING ERRCODE = TG_ARGV[0]; END $$`,
		fmt.Sprintf(`CREATE TRIGGER refuse BEFORE INSERT ON annotation FOR EACH ROW
		WHEN (NEW.reason = '%s') EXECUTE FUNCTION refuse('%s')`, poison, code),
	}
}

var _ = Describe("A command whose content the database refuses", func() {
	const size, position = 1000, 617
	// run posts a thousand commands as one batch, of which one is refused.
	run := func(ctx context.Context, name, code string, spoil func(*ledger.Record), statements ...string) {
		GinkgoHelper()
		there := newLedger(ctx, sharedServer(ctx))
		store := openStore(ctx, there)
		bad := &spoiled{spoil: spoil}
		held := ledgertest.NewFaulty(store)
		bad.Store = held
		w := startWriter(store, func(ledger.Store) ledger.Store { return bad })
		l := newLoad(16, 4)
		l.open(ctx, w.Post)
		execute(ctx, there, statements...)
		commands := make([]ledger.Command, size)
		for n := range commands {
			commands[n] = l.topUp(l.name("n", n), n%4, 10, ledger.Payment{Type: "Cash"})
		}
		commands[position].Annotation.Reason = poison
		head := w.Head()
		for n, answer := range ledgertest.Together(w.Committer, held, commands...) {
			Expect(answer.Err).NotTo(HaveOccurred())
			l.try()
			if n == position {
				Expect(answer.Outcome).To(Equal(ledger.Outcome{Status: ledger.NotTaken, Code: ledger.Malformed}))
				continue
			}
			Expect(answer.Outcome.Status).To(Equal(ledger.Accepted))
			l.acknowledge(commands[n], answer.Outcome)
		}
		Expect(bad.codes).NotTo(BeEmpty())
		Expect(bad.codes).To(HaveEach(code))
		Expect(w.Head().Sequence-head.Sequence).To(BeNumerically("<", 16), "the others are found by halving")
		_, err := w.Recorded(ctx, commands[position])
		Expect(err).To(MatchError(ledger.ErrUnknown))
		f := compare(ctx, openReader(ctx, there), l)
		f.spec, f.faults = "refused: "+name, len(bad.codes)
		report(f)
	}
	as := func(*ledger.Record) {}

	for _, code := range []string{
		pgerrcode.UntranslatableCharacter, pgerrcode.CheckViolation, pgerrcode.NumericValueOutOfRange,
	} {
		It("with "+code+" fails alone", limit(), func(ctx SpecContext) {
			run(ctx, code, code, as, trigger(code)...)
		})
	}
	It("for a NUL in its text fails alone", limit(), func(ctx SpecContext) {
		run(ctx, `a\0b`, pgerrcode.CharacterNotInRepertoire, func(r *ledger.Record) { r.Annotation.Reason = "a\x00b" })
	})
	It("for a balance below its floor fails alone", limit(), func(ctx SpecContext) {
		run(ctx, "below the floor", pgerrcode.CheckViolation, func(r *ledger.Record) {
			r.Entries = slices.Clone(r.Entries)
			for i := range r.Entries {
				if entry := &r.Entries[i]; entry.Floor != nil {
					entry.Amount, entry.Balance = -entry.Amount, -1
				}
			}
		})
	})

	It("for a NUL that somebody asks for never gets that far", limit(), func(ctx SpecContext) {
		there := newLedger(ctx, sharedServer(ctx))
		store := openStore(ctx, there)
		held := ledgertest.NewFaulty(store)
		w := startWriter(store, func(ledger.Store) ledger.Store { return held })
		l := newLoad(17, 4)
		l.open(ctx, w.Post)
		commands := make([]ledger.Command, 20)
		for n := range commands {
			commands[n] = l.topUp(l.name("n", n), n%4, 10, ledger.Payment{Type: "Cash"})
		}
		commands[7].Annotation.Reason = "a\x00b"
		appends := held.Appends()
		for n, answer := range ledgertest.Together(w.Committer, held, commands...) {
			Expect(answer.Err).NotTo(HaveOccurred())
			l.try()
			if n == 7 {
				Expect(answer.Outcome).To(HaveField("Code", ledger.Malformed))
				continue
			}
			l.acknowledge(commands[n], answer.Outcome)
		}
		Expect(held.Appends()).To(BeNumerically("<=", appends+2))
		f := compare(ctx, openReader(ctx, there), l)
		f.spec, f.faults = `refused: a\0b by the book`, 1
		report(f)
	})
})
