// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"io"
	"text/tabwriter"
)

// verdict is what a ratio is called in the table.
type verdict string

const (
	ok      verdict = "ok"
	below   verdict = "below"
	missing verdict = "missing"
)

// errMissing: the benchmark has not measured something.
var errMissing = errors.New("not measured")

// compared is a ratio beside its bounds.
type compared struct {
	verdict
	ratio float64
}

// compare finds the ratio among the figures. What was not measured is missing,
// which is as bad as below: nothing has shown that it is not.
func (b *bounds) compare(figures []figure) (compared, error) {
	ratio, err := value(figures, b.Of, b.Field)
	if err == nil && len(b.Over) > 0 {
		var divisor float64
		if divisor, err = value(figures, b.Over, b.Field); err == nil {
			ratio /= divisor
		}
	}
	switch {
	case errors.Is(err, errMissing):
		return compared{verdict: missing}, nil
	case err != nil:
		return compared{}, fmt.Errorf("%s: %w", b.Name, err)
	case ratio < b.Low:
		return compared{below, ratio}, nil
	default:
		return compared{ok, ratio}, nil
	}
}

// value is a field of the one figure that has the wanted fields.
func value(figures []figure, wanted figure, field string) (float64, error) {
	var found []figure
	for _, f := range figures {
		if f.has(wanted) {
			found = append(found, f)
		}
	}
	if len(found) > 1 {
		return 0, fmt.Errorf("%d figures have %s: say more fields", len(found), wanted)
	}
	if len(found) == 0 {
		return 0, fmt.Errorf("%w: %s", errMissing, wanted)
	}
	number, is := found[0][field].(float64)
	if !is {
		return 0, fmt.Errorf("the figure with %s has no number %s", wanted, field)
	}
	if number == 0 { // how benchmarks write that there was nothing to measure
		return 0, fmt.Errorf("%w: %s of %s", errMissing, field, wanted)
	}
	return number, nil
}

func (f figure) has(wanted figure) bool {
	for name, value := range wanted {
		if f[name] != value {
			return false
		}
	}
	return true
}

// report prints how every ratio compares.
func report(w io.Writer, ranges []bounds, figures []figure) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "\n\tRATIO\tLOW\tAIM\tOF")
	good := true
	for _, b := range ranges {
		c, err := b.compare(figures)
		if err != nil {
			return err
		}
		good = good && c.verdict == ok
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", c.verdict, shown(c.ratio), shown(b.Low), shown(b.Aim), b.Name)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	if !good {
		return errBelow
	}
	return nil
}

// shown is a ratio, and a dash where there is none.
func shown(ratio float64) string {
	if ratio == 0 {
		return "–"
	}
	return fmt.Sprintf("%.2f", ratio)
}
