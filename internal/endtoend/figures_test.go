// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package endtoend

import (
	"fmt"
	"os"
	"sync"
	"text/tabwriter"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

// figures are what a spec with faults found out.
type figures struct {
	// faults is how many there were.
	faults int
	// tried are the objects that were created.
	tried int
	// acknowledged are those whose status ever told an outcome.
	acknowledged int
	// lost are those of them whose outcome is not in the log as it was told.
	lost int
	// doubled are the decisions in the log that are one too many, and the
	// accounts whose balance is not what the operations make of it.
	doubled int
}

// table has the figures of the specs that have run.
var table struct {
	sync.Mutex
	rows []string
}

// report keeps a spec's figures for the table, and fails the spec if anything
// was lost or happened twice.
func (f *figures) report() {
	GinkgoHelper()
	spec := CurrentSpecReport()
	row := fmt.Sprintf("%s\t%d\t%d\t%d\t%d\t%d\t%s", spec.FullText(), f.faults, f.tried, f.acknowledged, f.lost, f.doubled,
		time.Since(spec.StartTime).Round(100*time.Millisecond))
	table.Lock()
	table.rows = append(table.rows, row)
	table.Unlock()
	Expect(f.lost).To(BeZero(), "operations were acknowledged and are lost")
	Expect(f.doubled).To(BeZero(), "operations happened twice")
	Expect(f.faults).To(BeNumerically(">", 0), "nothing went wrong, so nothing was shown")
}

var _ = ReportAfterSuite("the figures", func(Report) {
	table.Lock()
	defer table.Unlock()
	text := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(text, "\nFAULT\tFAULTS\tTRIED\tACKNOWLEDGED\tLOST\tDOUBLED\tTOOK")
	for _, row := range table.rows {
		fmt.Fprintln(text, row)
	}
	_ = text.Flush()
})
