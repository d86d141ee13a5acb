// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/watch"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/prepay-operator/prepay-operator/api/v1alpha1"
)

// watched is what the bench reads of a watch event. A typed watch would decode
// every object whole, and what the bench uses is taken from both sorts of
// slice alike, which flatters the ratio.
type watched struct {
	Type   string `json:"type"`
	Object struct {
		Metadata struct {
			Name            string `json:"name"`
			ResourceVersion string `json:"resourceVersion"`
		} `json:"metadata"`
		Status struct {
			Conditions []struct{ Type, Status, Reason, Message string } `json:"conditions"`
		} `json:"status"`
		// An event of type ERROR carries a Status instead of a top-up.
		Message string `json:"message"`
	} `json:"object"`
}

// completions is a watch on the top-ups of a slice.
type completions struct {
	cluster *cluster
	prefix  string
	// since is the store's revision that the watch begins at, and seen that of
	// the newest event.
	since, seen int64
	stream      io.ReadCloser
}

// watchCompletions begins to watch top-ups whose names begin with prefix. The
// context ends the watch.
func watchCompletions(ctx context.Context, c *cluster, prefix string) (*completions, error) {
	var head v1alpha1.TopUpList
	if err := c.client.List(ctx, &head, client.InNamespace(namespace), client.Limit(1)); err != nil {
		return nil, err
	}
	since, err := strconv.ParseInt(head.ResourceVersion, 10, 64)
	if err != nil {
		return nil, err
	}
	w := &completions{cluster: c, prefix: prefix, since: since, seen: since}
	return w, w.open(ctx)
}

// open asks for the events after the newest one seen.
func (w *completions) open(ctx context.Context) error {
	url := fmt.Sprintf("%s/apis/%s/namespaces/%s/topups?watch=true&resourceVersion=%d",
		w.cluster.config.Host, v1alpha1.GroupVersion, namespace, w.seen)
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	response, err := w.cluster.http.Do(request)
	if err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return errors.Join(fmt.Errorf("watching top-ups: %s", response.Status), response.Body.Close())
	}
	w.stream = response.Body
	return nil
}

// await returns when as many top-ups have been seen with Ready=True, and the
// number of writes to the store since the watch began: the revision counts
// them, whoever wrote what. A top-up that ends otherwise is an error.
func (w *completions) await(ctx context.Context, count int) (writes int64, err error) {
	done := make(map[string]bool, count)
	for {
		err := w.read(done, count)
		if err := errors.Join(err, w.stream.Close()); err != nil {
			return 0, fmt.Errorf("%d of %d top-ups completed: %w", len(done), count, err)
		}
		if len(done) == count {
			return w.seen - w.since, nil
		}
		// The server ends the watch of a client that is slow to read for a
		// moment, as any may be on a machine that is fully used; it is asked for
		// the rest.
		if err := w.open(ctx); err != nil {
			return 0, err
		}
	}
}

// read adds to done what the stream shows as completed, until there are count
// of them or the stream ends.
func (w *completions) read(done map[string]bool, count int) error {
	for decoder := json.NewDecoder(w.stream); len(done) < count; {
		var event watched
		err := decoder.Decode(&event)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if event.Type == string(watch.Error) {
			return fmt.Errorf("watching top-ups: %s", event.Object.Message)
		}
		if w.seen, err = strconv.ParseInt(event.Object.Metadata.ResourceVersion, 10, 64); err != nil {
			return err
		}
		if err := event.note(w.prefix, done); err != nil {
			return err
		}
	}
	return nil
}

// note adds the event's top-up to done if it is one of those with the prefix
// and is completed.
func (e *watched) note(prefix string, done map[string]bool) error {
	name := e.Object.Metadata.Name
	if !strings.HasPrefix(name, prefix) {
		return nil
	}
	for _, condition := range e.Object.Status.Conditions {
		switch {
		case condition.Status != string(metav1.ConditionTrue):
		case condition.Type == v1alpha1.ConditionReady:
			done[name] = true
		case condition.Type == v1alpha1.ConditionStalled:
			return fmt.Errorf("top-up %s was refused: %s: %s", name, condition.Reason, condition.Message)
		}
	}
	return nil
}
