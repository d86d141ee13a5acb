// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package faults_test

import (
	"fmt"
	"io"
	"os"
	"sync"
	"text/tabwriter"
	"time"

	. "github.com/onsi/ginkgo/v2"
	"github.com/onsi/ginkgo/v2/types"
	. "github.com/onsi/gomega"
)

// figures are what one spec found out.
type figures struct {
	// spec is what the spec is called in the table.
	spec string
	// faults is how many faults there were.
	faults int
	// tried are the operations that callers asked for, however often they had
	// to ask.
	tried int
	// doubtful are the posts that ended in an error, after which the caller did
	// not know what had happened.
	doubtful int
	// acknowledged are the operations whose callers were told an outcome.
	acknowledged int
	// lost are those of them that are not in the log as they were told.
	lost int
	// doubled are the keys that are in the log more than once, and the accounts
	// whose balance is not what the acknowledged operations make of it.
	doubled int
	took    time.Duration
}

func (f *figures) add(other figures) {
	f.faults += other.faults
	f.tried += other.tried
	f.doubtful += other.doubtful
	f.acknowledged += other.acknowledged
	f.lost += other.lost
	f.doubled += other.doubled
	f.took += other.took
}

// table are the figures of the specs that have run.
var table struct {
	sync.Mutex
	rows []figures
}

// report adds a spec's figures to the table, and fails the spec if anything
// was lost or happened twice.
func report(f figures) {
	GinkgoHelper()
	f.took = time.Since(CurrentSpecReport().StartTime).Round(time.Millisecond)
	table.Lock()
	table.rows = append(table.rows, f)
	table.Unlock()
	Expect(f.lost).To(BeZero(), "operations were acknowledged and are lost")
	Expect(f.doubled).To(BeZero(), "operations happened twice")
	Expect(f.faults).To(BeNumerically(">", 0), "nothing went wrong, so nothing was shown")
}

func printTable(out io.Writer) (total figures) {
	text := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(text, "\nFAULT\tFAULTS\tTRIED\tIN DOUBT\tACKNOWLEDGED\tLOST\tDOUBLED\tTOOK")
	total.spec = "total"
	for _, row := range table.rows {
		total.add(row)
	}
	for _, row := range append(table.rows, total) {
		fmt.Fprintf(text, "%s\t%d\t%d\t%d\t%d\t%d\t%d\t%s\n", row.spec, row.faults, row.tried, row.doubtful,
			row.acknowledged, row.lost, row.doubled, row.took.Round(100*time.Millisecond))
	}
	_ = text.Flush()
	return total
}

var _ = ReportAfterSuite("the figures", func(report Report) {
	table.Lock()
	defer table.Unlock()
	total := printTable(os.Stdout)
	if report.SpecReports.CountWithState(types.SpecStateSkipped) == 0 {
		Expect(total.tried).To(BeNumerically(">=", *operations), "the specs' shares are too small")
	}
})
