// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"
)

const (
	startAttempts = 3
	readyTimeout  = 2 * time.Minute
	// readyPoll is short because a second start takes only a few seconds.
	readyPoll = 100 * time.Millisecond
)

// cluster is an etcd and a kube-apiserver on loopback, with all of their state
// in one directory.
type cluster struct {
	dir    string // state
	assets string // where the programs are
	out    io.Writer
}

func (c *cluster) etcd() server       { return server{name: "etcd", dir: c.dir} }
func (c *cluster) apiServer() server  { return server{name: "kube-apiserver", dir: c.dir} }
func (c *cluster) kubeconfig() string { return filepath.Join(c.dir, "kubeconfig") }
func (c *cluster) pki(name string) string {
	return filepath.Join(c.dir, "pki", name)
}

// changing serialises commands that start or stop this cluster's servers.
func (c *cluster) changing() (*os.File, error) {
	lock, err := lockFile(filepath.Join(c.dir, "change.lock")).await(readyTimeout)
	if errors.Is(err, errHeld) {
		return nil, fmt.Errorf("another command is starting or stopping the cluster in %s", c.dir)
	}
	return lock, err
}

// up starts the servers unless they run already, and returns when the API
// server is ready and its kubeconfig is written.
func (c *cluster) up(ctx context.Context) error {
	lock, err := c.changing()
	if err != nil {
		return err
	}
	defer func() { _ = lock.Close() }()

	if runs, err := c.running(); err != nil || runs {
		if runs {
			c.say("the cluster in %s is already running", c.dir)
		}
		return err
	}
	for attempt := 1; ; attempt++ {
		err := c.startBoth(ctx)
		if err == nil {
			c.say("the cluster is ready: KUBECONFIG=%s", c.kubeconfig())
			return nil
		}
		if stopErr := c.stopBoth(); stopErr != nil {
			return errors.Join(err, stopErr)
		}
		// Between being found free and being bound, a port can be taken by
		// another process; a start with other ports cures that.
		if ctx.Err() != nil || attempt == startAttempts {
			return err
		}
		c.say("start %d of %d failed, trying again: %v", attempt, startAttempts, err)
	}
}

// running reports whether both servers live and have been ready: the kubeconfig
// is the last thing that a start writes and the first that it removes.
func (c *cluster) running() (bool, error) {
	if _, err := os.Stat(c.kubeconfig()); errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	etcdRuns, err := c.etcd().running()
	if err != nil || !etcdRuns {
		return false, err
	}
	return c.apiServer().running()
}

func (c *cluster) startBoth(ctx context.Context) error {
	// One of the two may be left from a cluster whose other half died.
	if err := c.stopBoth(); err != nil {
		return err
	}
	if err := os.Remove(c.kubeconfig()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	creds, err := newCredentials()
	if err != nil {
		return err
	}
	if err := creds.write(c.pki("")); err != nil {
		return err
	}
	ports, err := freePorts(ctx, 3)
	if err != nil {
		return err
	}
	etcdURL, peerURL, apiURL := loopback(ports[0]), loopback(ports[1]), loopback(ports[2])

	c.say("starting etcd ...")
	etcdExited, err := c.etcd().start(filepath.Join(c.assets, "etcd"), c.etcdArgs(etcdURL, peerURL)...)
	if err != nil {
		return err
	}
	c.say("starting kube-apiserver on %s ...", apiURL)
	apiExited, err := c.apiServer().start(filepath.Join(c.assets, "kube-apiserver"), c.apiServerArgs(etcdURL, ports[2])...)
	if err != nil {
		return err
	}
	tlsConfig, err := creds.adminTLS()
	if err != nil {
		return err
	}
	client := &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{TLSClientConfig: tlsConfig}}
	defer client.CloseIdleConnections()
	if err := c.awaitReady(ctx, client, apiURL, etcdExited, apiExited); err != nil {
		return err
	}
	return writeKubeconfig(c.kubeconfig(), apiURL, creds)
}

// awaitReady returns when the API server is ready and the default namespace,
// which it makes a moment later, is there.
func (c *cluster) awaitReady(ctx context.Context, client *http.Client, url string, etcdExited, apiExited <-chan error) error {
	ctx, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	tick := time.NewTicker(readyPoll)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return fmt.Errorf("waiting for the API server: %w; its log ends:\n%s", ctx.Err(), c.apiServer().logTail())
		case err := <-etcdExited:
			return fmt.Errorf("etcd ended (%w); its log ends:\n%s", err, c.etcd().logTail())
		case err := <-apiExited:
			return fmt.Errorf("kube-apiserver ended (%w); its log ends:\n%s", err, c.apiServer().logTail())
		case <-tick.C:
			if answersOK(ctx, client, url+"/readyz") && answersOK(ctx, client, url+"/api/v1/namespaces/default") {
				return nil
			}
		}
	}
}

func answersOK(ctx context.Context, client *http.Client, url string) bool {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return false
	}
	response, err := client.Do(request)
	if err != nil {
		return false
	}
	defer func() { _ = response.Body.Close() }()
	return response.StatusCode == http.StatusOK
}

// stop ends the servers and keeps their state.
func (c *cluster) stop() error {
	lock, err := c.changing()
	if err != nil {
		return err
	}
	defer func() { _ = lock.Close() }()
	return c.stopBoth()
}

// stopBoth ends the API server first: without etcd it would not end cleanly.
func (c *cluster) stopBoth() error {
	for _, s := range []server{c.apiServer(), c.etcd()} {
		stopped, err := s.stop()
		if err != nil {
			return err
		}
		if stopped {
			c.say("stopped %s", s.name)
		}
	}
	return nil
}

// remove stops the servers and deletes everything that the cluster and the
// manager beside it have stored, together: a ledger without its cluster, or the
// reverse, would be a half-restored backup. Nothing else in the directory is
// touched.
func (c *cluster) remove() error {
	lock, err := c.changing()
	if err != nil {
		return err
	}
	defer func() { _ = lock.Close() }()
	if err := c.stopBoth(); err != nil {
		return err
	}
	for _, pattern := range []string{"etcd", "pki", "kubeconfig", "ledger", "ledger.db*", "*.log", "*.pid"} {
		paths, err := filepath.Glob(filepath.Join(c.dir, pattern))
		if err != nil {
			return err
		}
		for _, path := range paths {
			if err := os.RemoveAll(path); err != nil {
				return err
			}
		}
	}
	c.say("removed the state in %s, the ledger included", c.dir)
	return nil
}

func (c *cluster) say(format string, args ...any) {
	_, _ = fmt.Fprintf(c.out, format+"\n", args...)
}

func loopback(port int) string { return fmt.Sprintf("https://127.0.0.1:%d", port) }

// freePorts finds distinct ports that nothing listens on at the moment.
func freePorts(ctx context.Context, n int) ([]int, error) {
	ports := make([]int, 0, n)
	for range n {
		listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		defer func() { _ = listener.Close() }()
		ports = append(ports, listener.Addr().(*net.TCPAddr).Port)
	}
	return ports, nil
}
