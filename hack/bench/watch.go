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

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/watch"

	"github.com/prepay-operator/prepay-operator/api/v1alpha1"
)

// event is what the bench reads of a watch event, with S of the object's status.
// A typed watch would decode every object whole, and what the bench uses is
// taken from both sorts of slice alike, which flatters the ratio.
type event[S any] struct {
	Type   string `json:"type"`
	Object struct {
		Metadata struct {
			Name            string `json:"name"`
			ResourceVersion string `json:"resourceVersion"`
		} `json:"metadata"`
		Status S `json:"status"`
		// An event of type ERROR carries a Status instead of an object.
		Message string `json:"message"`
	} `json:"object"`
}

// watching is a watch on the objects of one resource.
type watching[S any] struct {
	cluster  *cluster
	resource string
	// since is the store's revision that the watch begins at, and seen that of
	// the newest event.
	since, seen int64
	stream      io.ReadCloser
}

// watchFromNow begins to watch a resource of the bench's namespace. The context
// ends the watch.
func watchFromNow[S any](ctx context.Context, c *cluster, resource string) (*watching[S], error) {
	body, err := c.get(ctx, resourceURL(c, resource)+"?limit=1")
	if err != nil {
		return nil, err
	}
	var head metav1.PartialObjectMetadataList
	if err := errors.Join(json.NewDecoder(body).Decode(&head), body.Close()); err != nil {
		return nil, err
	}
	since, err := strconv.ParseInt(head.ResourceVersion, 10, 64)
	if err != nil {
		return nil, err
	}
	w := &watching[S]{cluster: c, resource: resource, since: since, seen: since}
	return w, w.open(ctx)
}

func resourceURL(c *cluster, resource string) string {
	return fmt.Sprintf("%s/apis/%s/namespaces/%s/%s", c.config.Host, v1alpha1.GroupVersion, namespace, resource)
}

// get asks the API server; the caller closes what it answers.
func (c *cluster) get(ctx context.Context, url string) (io.ReadCloser, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	response, err := c.http.Do(request)
	if err != nil {
		return nil, err
	}
	if response.StatusCode != http.StatusOK {
		return nil, errors.Join(fmt.Errorf("%s: %s", url, response.Status), response.Body.Close())
	}
	return response.Body, nil
}

// open asks for the events after the newest one seen.
func (w *watching[S]) open(ctx context.Context) (err error) {
	w.stream, err = w.cluster.get(ctx, fmt.Sprintf("%s?watch=true&resourceVersion=%d", resourceURL(w.cluster, w.resource), w.seen))
	return err
}

// each calls see with every event until that says it has enough. The server
// ends the watch of a client that is slow to read for a moment, as any may be on
// a machine that is fully used; it is asked for the rest.
func (w *watching[S]) each(ctx context.Context, see func(*event[S]) (enough bool, err error)) error {
	for {
		enough, err := w.read(see)
		if err := errors.Join(err, w.stream.Close()); err != nil || enough {
			return err
		}
		if err := w.open(ctx); err != nil {
			return err
		}
	}
}

func (w *watching[S]) read(see func(*event[S]) (bool, error)) (enough bool, err error) {
	for decoder := json.NewDecoder(w.stream); !enough; {
		var e event[S]
		err := decoder.Decode(&e)
		if errors.Is(err, io.EOF) {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		if e.Type == string(watch.Error) {
			return false, fmt.Errorf("watching %s: %s", w.resource, e.Object.Message)
		}
		if w.seen, err = strconv.ParseInt(e.Object.Metadata.ResourceVersion, 10, 64); err != nil {
			return false, err
		}
		if enough, err = see(&e); err != nil {
			return false, err
		}
	}
	return true, nil
}
