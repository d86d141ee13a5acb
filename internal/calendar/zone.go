// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package calendar

import (
	"fmt"
	"sync"
	"time"
	_ "time/tzdata" // for machines that have no zones of their own
)

var zones sync.Map // by name

// Zone finds a time zone by its name in the IANA database, as in Asia/Nicosia; ""
// is UTC. What only some machines know, such as localtime or right/UTC, is none.
func Zone(name string) (*time.Location, error) {
	if zone, ok := zones.Load(name); ok {
		return zone.(*time.Location), nil
	}
	zone, err := time.LoadLocation(name)
	isOfMachine := name == "Local" || name != "" && (name[0] < 'A' || name[0] > 'Z')
	if err != nil || isOfMachine {
		return nil, fmt.Errorf("%.64q is no time zone: write a name of the IANA database, as in Europe/Berlin, or UTC", name)
	}
	zones.Store(name, zone)
	return zone, nil
}
