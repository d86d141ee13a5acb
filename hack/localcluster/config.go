// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
)

func (c *cluster) etcdArgs(clientURL, peerURL string) []string {
	return []string{
		"--name=local",
		"--data-dir=" + filepath.Join(c.dir, "etcd"),
		"--listen-client-urls=" + clientURL,
		"--advertise-client-urls=" + clientURL,
		"--listen-peer-urls=" + peerURL,
		"--initial-advertise-peer-urls=" + peerURL,
		"--initial-cluster=local=" + peerURL,
		"--client-cert-auth",
		"--trusted-ca-file=" + c.pki("etcd-ca.crt"),
		"--cert-file=" + c.pki("etcd-server.crt"),
		"--key-file=" + c.pki("etcd-server.key"),
		"--peer-client-cert-auth",
		"--peer-trusted-ca-file=" + c.pki("etcd-ca.crt"),
		"--peer-cert-file=" + c.pki("etcd-server.crt"),
		"--peer-key-file=" + c.pki("etcd-server.key"),
		"--log-level=warn",
	}
}

func (c *cluster) apiServerArgs(etcdURL string, port int) []string {
	return []string{
		"--etcd-servers=" + etcdURL,
		"--etcd-cafile=" + c.pki("etcd-ca.crt"),
		"--etcd-certfile=" + c.pki("etcd-client.crt"),
		"--etcd-keyfile=" + c.pki("etcd-client.key"),
		"--bind-address=127.0.0.1",
		// Without it the server looks for an address on the default route, which an
		// offline machine does not have.
		"--advertise-address=127.0.0.1",
		fmt.Sprintf("--secure-port=%d", port),
		"--tls-cert-file=" + c.pki("apiserver.crt"),
		"--tls-private-key-file=" + c.pki("apiserver.key"),
		"--client-ca-file=" + c.pki("ca.crt"),
		"--authorization-mode=RBAC",
		"--service-account-issuer=https://kubernetes.default.svc",
		"--service-account-key-file=" + c.pki("sa.pub"),
		"--service-account-signing-key-file=" + c.pki("sa.key"),
		"--service-cluster-ip-range=10.0.0.0/24",
		// No controller manager makes service accounts here, so pods (which no
		// node would run either) could not be created with this plugin.
		"--disable-admission-plugins=ServiceAccount",
		// Endpoints may not be loopback addresses; nothing here looks for the
		// API server through its Service.
		"--endpoint-reconciler-type=none",
	}
}

const kubeconfigTemplate = `apiVersion: v1
kind: Config
current-context: local
clusters:
- name: local
  cluster:
    server: %s
    certificate-authority-data: %s
users:
- name: admin
  user:
    client-certificate-data: %s
    client-key-data: %s
contexts:
- name: local
  context:
    cluster: local
    user: admin
`

// writeKubeconfig replaces the file in one step: a reader sees the old or the
// new cluster, never half a file.
func writeKubeconfig(path, url string, creds *credentials) error {
	encode := base64.StdEncoding.EncodeToString
	content := fmt.Sprintf(kubeconfigTemplate, url,
		encode(creds.clusterCA), encode(creds.admin.certificate), encode(creds.admin.key))
	next := path + ".next"
	if err := os.WriteFile(next, []byte(content), 0o600); err != nil {
		return err
	}
	return os.Rename(next, path)
}
