// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package faults_test

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"net"
	"net/url"
	"sync"
	"sync/atomic"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

// moment is when an append is cut.
type moment int

const (
	never moment = iota
	// beforeSend: the server has got nothing of the batch.
	beforeSend
	// halfSent: the server has got half of the bytes of the batch.
	halfSent
	// afterSend: the server has got all of the batch, and the client has got
	// nothing of what it says.
	afterSend
	// afterCommit: the server has done it and said so, and the client has got
	// nothing of what it says.
	afterCommit
)

var moments = []moment{beforeSend, halfSent, afterSend, afterCommit}

func (m moment) String() string {
	return [...]string{"never", "before it is sent", "in the middle of it", "after it was sent", "after the commit"}[m]
}

// proxy stands between committers and a PostgreSQL, understands what goes
// through it, and cuts connections at chosen moments.
type proxy struct {
	listener net.Listener
	target   atomic.Pointer[string]
	// choose is asked at each append when it is to be cut.
	choose atomic.Pointer[func() moment]
	// reached is called when the moment has come, before the connection is cut.
	reached atomic.Pointer[func(moment)]
	// cuts counts the connections that were cut.
	cuts atomic.Int64

	mu       sync.Mutex
	sessions map[*session]bool
	down     bool
	running  sync.WaitGroup
}

// startProxy starts a proxy in front of the server that a URL names, and returns
// the URL by which the server is reached through it.
func startProxy(server string) (p *proxy, through string) {
	GinkgoHelper()
	listener, err := (&net.ListenConfig{}).Listen(GinkgoT().Context(), "tcp", "127.0.0.1:0")
	Expect(err).NotTo(HaveOccurred())
	p = &proxy{listener: listener, sessions: map[*session]bool{}}
	p.direct(server)
	p.cutWhen(func() moment { return never })
	p.whenReached(func(moment) {})
	p.running.Go(p.accept)
	DeferCleanup(func() {
		Expect(listener.Close()).To(Succeed())
		p.refuse()
		p.running.Wait()
	})
	parsed, err := url.Parse(server)
	Expect(err).NotTo(HaveOccurred())
	parsed.Host = listener.Addr().String()
	return p, parsed.String()
}

// direct makes new connections go to the server that a URL names.
func (p *proxy) direct(server string) {
	GinkgoHelper()
	parsed, err := url.Parse(server)
	Expect(err).NotTo(HaveOccurred())
	p.target.Store(&parsed.Host)
}

func (p *proxy) cutWhen(choose func() moment)     { p.choose.Store(&choose) }
func (p *proxy) whenReached(reached func(moment)) { p.reached.Store(&reached) }

// cutAll cuts every connection there is.
func (p *proxy) cutAll() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for s := range p.sessions {
		p.cuts.Add(1)
		s.cut()
	}
}

// refuse cuts every connection and lets none in any more.
func (p *proxy) refuse() {
	p.mu.Lock()
	p.down = true
	p.mu.Unlock()
	p.cutAll()
}

// admit ends refuse.
func (p *proxy) admit() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.down = false
}

func (p *proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		p.running.Go(func() { p.serve(client) })
	}
}

func (p *proxy) serve(client net.Conn) {
	defer client.Close() //nolint:errcheck // it may have been cut
	server, err := net.Dial("tcp", *p.target.Load())
	if err != nil {
		return
	}
	defer server.Close() //nolint:errcheck // it may have been cut
	s := &session{proxy: p, client: client, server: server}
	p.mu.Lock()
	down := p.down
	if !down {
		p.sessions[s] = true
	}
	p.mu.Unlock()
	if down {
		return
	}
	defer func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		delete(p.sessions, s)
	}()
	var answers sync.WaitGroup
	requests := bufio.NewReader(client)
	if s.greet(requests) {
		answers.Go(s.answers)
		s.requests(requests)
	}
	s.cut()
	answers.Wait()
}

// session is one connection through the proxy.
type session struct {
	proxy          *proxy
	client, server net.Conn
	// cutting is when the append that is under way is cut.
	cutting atomic.Int32
}

// cut closes both ends. Nothing is read from the client's end before it is
// closed, so that what the server has got already stays with it.
func (s *session) cut() {
	_ = s.client.Close() // it may be closed
	_ = s.server.Close() // it may be closed
}

// reach cuts the session, as the moment has come.
func (s *session) reach(m moment) {
	(*s.proxy.reached.Load())(m)
	s.proxy.cuts.Add(1)
	s.cut()
}

// greet hands the first message on, and reports whether others follow it.
func (s *session) greet(requests *bufio.Reader) bool {
	for {
		first, err := readMessage(requests, 0)
		if err != nil || len(first) < 8 {
			return false
		}
		code := binary.BigEndian.Uint32(first[4:])
		if code == codeTLS || code == codeGSS {
			if _, err := s.client.Write([]byte{'N'}); err != nil {
				return false
			}
			continue
		}
		_, err = s.server.Write(first)
		return err == nil && code != codeCancel
	}
}

// requests hands on what the client says.
func (s *session) requests(from *bufio.Reader) {
	known := statements{}
	var held bytes.Buffer
	for {
		m, err := readMessage(from, 1)
		if err != nil {
			return
		}
		if known.appending(m) {
			s.cutting.Store(int32((*s.proxy.choose.Load())())) //nolint:gosec // few
		}
		held.Write(m)
		cutting := moment(s.cutting.Load())
		if cutting == beforeSend {
			s.reach(beforeSend)
			return
		}
		if m.kind() != msgSync && m.kind() != msgQuery && cutting == halfSent {
			continue // until it is known how much half of it is
		}
		hand := held.Bytes()
		if cutting == halfSent {
			hand = hand[:len(hand)/2]
		}
		if _, err := s.server.Write(hand); err != nil {
			return
		}
		held.Reset()
		if cutting == halfSent || cutting == afterSend && (m.kind() == msgSync || m.kind() == msgQuery) {
			s.reach(cutting)
			return
		}
	}
}

// answers hands on what the server says, up to each time it is ready again.
func (s *session) answers() {
	defer s.cut()
	from := bufio.NewReader(s.server)
	var held bytes.Buffer
	for {
		m, err := readMessage(from, 1)
		if err != nil {
			_, _ = s.client.Write(held.Bytes()) // the server's last words
			return
		}
		held.Write(m)
		cutting, ready := moment(s.cutting.Load()), m.kind() == msgReady
		if cutting == afterCommit && ready && m.body()[0] == idleStatus {
			s.reach(afterCommit)
			return
		}
		if !ready && (cutting != never || from.Buffered() > 0) {
			continue
		}
		if _, err := s.client.Write(held.Bytes()); err != nil {
			return
		}
		held.Reset()
	}
}
