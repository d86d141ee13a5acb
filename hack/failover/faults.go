// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// fault is something that befalls the servers under load.
type fault struct {
	name string
	// strike does it, and returns what makes the servers whole again.
	strike func(context.Context, *trial) (mend, error)
}

type mend func(context.Context) error

// faults are in the order they are played in each round.
var faults = []fault{
	{"leader's node killed", killLeaderNode},
	{"leader's PostgreSQL killed", killLeaderServer},
	{"leader's node paused", pauseLeaderNode},
	{"synchronous standby killed", killSyncStandby},
	{"both standbys killed", killBothStandbys},
	{"planned switchover", switchOver},
}

// killLeaderNode kills Patroni and PostgreSQL of the leader, and lets the node
// come back when another leads.
func killLeaderNode(ctx context.Context, t *trial) (mend, error) {
	leader, err := t.cluster.with(ctx, leaderRole)
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context) error {
		if err := t.cluster.awaitLeaderOtherThan(ctx, leader); err != nil {
			return err
		}
		return leader.start()
	}, leader.kill()
}

// killLeaderServer kills PostgreSQL alone: Patroni starts it again, or hands
// over.
func killLeaderServer(ctx context.Context, t *trial) (mend, error) {
	leader, err := t.cluster.with(ctx, leaderRole)
	if err != nil {
		return nil, err
	}
	return func(context.Context) error { return nil }, leader.killServer()
}

// pauseLeaderNode stops the leader's processes where they are, for longer than
// its lock lasts, and lets them go on when another leads: the old leader does
// not know that it is none any more. A client that does not know either tries to
// write to it.
func pauseLeaderNode(ctx context.Context, t *trial) (mend, error) {
	leader, err := t.cluster.with(ctx, leaderRole)
	if err != nil {
		return nil, err
	}
	client, err := t.stragglers.join(ctx, leader)
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context) error {
		if err := t.cluster.awaitLeaderOtherThan(ctx, leader); err != nil {
			return errors.Join(err, leader.thaw())
		}
		// The first statement waits at the server's door when it wakes up.
		writing := client.write(ctx)
		if err := leader.thaw(); err != nil {
			return err
		}
		return <-writing
	}, leader.freeze()
}

// killSyncStandby kills the node whose answer every commit waits for.
func killSyncStandby(ctx context.Context, t *trial) (mend, error) {
	standby, err := t.cluster.with(ctx, syncRole)
	if err != nil {
		return nil, err
	}
	return func(context.Context) error { return standby.start() }, standby.kill()
}

// alone is how long the leader is left without any standby.
const alone = 20 * time.Second

// killBothStandbys leaves nobody to answer a commit: none may be acknowledged
// until a standby is back, and the outcome of none may be found.
func killBothStandbys(ctx context.Context, t *trial) (mend, error) {
	leader, err := t.cluster.with(ctx, leaderRole)
	if err != nil {
		return nil, err
	}
	for _, n := range t.cluster.nodes {
		if n != leader {
			err = errors.Join(err, n.kill())
		}
	}
	if err != nil {
		return nil, err
	}
	select {
	case <-t.load.watch.await():
		return nil, fmt.Errorf("a command was acknowledged while there was no standby")
	case <-time.After(alone):
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if leaked := t.load.leaked(ctx); leaked > 0 {
		return nil, fmt.Errorf("the outcomes of %d commands could be looked up while there was no standby", leaked)
	}
	for _, n := range t.cluster.nodes {
		if n != leader {
			err = errors.Join(err, n.start())
		}
	}
	return func(context.Context) error { return nil }, err
}

// switchOver hands over to the synchronous standby, as for maintenance.
func switchOver(ctx context.Context, t *trial) (mend, error) {
	leader, err := t.cluster.with(ctx, leaderRole)
	if err != nil {
		return nil, err
	}
	standby, err := t.cluster.with(ctx, syncRole)
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context) error {
		return t.cluster.awaitLeaderOtherThan(ctx, leader)
	}, t.cluster.switchover(ctx, leader, standby)
}
