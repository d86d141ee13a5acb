// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package postgrestest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"maps"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

const loopback = "127.0.0.1"

func (s *Server) data() string    { return filepath.Join(s.dir, "data") }
func (s *Server) logPath() string { return filepath.Join(s.dir, "log") }

// CAFile is the certificate authority that issued the server's certificate, in
// PEM, where Options.TLS asked for one.
func (s *Server) CAFile() string { return filepath.Join(s.dir, "ca.crt") }

// write writes a file that only the server's user and root may read.
func (s *Server) write(path, content string) error {
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		return err
	}
	return s.own(path)
}

// configure writes postgresql.conf and pg_hba.conf. The settings are in the file
// and not on the command line so that ALTER SYSTEM can change them.
func (s *Server) configure() error {
	settings := map[string]string{
		"listen_addresses":        loopback,
		"port":                    strconv.Itoa(s.port),
		"unix_socket_directories": "",
		"fsync":                   "on",
		"synchronous_commit":      "on",
		"full_page_writes":        "on",
		"max_connections":         "200",
		"timezone":                "UTC",
		"log_timezone":            "UTC",
		// In the data directory: what lies in /dev/shm outlives a killed server.
		"dynamic_shared_memory_type": "mmap",
		"log_line_prefix":            "%m [%p] %q%u@%d ",
		"password_encryption":        "scram-sha-256",
	}
	if s.options.TLS {
		settings["ssl"] = "on"
		settings["ssl_cert_file"] = s.certificatePath()
		settings["ssl_key_file"] = s.keyPath()
	}
	maps.Copy(settings, s.options.Settings)
	var conf strings.Builder
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		value := strings.NewReplacer(`'`, `''`, `\`, `\\`).Replace(settings[name])
		fmt.Fprintf(&conf, "%s = '%s'\n", name, value)
	}
	if err := s.write(filepath.Join(s.data(), "postgresql.conf"), conf.String()); err != nil {
		return err
	}
	kind, method := "host", "trust"
	if s.options.TLS {
		kind = "hostssl"
	}
	if s.options.Password != "" {
		method = "scram-sha-256"
	}
	hba := fmt.Sprintf("%[1]s all all %[2]s/32 %[3]s\n%[1]s replication all %[2]s/32 %[3]s\n", kind, loopback, method)
	return s.write(filepath.Join(s.data(), "pg_hba.conf"), hba)
}

func (s *Server) certificatePath() string { return filepath.Join(s.dir, "server.crt") }
func (s *Server) keyPath() string         { return filepath.Join(s.dir, "server.key") }

// certify issues the server's certificate, by an authority made for it alone.
func (s *Server) certify() error {
	authority := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		Subject:      pkix.Name{CommonName: "postgrestest"},
		NotBefore:    time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(1, 0, 0),
		IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign,
	}
	authorityKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	server := &x509.Certificate{
		SerialNumber: big.NewInt(2),
		Subject:      pkix.Name{CommonName: "localhost"},
		NotBefore:    authority.NotBefore, NotAfter: authority.NotAfter,
		DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.ParseIP(loopback)},
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	serverKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	authorityDER, err := x509.CreateCertificate(rand.Reader, authority, authority, authorityKey.Public(), authorityKey)
	if err != nil {
		return err
	}
	serverDER, err := x509.CreateCertificate(rand.Reader, server, authority, serverKey.Public(), authorityKey)
	if err != nil {
		return err
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(serverKey)
	if err != nil {
		return err
	}
	for _, file := range []struct {
		path, kind string
		der        []byte
	}{
		{s.CAFile(), "CERTIFICATE", authorityDER},
		{s.certificatePath(), "CERTIFICATE", serverDER},
		{s.keyPath(), "PRIVATE KEY", keyDER},
	} {
		block := pem.EncodeToMemory(&pem.Block{Type: file.kind, Bytes: file.der})
		if err := s.write(file.path, string(block)); err != nil {
			return err
		}
	}
	return nil
}
