// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"
)

const (
	superuser = "postgres"
	// settleTimeout bounds every wait for the servers.
	settleTimeout = 3 * time.Minute
	// pollEvery is how often the servers are asked what they are.
	pollEvery = 200 * time.Millisecond
)

// cluster is etcd and three nodes, each a Patroni with its PostgreSQL.
type cluster struct {
	dir         string
	account     account
	programs    programs
	password    string
	etcd        *process
	etcdAddress string
	nodes       []*node
}

// startCluster starts everything and waits until there are a leader, a
// synchronous standby and another standby.
func startCluster(ctx context.Context, dir string) (c *cluster, err error) {
	c = &cluster{dir: dir, password: rand.Text()}
	if c.account, err = serverAccount(); err != nil {
		return nil, err
	}
	if c.programs, err = findPrograms(); err != nil {
		return nil, err
	}
	if err := os.Chown(dir, c.account.uid, c.account.gid); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, c.stop())
		}
	}()
	ports, err := freePorts(8)
	if err != nil {
		return nil, err
	}
	if err := c.startEtcd(ctx, ports[0], ports[1]); err != nil {
		return nil, err
	}
	for i := range 3 {
		n := &node{cluster: c, name: fmt.Sprintf("node-%d", i+1), address: ports[2+2*i], rest: ports[3+2*i]}
		n.dir = filepath.Join(dir, n.name)
		if err := c.account.makeDir(n.dir); err != nil {
			return nil, err
		}
		configuration, err := n.configuration()
		if err != nil {
			return nil, err
		}
		if err := c.account.write(filepath.Join(n.dir, "patroni.yml"), configuration); err != nil {
			return nil, err
		}
		c.nodes = append(c.nodes, n)
		if err := n.start(); err != nil {
			return nil, err
		}
	}
	return c, c.awaitWhole(ctx)
}

func (c *cluster) startEtcd(ctx context.Context, client, peer string) (err error) {
	c.etcdAddress = client
	c.etcd, err = c.account.start(c.dir, filepath.Join(c.dir, "etcd.log"), c.programs.etcd,
		"--name=etcd", "--enable-v2", "--data-dir="+filepath.Join(c.dir, "etcd"),
		"--listen-client-urls=http://"+client, "--advertise-client-urls=http://"+client,
		"--listen-peer-urls=http://"+peer, "--initial-advertise-peer-urls=http://"+peer, "--initial-cluster=etcd=http://"+peer)
	if err != nil {
		return err
	}
	return c.await(ctx, "etcd is healthy", func() (bool, error) {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+client+"/health", nil)
		if err != nil {
			return false, err
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			return false, err
		}
		return response.StatusCode == http.StatusOK, response.Body.Close()
	})
}

// freePorts are addresses on loopback that nobody listens on at present.
func freePorts(count int) ([]string, error) {
	addresses := make([]string, 0, count)
	for range count {
		listener, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // it is closed at once
		if err != nil {
			return nil, err
		}
		defer func() { _ = listener.Close() }()
		addresses = append(addresses, listener.Addr().String())
	}
	return addresses, nil
}

// await polls until a condition holds. Its error is only told if it never does.
func (c *cluster) await(ctx context.Context, what string, holds func() (bool, error)) error {
	deadline := time.Now().Add(settleTimeout)
	for {
		ok, err := holds()
		if ok {
			return nil
		}
		if time.Now().After(deadline) {
			return errors.Join(fmt.Errorf("%s: not within %s; the logs are in %s", what, settleTimeout, c.dir), err)
		}
		if !pause(ctx, pollEvery) {
			return ctx.Err()
		}
	}
}

// awaitWhole waits until all nodes run, on one timeline, and one standby is
// synchronous.
func (c *cluster) awaitWhole(ctx context.Context) error {
	return c.await(ctx, "there are a leader, a synchronous standby and a further standby", func() (bool, error) {
		members, err := c.members(ctx)
		if err != nil || len(members) != len(c.nodes) {
			return false, err
		}
		roles := map[string]int{}
		for _, m := range members {
			roles[m.Role]++
			if _, known := m.Lag.(float64); !m.running() || m.Timeline != members[0].Timeline || m.Role != leaderRole && !known {
				return false, fmt.Errorf("the nodes are %+v", members)
			}
		}
		return roles[leaderRole] == 1 && roles[syncRole] == 1, fmt.Errorf("the nodes are %+v", members)
	})
}

// awaitLeaderOtherThan waits until another node leads.
func (c *cluster) awaitLeaderOtherThan(ctx context.Context, old *node) error {
	return c.await(ctx, "a node other than "+old.name+" leads", func() (bool, error) {
		leader, err := c.with(ctx, leaderRole)
		return err == nil && leader != old, err
	})
}

// with is the running node that has a role.
func (c *cluster) with(ctx context.Context, role string) (*node, error) {
	members, err := c.members(ctx)
	if err != nil {
		return nil, err
	}
	for _, m := range members {
		for _, n := range c.nodes {
			if m.Role == role && m.Name == n.name && m.running() {
				return n, nil
			}
		}
	}
	return nil, fmt.Errorf("there is no running %s among %+v", role, members)
}

// stop ends everything at once: nobody needs the data any more.
func (c *cluster) stop() error {
	var failures error
	for _, n := range c.nodes {
		failures = errors.Join(failures, n.stop())
	}
	if c.etcd != nil {
		failures = errors.Join(failures, c.etcd.stop(stopGrace))
	}
	return failures
}
