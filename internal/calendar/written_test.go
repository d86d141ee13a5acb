// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package calendar_test

import (
	"testing"

	"github.com/prepay-operator/prepay-operator/internal/calendar"
)

func TestAPeriodIsWrittenAsItIsRead(t *testing.T) {
	for text, want := range map[string]string{"36h": "36h", "30d": "30d", "2w": "14d", "1mo": "1mo", "1y": "12mo"} {
		period, err := calendar.Parse(text)
		if err != nil || period.String() != want {
			t.Errorf("%s is written %s, want %s, %v", text, period, want, err)
		}
		if again, err := calendar.Parse(period.String()); err != nil || again != period {
			t.Errorf("%s is read as %s, %v", period, again, err)
		}
	}
}
