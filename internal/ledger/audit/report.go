// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package audit

import (
	"fmt"
	"math/big"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// Report is what an audit found.
type Report struct {
	// Ledger is the ID in batch 0.
	Ledger string `json:"ledger"`
	Head   Head   `json:"head"`

	Batches      int64 `json:"batches"`
	Transactions int64 `json:"transactions"`
	// Refusals are the transactions among them that moved nothing.
	Refusals    int64 `json:"refusals"`
	Entries     int64 `json:"entries"`
	Cells       int64 `json:"cells"`
	Facts       int64 `json:"facts"`
	Annotations int64 `json:"annotations"`
	Live        int64 `json:"live"`
	Due         int64 `json:"due"`
	// Holds are all there ever were.
	Holds     int64 `json:"holds"`
	OpenHolds int64 `json:"openHolds"`
	// Lots are all there ever were, those of counter-accounts too.
	Lots     int64 `json:"lots"`
	LiveLots int64 `json:"liveLots"`
	// WithoutFloor are the debt and external cells that may go below zero, by
	// having had an entry without a floor.
	WithoutFloor int64 `json:"withoutFloor"`

	// Balances is the trial balance.
	Balances []Balance `json:"balances"`
	// CounterAccounts are the external parts of the trial balance.
	CounterAccounts []CounterAccount `json:"counterAccounts"`
	Findings        []Finding        `json:"findings"`
	// Omitted is how many findings there were after the first MaxFindings.
	Omitted int64 `json:"omitted,omitempty"`
}

// MaxFindings bounds the findings of a report.
const MaxFindings = 1000

// Head is the newest batch of the log.
type Head struct {
	Sequence int64     `json:"sequence"`
	Hash     string    `json:"hash"`
	Instant  time.Time `json:"instant"`
}

// Balance is all the money of a tenant in one unit, in base units. Its parts
// sum to zero.
type Balance struct {
	Tenant    ledger.ID `json:"tenant"`
	Unit      string    `json:"unit"`
	Cells     int64     `json:"cells"`
	Available *big.Int  `json:"available"`
	Reserved  *big.Int  `json:"reserved"`
	Accepted  *big.Int  `json:"accepted"`
	Debt      *big.Int  `json:"debt"`
	External  *big.Int  `json:"external"`
	Sum       *big.Int  `json:"sum"`
}

// CounterAccount is what went to the world outside in one way, negative if it
// came from there, in base units. Those of a tenant and a unit sum to the
// External of its [Balance].
type CounterAccount struct {
	Tenant ledger.ID `json:"tenant"`
	// Name is for example funding:cash; empty if the log does not tell it.
	Name    string   `json:"name"`
	Unit    string   `json:"unit"`
	Balance *big.Int `json:"balance"`
}

// Finding is one row that is not what it should be.
type Finding struct {
	// Row names it, for example "entry cell 24 version 3".
	Row string `json:"row"`
	// Problem says what is wrong with it.
	Problem string `json:"problem"`
}

func (f Finding) String() string { return f.Row + ": " + f.Problem }

// Clean reports whether nothing was found.
func (r *Report) Clean() bool { return len(r.Findings) == 0 }

// String is the report as a person reads it.
func (r *Report) String() string {
	var text strings.Builder
	out := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	fmt.Fprintf(out, "LEDGER\t%s\n", r.Ledger)
	fmt.Fprintf(out, "HEAD\tbatch %d of %s\n", r.Head.Sequence, r.Head.Instant.Format(time.RFC3339Nano))
	fmt.Fprintf(out, "HASH\t%s\n", r.Head.Hash)
	fmt.Fprintf(out, "BATCHES\t%d\n", r.Batches)
	fmt.Fprintf(out, "TRANSACTIONS\t%d (%d refused)\n", r.Transactions, r.Refusals)
	fmt.Fprintf(out, "ENTRIES\t%d on %d cells (%d without a floor)\n", r.Entries, r.Cells, r.WithoutFloor)
	fmt.Fprintf(out, "FACTS\t%d (%d live, %d due)\n", r.Facts, r.Live, r.Due)
	fmt.Fprintf(out, "LOTS\t%d (%d live)\n", r.Lots, r.LiveLots)
	fmt.Fprintf(out, "HOLDS\t%d (%d open)\n", r.Holds, r.OpenHolds)
	fmt.Fprintf(out, "ANNOTATIONS\t%d\n\n", r.Annotations)
	_ = out.Flush() // into memory
	out = tabwriter.NewWriter(&text, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(out, "TENANT\tUNIT\tCELLS\tAVAILABLE\tRESERVED\tACCEPTED\tDEBT\tEXTERNAL\tSUM\t")
	for _, b := range r.Balances {
		fmt.Fprintf(out, "%s\t%s\t%d\t%s\t%s\t%s\t%s\t%s\t%s\t\n", b.Tenant, b.Unit, b.Cells,
			b.Available, b.Reserved, b.Accepted, b.Debt, b.External, b.Sum)
	}
	fmt.Fprintln(out, "\nTENANT\tCOUNTER-ACCOUNT\tUNIT\tBALANCE\t")
	for _, c := range r.CounterAccounts {
		fmt.Fprintf(out, "%s\t%s\t%s\t%s\t\n", c.Tenant, c.Name, c.Unit, c.Balance)
	}
	_ = out.Flush() // into memory
	if r.Clean() {
		text.WriteString("\nNothing is wrong.\n")
		return text.String()
	}
	fmt.Fprintf(&text, "\n%d findings:\n", int64(len(r.Findings))+r.Omitted)
	for _, finding := range r.Findings {
		fmt.Fprintln(&text, finding)
	}
	if r.Omitted > 0 {
		fmt.Fprintf(&text, "… and %d more\n", r.Omitted)
	}
	return text.String()
}
