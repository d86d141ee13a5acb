// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// How long Patroni waits for what, in seconds. A leader that is not heard of
// loses its lock after ttl, for which Patroni takes no less than 20; loopWait
// and twice retryTimeout must fit into it.
const (
	ttl          = 20
	loopWait     = 2
	retryTimeout = 5
)

type settings = map[string]any

// configuration is Patroni's for one node. It is JSON, which is YAML too.
func (n *node) configuration() ([]byte, error) {
	login := func(name string) settings {
		return settings{"username": name, "password": n.cluster.password}
	}
	return json.MarshalIndent(settings{
		"scope": "ledger", "name": n.name,
		"restapi": settings{"listen": n.rest, "connect_address": n.rest},
		// By etcd's older interface: through the newer one, Patroni before 3.0.3
		// lets a leader that was paused take the lock back from its successor.
		"etcd": settings{"hosts": []string{n.cluster.etcdAddress}},
		"bootstrap": settings{
			"dcs": settings{
				"ttl": ttl, "loop_wait": loopWait, "retry_timeout": retryTimeout,
				// A commit is answered when a standby has it, and waits while there
				// is none.
				"synchronous_mode": true, "synchronous_mode_strict": true,
				"postgresql": settings{"use_pg_rewind": true, "use_slots": true},
			},
			"initdb": []any{"data-checksums", settings{"encoding": "UTF8"}, settings{"locale": "C.UTF-8"}, settings{"auth": "scram-sha-256"}},
		},
		"postgresql": settings{
			"listen": n.address, "connect_address": n.address,
			"data_dir": n.data(), "bin_dir": n.cluster.programs.postgres, "pgpass": n.dir + "/pgpass",
			"authentication": settings{"superuser": login(superuser), "replication": login("replicator"), "rewind": login("rewinder")},
			"parameters":     settings{"unix_socket_directories": n.dir, "shared_buffers": "64MB"},
			"pg_hba":         []string{"host all all 127.0.0.1/32 scram-sha-256", "host replication replicator 127.0.0.1/32 scram-sha-256"},
		},
		"watchdog": settings{"mode": "off"},
	}, "", "  ")
}

// member is a node as Patroni tells it.
type member struct {
	Name     string `json:"name"`
	Role     string `json:"role"`
	State    string `json:"state"`
	Timeline int    `json:"timeline"`
	// Lag is a number of bytes, or a word.
	Lag any `json:"lag"`
}

// The roles of a member that matter here.
const (
	leaderRole  = "leader"
	syncRole    = "sync_standby"
	restTimeout = 2 * time.Second
)

func (m member) running() bool { return m.State == "running" || m.State == "streaming" }

// members asks the nodes one by one until one answers. What they answer is what
// etcd has.
func (c *cluster) members(ctx context.Context) ([]member, error) {
	var failures error
	for _, n := range c.nodes {
		if n.silent {
			continue
		}
		var answer struct {
			Members []member `json:"members"`
		}
		content, err := n.ask(ctx, http.MethodGet, "/cluster", nil, restTimeout)
		if err == nil {
			err = json.Unmarshal(content, &answer)
		}
		if err == nil {
			return answer.Members, nil
		}
		failures = errors.Join(failures, fmt.Errorf("%s: %w", n.name, err))
	}
	return nil, failures
}

// switchover hands leadership from one node to another in an orderly way.
func (c *cluster) switchover(ctx context.Context, from, to *node) error {
	// Patroni answers when it is done.
	_, err := from.ask(ctx, http.MethodPost, "/switchover", settings{leaderRole: from.name, "candidate": to.name}, time.Minute)
	return err
}

func (n *node) ask(ctx context.Context, method, path string, body any, timeout time.Duration) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	var content bytes.Buffer
	if body != nil {
		if err := json.NewEncoder(&content).Encode(body); err != nil {
			return nil, err
		}
	}
	request, err := http.NewRequestWithContext(ctx, method, "http://"+n.rest+path, &content)
	if err != nil {
		return nil, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }()
	answer, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s %s: %s: %s", method, path, response.Status, answer)
	}
	return answer, err
}
