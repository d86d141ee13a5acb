// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package calendar_test

import (
	"strings"
	"testing"
	"time"

	"github.com/prepay-operator/prepay-operator/internal/calendar"
)

func TestAZoneIsFoundByItsName(t *testing.T) {
	for _, name := range []string{
		"UTC", "Europe/Berlin", "America/Argentina/ComodRivadavia", "America/Port-au-Prince", "Etc/GMT+12", "Pacific/Apia", "GB-Eire", "EST5EDT",
	} {
		for range 2 { // it is kept
			if found, err := calendar.Zone(name); err != nil || found.String() != name {
				t.Errorf("%s is %v, with the error %v", name, found, err)
			}
		}
	}
	if found, err := calendar.Zone(""); err != nil || found != time.UTC {
		t.Errorf("no name is %v, with the error %v", found, err)
	}
}

// A name that means something else on another machine would have two replicas count
// two ways.
func TestWhatIsNoZoneIsToldWithTheWayOut(t *testing.T) {
	for _, name := range []string{
		"Local", "localtime", "posixrules", "right/Europe/Berlin", "posix/Europe/Berlin", "Mars/Olympus", "europe/berlin", "+02:00", "CET+1",
		"../UTC", "/etc/localtime", "Europe/../UTC", `Europe\Berlin`, "Europe/Berlin\x00", " UTC", "\xff", "tzdata.zi", strings.Repeat("x", 300),
	} {
		if found, err := calendar.Zone(name); err == nil || found != nil || !strings.Contains(err.Error(), "Europe/Berlin") || len(err.Error()) > 300 {
			t.Errorf("%q is %v, with the error %v", name, found, err)
		}
	}
}
