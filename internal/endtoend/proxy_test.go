// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package endtoend

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"github.com/prepay-operator/prepay-operator/api/v1alpha1"
)

// call is a request to the API server, by what its path says.
type call struct {
	method, resource, namespace, name, subresource string
	body                                           []byte
}

// writes reports whether the call may change something.
func (c *call) writes() bool {
	return slices.Contains([]string{http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete}, c.method)
}

// outcome reports whether the call writes the outcome of a one-shot object, and
// not just what it waits for.
func (c *call) outcome() bool {
	if c.method != http.MethodPut || c.subresource != "status" {
		return false
	}
	var object struct {
		Status v1alpha1.OneShotStatus `json:"status"`
	}
	return json.Unmarshal(c.body, &object) == nil && object.Status.CommittedAt != nil
}

// answer is what the proxy does with a call.
type answer int

const (
	// forward lets the API server answer.
	forward answer = 0
	// hold answers nothing until the client is gone; nothing is forwarded.
	hold answer = -1
	// cut closes the connection; nothing is forwarded.
	cut answer = -2
	// cutAfter forwards the call and closes the connection instead of giving
	// the reply: what was asked for has happened.
	cutAfter answer = -3
	// Any other answer is an HTTP status to fail with; nothing is forwarded.
)

// proxy stands between a manager and the API server, as the administrator.
type proxy struct {
	// kubeconfig is the path of one that leads here.
	kubeconfig string

	mu    sync.Mutex
	rule  func(*call) answer
	calls []call
}

func newProxy(c *cluster) *proxy {
	GinkgoHelper()
	target, err := url.Parse(c.config.Host)
	Expect(err).NotTo(HaveOccurred())
	transport, err := rest.TransportFor(c.config)
	Expect(err).NotTo(HaveOccurred())
	p := &proxy{rule: func(*call) answer { return forward }}
	onward := &httputil.ReverseProxy{
		Rewrite:   func(r *httputil.ProxyRequest) { r.SetURL(target) },
		Transport: transport,
		// Watches are passed on event by event.
		FlushInterval: -1,
		// The manager's end is a part of these specs.
		ErrorHandler: func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) },
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { p.serve(onward, w, r) }))
	DeferCleanup(func() {
		server.CloseClientConnections()
		server.Close()
	})
	p.kubeconfig = filepath.Join(scratch(), "kubeconfig")
	Expect(clientcmd.WriteToFile(clientcmdapi.Config{
		Clusters:       map[string]*clientcmdapi.Cluster{"proxy": {Server: server.URL}},
		Contexts:       map[string]*clientcmdapi.Context{"proxy": {Cluster: "proxy"}},
		CurrentContext: "proxy",
	}, p.kubeconfig)).To(Succeed())
	Expect(os.Chmod(p.kubeconfig, 0o600)).To(Succeed())
	return p
}

// on makes the proxy answer each call as the rule says. The rule is called by
// one call at a time.
func (p *proxy) on(rule func(*call) answer) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.rule = rule
}

// written lists the calls since the last time it was asked that may have changed
// an object of these resources, as in "PUT topups/cash/status".
func (p *proxy) written(resources ...string) []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var found []string
	for _, c := range p.calls {
		if c.writes() && slices.Contains(resources, c.resource) {
			found = append(found, c.method+" "+path.Join(c.resource, c.name, c.subresource))
		}
	}
	p.calls = nil
	return found
}

func (p *proxy) serve(onward http.Handler, w http.ResponseWriter, r *http.Request) {
	// A reader of the whole body learns when the client is gone.
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	c := parseCall(r, body)
	p.mu.Lock()
	p.calls = append(p.calls, c)
	verdict := p.rule(&c)
	p.mu.Unlock()
	switch verdict {
	case forward:
		onward.ServeHTTP(w, r)
	case hold:
		<-r.Context().Done()
	case cutAfter:
		onward.ServeHTTP(httptest.NewRecorder(), r)
		abort()
	case cut:
		abort()
	default:
		refuse(w, int(verdict))
	}
}

// abort closes the connection. net/http takes this panic for that.
func abort() { panic(http.ErrAbortHandler) }

// refuse answers with an error as the API server words it.
func refuse(w http.ResponseWriter, code int) {
	status := metav1.Status{
		TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Status"},
		Status:   metav1.StatusFailure, Code: int32(code), Message: "made up by the test",
		Reason: map[int]metav1.StatusReason{
			http.StatusConflict:            metav1.StatusReasonConflict,
			http.StatusTooManyRequests:     metav1.StatusReasonTooManyRequests,
			http.StatusInternalServerError: metav1.StatusReasonInternalError,
		}[code],
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(status) // the client may have gone
}

// parseCall reads /apis/GROUP/VERSION[/namespaces/NS]/RESOURCE[/NAME[/SUB]].
func parseCall(r *http.Request, body []byte) call {
	c := call{method: r.Method, body: body}
	parts := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	switch {
	case len(parts) > 3 && parts[0] == "apis":
		parts = parts[3:]
	case len(parts) > 2 && parts[0] == "api":
		parts = parts[2:]
	default:
		return c
	}
	if parts[0] == "namespaces" && len(parts) > 2 {
		c.namespace, parts = parts[1], parts[2:]
	}
	for i, field := range []*string{&c.resource, &c.name, &c.subresource} {
		if i < len(parts) {
			*field = parts[i]
		}
	}
	return c
}
