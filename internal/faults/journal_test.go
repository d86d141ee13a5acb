// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package faults_test

import (
	"fmt"
	"slices"
	"sync"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// journal is what the callers were told. It is kept apart from every ledger.
type journal struct {
	mu *sync.Mutex
	// told are the outcomes, by key.
	told map[ledger.ID]acknowledgement
	// contradictions are answers that differ from an earlier answer to the same
	// command, or that nobody could have been given.
	contradictions         []string
	tried, known, doubtful int
	// doubts are samples of the errors.
	doubts map[string]int
	// assigned tells of each command that children were given whether it was
	// answered.
	assigned []bool
}

type acknowledgement struct {
	command ledger.Command
	outcome ledger.Outcome
}

func newJournal() journal {
	return journal{mu: &sync.Mutex{}, told: map[ledger.ID]acknowledgement{}, doubts: map[string]int{}}
}

func (j *journal) try() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.tried++
}

func (j *journal) doubt(err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.doubtful++
	if text := err.Error(); len(j.doubts) < 20 || j.doubts[text] > 0 {
		j.doubts[text]++
	}
}

// answered is how many operations were acknowledged so far.
func (j *journal) answered() int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.known
}

// acknowledge notes the answer to an operation.
func (j *journal) acknowledge(command ledger.Command, outcome ledger.Outcome) {
	j.mu.Lock()
	j.known++
	j.mu.Unlock()
	j.note(command, outcome)
}

// note notes an answer; a further one to the same operation is not counted.
func (j *journal) note(command ledger.Command, outcome ledger.Outcome) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if outcome.Status == ledger.NotTaken {
		j.contradictions = append(j.contradictions, fmt.Sprintf("%s was not taken: %s", command.Key, outcome.Code))
		return
	}
	if before, ok := j.told[command.Key]; ok && !same(before.outcome, outcome) {
		j.contradictions = append(j.contradictions,
			fmt.Sprintf("%s was answered %+v and then %+v", command.Key, before.outcome, outcome))
	}
	j.told[command.Key] = acknowledgement{command: command, outcome: outcome}
}

// same reports whether two answers tell the same, be it as a replay.
func same(a, b ledger.Outcome) bool {
	return a.Status == b.Status && a.Code == b.Code && a.Sequence == b.Sequence && a.Transaction == b.Transaction &&
		a.Figures == b.Figures && a.CommittedAt.Equal(b.CommittedAt) && slices.Equal(a.Impacts, b.Impacts)
}

// balances are what the acknowledged operations leave on each account.
func (j *journal) balances() map[ledger.ID]int64 {
	sums := map[ledger.ID]int64{}
	for _, a := range j.told {
		if a.outcome.Status != ledger.Accepted {
			continue
		}
		switch op := a.command.Operation.(type) {
		case ledger.SetAccount:
			sums[op.Account] += 0
		case ledger.TopUp:
			sums[op.Into.Account] += op.Amount.Base
		case ledger.Transfer:
			sums[op.From.Account] -= op.Amount.Base
			sums[op.To.Account] += op.Amount.Base
		}
	}
	return sums
}

// assign makes the commands with the numbers below n the errand of children.
func (j *journal) assign(n int) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.assigned = make([]bool, n)
	j.tried += n
}

// tell remembers that an assigned command was answered, and reports whether it
// had not been.
func (j *journal) tell(number int) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	before := j.assigned[number]
	j.assigned[number] = true
	return !before
}

// remaining are the assigned commands that were not answered.
func (j *journal) remaining() []int {
	j.mu.Lock()
	defer j.mu.Unlock()
	var numbers []int
	for number, answered := range j.assigned {
		if !answered {
			numbers = append(numbers, number)
		}
	}
	return numbers
}
