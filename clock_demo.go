// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

//go:build demo

package main

import (
	"os"
	"strings"
	"time"

	"k8s.io/utils/clock"
)

// clockFile is the variable of the environment that names the file with the demo's
// time.
const clockFile = "PREPAY_DEMO_CLOCK"

// ledgerClock tells what time it is for accounts. It goes on from the instant in the
// demo's file since that was written, and is the real one while there is no file.
func ledgerClock() clock.WithTicker { return movableClock{file: os.Getenv(clockFile)} }

// movableClock is moved by writing an instant to a file. What is waited for takes as
// long as it takes.
type movableClock struct {
	clock.RealClock
	file string
}

// Now implements [clock.PassiveClock].
func (c movableClock) Now() time.Time {
	written, err := os.Stat(c.file)
	if err != nil {
		return c.RealClock.Now()
	}
	text, err := os.ReadFile(c.file)
	if err != nil {
		return c.RealClock.Now()
	}
	at, err := time.Parse(time.RFC3339, strings.TrimSpace(string(text)))
	if err != nil {
		return c.RealClock.Now() // it is just being written
	}
	return at.Add(c.RealClock.Since(written.ModTime()))
}

// Since implements [clock.PassiveClock].
func (c movableClock) Since(t time.Time) time.Duration { return c.Now().Sub(t) }
