// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

const certificateLifetime = 10 * 365 * 24 * time.Hour

// authority signs certificates. Its key is never written to disk.
type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
	pem         []byte
}

// keyPair is a certificate and its key in PEM.
type keyPair struct{ certificate, key []byte }

// credentials is all that the servers and their clients need to know each
// other. etcd has an authority of its own: a certificate for the API server
// must open no door to the store below it.
type credentials struct {
	etcdCA, clusterCA                         []byte
	etcdServer, etcdClient, apiServer, admin  keyPair
	serviceAccountKey, serviceAccountVerifier []byte
}

func newCredentials() (*credentials, error) {
	etcdCA, err := newAuthority("etcd")
	if err != nil {
		return nil, err
	}
	clusterCA, err := newAuthority("cluster")
	if err != nil {
		return nil, err
	}
	c := &credentials{etcdCA: etcdCA.pem, clusterCA: clusterCA.pem}
	var errs [4]error
	c.etcdServer, errs[0] = etcdCA.issue(pkix.Name{CommonName: "etcd"})
	c.etcdClient, errs[1] = etcdCA.issue(pkix.Name{CommonName: "kube-apiserver"})
	c.apiServer, errs[2] = clusterCA.issue(pkix.Name{CommonName: "kube-apiserver"})
	c.admin, errs[3] = clusterCA.issue(pkix.Name{CommonName: "admin", Organization: []string{"system:masters"}})
	if err := errors.Join(errs[:]...); err != nil {
		return nil, err
	}
	return c, c.makeServiceAccountKey()
}

func (c *credentials) makeServiceAccountKey() error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	public, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		return err
	}
	c.serviceAccountVerifier = encodePEM("PUBLIC KEY", public)
	c.serviceAccountKey, err = encodeKey(key)
	return err
}

// write stores the files that the servers read. The administrator's key goes
// into the kubeconfig alone.
func (c *credentials) write(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	for name, content := range map[string][]byte{
		"etcd-ca.crt":     c.etcdCA,
		"etcd-server.crt": c.etcdServer.certificate,
		"etcd-server.key": c.etcdServer.key,
		"etcd-client.crt": c.etcdClient.certificate,
		"etcd-client.key": c.etcdClient.key,
		"ca.crt":          c.clusterCA,
		"apiserver.crt":   c.apiServer.certificate,
		"apiserver.key":   c.apiServer.key,
		"sa.key":          c.serviceAccountKey,
		"sa.pub":          c.serviceAccountVerifier,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// adminTLS is the administrator's client configuration.
func (c *credentials) adminTLS() (*tls.Config, error) {
	pair, err := tls.X509KeyPair(c.admin.certificate, c.admin.key)
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(c.clusterCA)
	return &tls.Config{Certificates: []tls.Certificate{pair}, RootCAs: roots, MinVersion: tls.VersionTLS13}, nil
}

func newAuthority(name string) (*authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template, err := certificateTemplate(pkix.Name{CommonName: "prepay local " + name + " CA"})
	if err != nil {
		return nil, err
	}
	template.IsCA, template.BasicConstraintsValid = true, true
	template.KeyUsage = x509.KeyUsageCertSign
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return nil, fmt.Errorf("creating the %s authority: %w", name, err)
	}
	certificate, err := x509.ParseCertificate(der)
	return &authority{certificate: certificate, key: key, pem: encodePEM("CERTIFICATE", der)}, err
}

// issue makes a certificate for loopback, for a server as well as a client:
// etcd's gateway calls its own listener with its server certificate.
func (a *authority) issue(subject pkix.Name) (keyPair, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return keyPair{}, err
	}
	template, err := certificateTemplate(subject)
	if err != nil {
		return keyPair{}, err
	}
	template.KeyUsage = x509.KeyUsageDigitalSignature
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}
	template.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1)}
	template.DNSNames = []string{"localhost"}
	der, err := x509.CreateCertificate(rand.Reader, template, a.certificate, &key.PublicKey, a.key)
	if err != nil {
		return keyPair{}, fmt.Errorf("issuing a certificate for %s: %w", subject.CommonName, err)
	}
	encoded, err := encodeKey(key)
	return keyPair{certificate: encodePEM("CERTIFICATE", der), key: encoded}, err
}

func certificateTemplate(subject pkix.Name) (*x509.Certificate, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return nil, err
	}
	now := time.Now()
	return &x509.Certificate{
		SerialNumber: serial,
		Subject:      subject,
		NotBefore:    now.Add(-time.Hour),
		NotAfter:     now.Add(certificateLifetime),
	}, nil
}

func encodeKey(key *ecdsa.PrivateKey) ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	return encodePEM("PRIVATE KEY", der), err
}

func encodePEM(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}
