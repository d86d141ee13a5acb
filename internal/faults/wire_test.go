// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package faults_test

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"regexp"
)

// The messages of PostgreSQL's protocol that matter here, by their first byte.
const (
	msgParse   = 'P'
	msgBind    = 'B'
	msgQuery   = 'Q'
	msgClose   = 'C'
	msgSync    = 'S'
	msgReady   = 'Z'
	idleStatus = 'I'
)

// The first message of a connection has no kind; its code tells what is wanted.
const (
	codeCancel = 80877102
	codeTLS    = 80877103
	codeGSS    = 80877104
)

// message is one message as it is on the wire, its kind and length included.
type message []byte

func (m message) kind() byte   { return m[0] }
func (m message) body() []byte { return m[5:] }

// text is the string at the start of the bytes, and what is after it.
func text(from []byte) (string, []byte) {
	end := bytes.IndexByte(from, 0)
	if end < 0 {
		return string(from), nil
	}
	return string(from[:end]), from[end+1:]
}

var errLength = errors.New("the length of a message is out of bounds")

// readMessage reads a message, with its kind or, at the start of a connection,
// without one.
func readMessage(from *bufio.Reader, kind int) (message, error) {
	header, err := from.Peek(kind + 4)
	if err != nil {
		return nil, err
	}
	length := int(binary.BigEndian.Uint32(header[kind:]))
	if length < 4 || length > 1<<30 {
		return nil, errLength
	}
	m := make(message, kind+length)
	_, err = io.ReadFull(from, m)
	return m, err
}

// appends tells of which statements an append of a batch has one.
var appends = regexp.MustCompile(`(?i)\binsert\s+into\s+batch\b`)

// statements follow what a client prepared.
type statements map[string]string

// appending reports whether a message of the client makes the server write a
// batch.
func (s statements) appending(m message) bool {
	switch m.kind() {
	case msgParse:
		name, rest := text(m.body())
		s[name], _ = text(rest)
	case msgQuery:
		query, _ := text(m.body())
		return appends.MatchString(query)
	case msgBind:
		_, rest := text(m.body())
		name, _ := text(rest)
		return appends.MatchString(s[name])
	}
	return false
}
