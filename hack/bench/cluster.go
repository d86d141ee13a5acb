// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/envtest"

	"github.com/prepay-operator/prepay-operator/api/v1alpha1"
)

// cluster is a throw-away etcd and kube-apiserver with the project's CRDs, and
// the store of its manager's ledger.
type cluster struct {
	dir, assets string

	config *rest.Config
	// http is the one client behind client, the watches and the profiles.
	http   *http.Client
	client client.Client
	// The servers' process ids.
	etcd, apiServer int
	ledger          store
}

// startCluster makes a new, empty cluster in dir. What another run has left
// there is stopped and removed first.
func startCluster(ctx context.Context, dir, assets string) (*cluster, error) {
	c := &cluster{dir: dir, assets: assets}
	if err := c.remove(); err != nil {
		return nil, err
	}
	err := c.localcluster(ctx, "up")
	if err == nil {
		err = c.connect()
	}
	if err != nil {
		return nil, errors.Join(err, c.remove())
	}
	return c, nil
}

// remove stops the servers and deletes what they and the manager have stored.
func (c *cluster) remove() error {
	// Not the caller's context: an interrupted run must clean up as well.
	return c.localcluster(context.Background(), "down")
}

func (c *cluster) localcluster(ctx context.Context, command string) error {
	out, err := exec.CommandContext(ctx, "bin/localcluster", "--assets", c.assets, "--state", c.dir, command).CombinedOutput()
	if err != nil {
		return fmt.Errorf("localcluster %s: %w: %s", command, err, out)
	}
	return nil
}

func (c *cluster) kubeconfig() string { return filepath.Join(c.dir, "kubeconfig") }

func (c *cluster) connect() (err error) {
	if c.config, err = clientcmd.BuildConfigFromFlags("", c.kubeconfig()); err != nil {
		return err
	}
	// No throttling on the client's side.
	c.config.QPS = -1
	install := envtest.CRDInstallOptions{Paths: []string{"config/crd/bases"}, ErrorIfPathMissing: true}
	if _, err = envtest.InstallCRDs(c.config, install); err != nil {
		return err
	}
	types := runtime.NewScheme()
	if err := scheme.AddToScheme(types); err != nil {
		return err
	}
	if err := v1alpha1.AddToScheme(types); err != nil {
		return err
	}
	if c.http, err = rest.HTTPClientFor(c.config); err != nil {
		return err
	}
	if c.client, err = client.New(c.config, client.Options{HTTPClient: c.http, Scheme: types}); err != nil {
		return err
	}
	if c.etcd, err = c.pid("etcd"); err != nil {
		return err
	}
	c.apiServer, err = c.pid("kube-apiserver")
	return err
}

// pid reads a server's process id from where localcluster keeps it.
func (c *cluster) pid(server string) (int, error) {
	content, err := os.ReadFile(filepath.Join(c.dir, server+".pid"))
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(strings.TrimSpace(string(content)))
}
