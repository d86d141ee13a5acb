// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package ledgertest

import (
	"math"
	"slices"
	"time"
)

const day = 24 * time.Hour

// jump moves the clock: by a little, backwards too, to where something ends or
// begins, or over weeks or months in which nobody looked.
func (m *model) jump(d *draft) {
	now := m.oracle.now
	switch pick(d, "jump", "a little", "a little", "to an end", "to an end", "back", "far") {
	case "a little":
		now = now.Add(pick(d, "by", 0, time.Microsecond, time.Second, 61*time.Second, 5*time.Minute))
	case "to an end":
		instants := m.oracle.holdEnds()
		if d.oneIn(3, "of something else") {
			instants = m.oracle.changes()
		}
		if cycles := m.oracle.cyclesHeld(); len(cycles) > 0 && d.oneIn(2, "of a cycle") {
			instants = cycles
		}
		if len(instants) > 0 {
			at := pick(d, "end", instants[:min(len(instants), 20)]...)
			now = time.UnixMicro(at).UTC().Add(pick(d, "and", 0, -time.Microsecond, time.Microsecond))
		}
	case "back":
		now = now.Add(pick(d, "by", -time.Second, -4*time.Second))
		if d.oneIn(8, "far back") {
			now = now.Add(-3 * time.Minute)
		}
	case "far":
		if d.oneIn(3, "how far") {
			now = now.Add(pick(d, "by", 7*day, month+time.Hour, 48*time.Hour, time.Hour, 65*day, 130*day))
		}
	}
	m.oracle.now = now
	m.clock.set(now)
}

// holdEnds are when the open holds end, the next first.
func (o *oracle) holdEnds() (list []int64) {
	for _, h := range o.openHolds(everywhere) {
		list = append(list, h.until)
	}
	return list
}

// changes are when buckets and lots begin and end, the next first.
func (o *oracle) changes() (list []int64) {
	for _, e := range o.events(everywhere, math.MaxInt64) {
		if e.rank != holdEnds {
			list = append(list, e.at)
		}
	}
	for _, a := range o.accounts {
		for _, b := range a.buckets {
			for _, l := range b.lots {
				if start, _ := o.span(l, o.micros()); start > o.micros() {
					list = append(list, start)
				}
			}
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// cyclesHeld are when the next cycles begin of other accounts' buckets that holds last
// beyond, the next first.
func (o *oracle) cyclesHeld() (list []int64) {
	for _, h := range o.openHolds(everywhere) {
		for _, p := range h.parts {
			if b := p.lot.of; b.of != h.account && b.term != nil && b.term.next > o.micros() && b.term.next < h.until {
				list = append(list, b.term.next)
			}
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}
