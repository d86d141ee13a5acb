// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const measured = `what is measured
[1, 2]
{"store":"other"}
[{"store":"postgres","callers":2048,"load":"uniform","tps":30000,"vsTPCB":9.5},
[{"store":"postgres","callers":256,"load":"uniform","tps":20000,"vsTPCB":6.25},{"store":"postgres","callers":2048,"load":"uniform","tps":30000,"vsTPCB":9.5},{"store":"postgres","callers":2048,"load":"hot","tps":24000,"vsTPCB":0}]
and a word of farewell
`

func TestARatioIsComparedWithItsBounds(t *testing.T) {
	figures, err := parseFigures([]byte(measured))
	if err != nil {
		t.Fatal(err)
	}
	full := figure{"callers": 2048.0, "load": "uniform"}
	hot := figure{"callers": 2048.0, "load": "hot"}
	for name, c := range map[string]struct {
		bounds bounds
		want   compared
		fails  string
	}{
		"above":                       {bounds: bounds{Of: full, Field: "vsTPCB", Low: 8}, want: compared{ok, 9.5}},
		"just there":                  {bounds: bounds{Of: full, Field: "vsTPCB", Low: 9.5}, want: compared{ok, 9.5}},
		"below":                       {bounds: bounds{Of: full, Field: "vsTPCB", Low: 9.6}, want: compared{below, 9.5}},
		"one row over another":        {bounds: bounds{Of: hot, Over: full, Field: "tps", Low: 0.8}, want: compared{ok, 0.8}},
		"one row below another":       {bounds: bounds{Of: hot, Over: full, Field: "tps", Low: 0.9}, want: compared{below, 0.8}},
		"no such row":                 {bounds: bounds{Of: figure{"callers": 16.0}, Field: "tps", Low: 1}, want: compared{verdict: missing}},
		"no such row to divide by":    {bounds: bounds{Of: full, Over: figure{"load": "open"}, Field: "tps", Low: 1}, want: compared{verdict: missing}},
		"nothing was compared with":   {bounds: bounds{Of: hot, Field: "vsTPCB", Low: 1}, want: compared{verdict: missing}},
		"more than one row":           {bounds: bounds{Of: figure{"store": "postgres"}, Field: "tps", Low: 1}, fails: "3 figures have store=postgres"},
		"a field that is no number":   {bounds: bounds{Of: full, Field: "load", Low: 1}, fails: "no number load"},
		"a field that is not printed": {bounds: bounds{Of: full, Field: "vsLimit", Low: 1}, fails: "no number vsLimit"},
	} {
		got, err := c.bounds.compare(figures)
		if c.fails == "" && (err != nil || got != c.want) {
			t.Errorf("%s: %+v, %v; it should be %+v", name, got, err, c.want)
		}
		if c.fails != "" && (err == nil || !strings.Contains(err.Error(), c.fails)) {
			t.Errorf("%s: the error is %v, it should say %q", name, err, c.fails)
		}
	}
}

func TestOutputWithoutFiguresIsRefused(t *testing.T) {
	for _, output := range []string{"", "nothing\n", "[]\n", "[1]\n", "{}\n", "[{\n"} {
		if figures, err := parseFigures([]byte(output)); err == nil {
			t.Errorf("%q is taken for %v", output, figures)
		}
	}
}

func TestRangesAreRefusedThatCannotBeMeant(t *testing.T) {
	const good = "{name: n, command: make bench, of: {a: 1}, field: f, low: 1, calibrated: by hand}"
	if _, err := parseRanges([]byte("ranges: [" + good + "]")); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{
		"", "ranges: []", "rangs: [" + good + "]", "ranges: [" + good + "]\nmore: 1",
		"ranges: [" + strings.Replace(good, "name: n, ", "", 1) + "]",
		"ranges: [" + strings.Replace(good, "make bench", "''", 1) + "]",
		"ranges: [" + strings.Replace(good, "{a: 1}", "{}", 1) + "]",
		"ranges: [" + strings.Replace(good, "field: f, ", "", 1) + "]",
		"ranges: [" + strings.Replace(good, "low: 1", "low: 0", 1) + "]",
		"ranges: [" + strings.Replace(good, "low: 1", "low: 1, aim: 0.5", 1) + "]",
		"ranges: [" + strings.Replace(good, "low: 1", "low: 1, high: 2", 1) + "]",
		"ranges: [" + strings.Replace(good, ", calibrated: by hand", "", 1) + "]",
	} {
		if ranges, err := parseRanges([]byte(text)); err == nil {
			t.Errorf("%q is taken for %+v", text, ranges)
		}
	}
}

func TestTheRangesOfTheProjectCanBeRead(t *testing.T) {
	content, err := os.ReadFile("../bench/ranges.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := parseRanges(content); err != nil {
		t.Error(err)
	}
}

func TestTheReportSaysWhatIsBelow(t *testing.T) {
	dir := t.TempDir()
	ranges, output := filepath.Join(dir, "ranges.yaml"), filepath.Join(dir, "output")
	write(t, output, measured)
	for low, c := range map[string]struct {
		line string
		err  error
	}{
		"9":  {"ok 9.50 9.00 – the rate", nil},
		"10": {"below 9.50 10.00 – the rate", errBelow},
	} {
		write(t, ranges, "ranges: [{name: the rate, command: \"false\", of: {callers: 2048, load: uniform}, field: vsTPCB, low: "+
			low+", calibrated: by hand}]")
		var printed bytes.Buffer
		err := execute(context.Background(), []string{"--ranges", ranges, "--from", output}, &printed)
		if !errors.Is(err, c.err) || !strings.Contains(strings.Join(strings.Fields(printed.String()), " "), c.line) {
			t.Errorf("with a bound of %s it prints\n%s\nand returns %v; it should say %q and return %v", low, &printed, err, c.line, c.err)
		}
	}
	// Without --from the command is run, and this one fails.
	if err := execute(context.Background(), []string{"--ranges", ranges}, &bytes.Buffer{}); err == nil || errors.Is(err, errBelow) {
		t.Errorf("a benchmark that fails is not told: %v", err)
	}
}

func write(t *testing.T, name, content string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}
