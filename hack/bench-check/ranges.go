// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"sigs.k8s.io/yaml"
)

// bounds are what one ratio has to be.
type bounds struct {
	// Name says what the ratio is of.
	Name string `json:"name"`
	// Command prints the figures, as JSON in its last line.
	Command string `json:"command"`
	// Of picks one figure by what its fields have to be, and Field is the one of
	// its fields that counts.
	Of    figure `json:"of"`
	Field string `json:"field"`
	// Over picks another one, whose Field the first is divided by; without it the
	// field is a ratio itself.
	Over figure `json:"over,omitempty"`
	// Low is the least the ratio may be, Aim what it should be.
	Low float64 `json:"low"`
	Aim float64 `json:"aim,omitempty"`
	// Calibrated says when and how Low was found.
	Calibrated string `json:"calibrated"`
}

// figure is one object of what a benchmark prints, or some fields of one.
type figure map[string]any

// parseRanges reads the file of ranges.
func parseRanges(content []byte) ([]bounds, error) {
	var file struct {
		Ranges []bounds `json:"ranges"`
	}
	if err := yaml.UnmarshalStrict(content, &file); err != nil {
		return nil, err
	}
	if len(file.Ranges) == 0 {
		return nil, errors.New("there are no ranges in it")
	}
	for i, r := range file.Ranges {
		if err := r.check(); err != nil {
			return nil, fmt.Errorf("range %d (%s): %w", i+1, r.Name, err)
		}
	}
	return file.Ranges, nil
}

func (b *bounds) check() error {
	switch {
	case b.Name == "", b.Field == "", b.Calibrated == "", len(b.Of) == 0, len(strings.Fields(b.Command)) == 0:
		return errors.New("name, command, of, field and calibrated are needed")
	case b.Low <= 0:
		return fmt.Errorf("low is %v: a bound that nothing can be below is none", b.Low)
	case b.Aim != 0 && b.Aim < b.Low:
		return fmt.Errorf("aim is %v, which is less than low", b.Aim)
	default:
		return nil
	}
}

// parseFigures finds the figures in what a benchmark printed: the last line that
// is a JSON array of objects.
func parseFigures(output []byte) ([]figure, error) {
	var last []figure
	lines := bufio.NewScanner(bytes.NewReader(output))
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		line := bytes.TrimSpace(lines.Bytes())
		var figures []figure
		if bytes.HasPrefix(line, []byte("[")) && json.Unmarshal(line, &figures) == nil {
			last = figures
		}
	}
	if err := lines.Err(); err != nil {
		return nil, err
	}
	if len(last) == 0 {
		return nil, errors.New("no line is a JSON array of figures")
	}
	return last, nil
}

// String names a figure by its fields.
func (f figure) String() string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(f)) {
		parts = append(parts, fmt.Sprintf("%s=%v", name, f[name]))
	}
	return strings.Join(parts, " ")
}
