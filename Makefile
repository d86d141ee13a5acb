# `make help` lists what can be made. Needs Go, make, git and, for the race
# detector and sqllint, a C compiler: every other tool is built from its Go module
# into bin/.
# The tests need PostgreSQL too: see `make postgres`.

SHELL := /bin/sh
.DELETE_ON_ERROR:
.SUFFIXES:
# A workspace file above this directory must not change what is built here.
export GOWORK := off
# Nor may a person's kubectl preferences change what is applied.
export KUBERC := off

STATE := .local

# An inherited KUBECONFIG is ignored: it may point to production. Another
# cluster than the local one is named with CLUSTER_KUBECONFIG, for this project
# and on purpose.
CLUSTER_KUBECONFIG ?=
# Not every shell expands the tilde in NAME=~/path.
override export KUBECONFIG := $(if $(CLUSTER_KUBECONFIG),$(patsubst ~/%,$(HOME)/%,$(CLUSTER_KUBECONFIG)),$(STATE)/kubeconfig)

# kube-apiserver, etcd and kubectl: built here unless KUBEBUILDER_ASSETS says
# where they are.
ifdef KUBEBUILDER_ASSETS
ASSETS := $(KUBEBUILDER_ASSETS)
K8S := check-assets
else
ASSETS := $(CURDIR)/bin/k8s
K8S := bin/k8s/.built
endif
KUBECTL := "$(ASSETS)/kubectl"
LOCALCLUSTER := bin/localcluster --assets "$(ASSETS)"

CONTROLLER_GEN := bin/controller-gen
GOLANGCI_LINT := bin/golangci-lint

CONTAINER_TOOL ?= docker
PLATFORMS ?= linux/amd64,linux/arm64
OPERATIONS ?= 1000000
IMG ?=
# What is deployed: config/default (SQLite) or config/postgres.
OVERLAY ?= config/default

SYSTEM := prepay-operator-system
OURS := --selector app.kubernetes.io/name=prepay-operator

INSTALL_CRDS := $(KUBECTL) apply --server-side --force-conflicts -k config/crd \
	&& $(KUBECTL) wait --for=condition=Established --timeout=60s -f config/crd/bases

.PHONY: help
help: ## Show this list.
	@sed -n -e 's/^##@ \(.*\)/\n\1/p' -e 's/^\([a-z-]*\):.*## \(.*\)/  \1\t\2/p' Makefile | expand -t 20

##@ See it work

.PHONY: demo
demo: local-only bin/localcluster $(K8S) ## Play the samples on an empty cluster of their own, show the outcome, stop.
	go build -tags demo -o bin/manager-demo .
	@exec $(LOCALCLUSTER) --state $(STATE)/demo --fresh run hack/demo.sh $(KUBECTL) bin/manager-demo "$(abspath $(STATE))/demo/ledger.db"

.PHONY: run
run: local-only bin/localcluster $(K8S) build ## Start the local cluster and the manager in the foreground; Ctrl-C stops both. ARGS=… for the manager.
	@exec $(LOCALCLUSTER) --state $(STATE) run /bin/sh -ec \
		'$(INSTALL_CRDS); exec bin/manager "--ledger=sqlite://$(abspath $(STATE))/ledger.db" --health-probe-bind-address=127.0.0.1:8081 $(ARGS)'

.PHONY: run-postgres
run-postgres: local-only postgres bin/localcluster $(K8S) build ## The same with the ledger in a PostgreSQL of its own, on another local cluster.
	@go build -o bin/localpostgres ./hack/postgres
	@exec $(LOCALCLUSTER) --state $(STATE)/postgres run bin/localpostgres --dir $(STATE)/postgres/ledger run /bin/sh -ec \
		'$(INSTALL_CRDS); exec hack/run-postgres.sh bin/manager --health-probe-bind-address=127.0.0.1:8081 $(ARGS)'

##@ Cluster

.PHONY: cluster-up
cluster-up: bin/localcluster $(K8S) ## Start etcd and kube-apiserver on loopback in the background.
	@$(LOCALCLUSTER) --state $(STATE) up

.PHONY: cluster-down
cluster-down: bin/localcluster ## Stop them and remove their state and the ledger, those of run-postgres too.
	@$(LOCALCLUSTER) --state $(STATE) down
	@[ ! -d $(STATE)/postgres ] || $(LOCALCLUSTER) --state $(STATE)/postgres down

.PHONY: install
install: $(if $(CLUSTER_KUBECONFIG),$(K8S),cluster-up) ## Apply the CRDs.
	@$(print-server)
	$(INSTALL_CRDS)

.PHONY: uninstall
uninstall: $(K8S) ## Delete the CRDs, and with them every object of their kinds. Needs a running manager.
	@$(print-server)
	@echo "deleting every PrepayAccount and Bucket, as their deletionPolicy says; the manager has to run for that"
	$(KUBECTL) delete --all --all-namespaces --ignore-not-found --timeout=60s buckets.prepay.dev
	$(KUBECTL) delete --all --all-namespaces --ignore-not-found --timeout=60s prepayaccounts.prepay.dev
	$(KUBECTL) delete --ignore-not-found --timeout=60s -k config/crd

.PHONY: deploy
deploy: other-cluster-only build-installer ## Deploy the manager with IMG=… to the cluster of CLUSTER_KUBECONFIG=…. OVERLAY=config/postgres for PostgreSQL, config/policy to stamp who asked.
	@$(print-server)
	$(KUBECTL) apply --server-side --force-conflicts -f dist/install.yaml

.PHONY: undeploy
undeploy: other-cluster-only $(K8S) ## Delete the manager and its permissions; the CRDs and the ledger stay.
	@$(print-server)
	$(KUBECTL) delete --namespace $(SYSTEM) --timeout=120s $(OURS) deployment,service,serviceaccount,role,rolebinding,poddisruptionbudget,configmap
	$(KUBECTL) delete --timeout=60s $(OURS) clusterrole,clusterrolebinding
	@if $(KUBECTL) api-resources --api-group=admissionregistration.k8s.io --output=name | grep -q ^mutatingadmissionpolicies; then \
		$(KUBECTL) delete --timeout=60s $(OURS) mutatingadmissionpolicybindings,mutatingadmissionpolicies; fi
	@echo "The objects and the money are still there. To delete the objects too, while a manager runs: make uninstall." \
		"Then kubectl delete namespace $(SYSTEM) deletes what is left in it: the ledger's volume, or a database that runs" \
		"there. A database elsewhere stays."

##@ Develop

.PHONY: build
build: ## Build bin/manager.
	go build -o bin/manager .

.PHONY: generate
generate: $(CONTROLLER_GEN) ## Generate deepcopy functions and apply configurations.
	$(CONTROLLER_GEN) object:headerFile=hack/boilerplate.go.txt \
		applyconfiguration:headerFile=hack/boilerplate.go.txt paths=./api/...

.PHONY: manifests
manifests: $(CONTROLLER_GEN) ## Generate the CRDs and the manager's role.
	$(CONTROLLER_GEN) crd paths=./api/... output:crd:artifacts:config=config/crd/bases
	$(CONTROLLER_GEN) rbac:roleName=manager-role paths=./controllers/... output:rbac:artifacts:config=config/rbac

.PHONY: fmt
fmt: $(GOLANGCI_LINT) ## Format the Go files.
	$(GOLANGCI_LINT) fmt ./...

.PHONY: vet
vet: ## Run go vet.
	go vet ./...
	go -C hack/localcluster vet .
	go -C hack/sqllint vet .

.PHONY: lint
lint: $(GOLANGCI_LINT) bin/sqllint ## Run golangci-lint, on the API kube-api-linter, and on the SQL for PostgreSQL sqllint.
	$(GOLANGCI_LINT) run ./...
	$(GOLANGCI_LINT) run --config .golangci-kal.yml ./api/...
	cd hack/localcluster && ../../$(GOLANGCI_LINT) run --config ../../.golangci.yml .
	cd hack/sqllint && ../../$(GOLANGCI_LINT) run --config ../../.golangci.yml .
	bin/sqllint internal/ledger/postgres

.PHONY: postgres
postgres: ## Check that PostgreSQL is there for the tests; INSTALL=1 installs Debian's package.
	@hack/require-postgres.sh

.PHONY: test-fast
test-fast: ## Run the tests that need no server; under a minute.
	go test -short $$(go list ./internal/... | grep -v -e /endtoend -e /faults -e /postgres)

# SQLite is C that was translated to Go: its reads and writes are not ours to watch,
# and to watch them costs more than all the rest.
RACE := -race '-gcflags=modernc.org/...=-race=false -d=checkptr=0'

.PHONY: test
test: $(K8S) postgres ## Run every test, with the race detector.
	CGO_ENABLED=1 go -C hack/localcluster test -race .
	CGO_ENABLED=1 go -C hack/sqllint test .
	CGO_ENABLED=1 KUBEBUILDER_ASSETS="$(ASSETS)" go test $(RACE) -count=1 -timeout 20m $$(go list ./... | grep -v /faults)
	CGO_ENABLED=1 go -C internal/faults test $(RACE) -count=1 -timeout 20m -ginkgo.succinct -operations=100000

.PHONY: test-soak
test-soak: postgres ## Try a million operations and more under the faults of internal/faults; prints what was lost and doubled. OPERATIONS=… for another number.
	go -C internal/faults test -count=1 -timeout 3h -ginkgo.succinct -operations=$(OPERATIONS)

.PHONY: test-failover
test-failover: postgres ## Kill the leaders of a Patroni cluster under load and show that nothing is lost; about 10 minutes. INSTALL=1 installs what is missing; ARGS=… for the program.
	@hack/failover/require.sh
	go run ./hack/failover $(ARGS)

.PHONY: bench
bench: bin/localcluster $(K8S) build postgres ## Measure objects per second against the API server's own limit, how balances are shown, and a restart. ARGS=… for the benchmark, -h lists them.
	KUBEBUILDER_ASSETS="$(ASSETS)" go run ./hack/bench $(ARGS)

.PHONY: bench-ledger
bench-ledger: postgres ## Measure the ledger's transfers per second against TPC-B, row locks and its own limit. ARGS=… for the benchmark, -h lists them.
	GOGC=200 go run ./hack/bench-ledger $(ARGS) # as in config/manager

# ARGS is for this program and not for the benchmarks that it makes.
.PHONY: bench-check
bench-check: ## Run both benchmarks and compare their ratios with hack/bench/ranges.yaml. ARGS="--from FILE" to compare what was printed.
	env -u MAKEFLAGS -u ARGS go run ./hack/bench-check $(ARGS)

.PHONY: verify
verify: bin/localcluster $(K8S) ## Check that generated files are current, the tree is clean, lint passes and manifests are accepted.
	$(MAKE) generate manifests
	go mod tidy -diff
	@echo "git status: clean?"
	@changes=$$(git status --porcelain); [ -z "$$changes" ] || { \
		echo "these files are not committed, or differ from what make generate manifests writes:" >&2; \
		echo "$$changes" >&2; git --no-pager diff >&2; exit 1; }
	$(MAKE) lint
	@for file in $$(git ls-files 'config/*kustomization.yaml'); do \
		echo "kustomize build $${file%/*}"; $(KUBECTL) kustomize "$${file%/*}" > /dev/null || exit 1; done
	$(LOCALCLUSTER) --state $(STATE)/verify --fresh run hack/verify-cluster.sh $(KUBECTL)

##@ Ship

.PHONY: docker-build
docker-build: image-named ## Build the image IMG=… for this machine.
	$(CONTAINER_TOOL) build --tag "$(IMG)" .

.PHONY: docker-buildx
docker-buildx: image-named ## Build and push the image IMG=… for PLATFORMS=….
	$(CONTAINER_TOOL) buildx build --platform "$(PLATFORMS)" --tag "$(IMG)" --push .

.PHONY: build-installer
build-installer: image-named $(K8S) ## Write dist/install.yaml for the image IMG=….
	@mkdir -p dist
	$(KUBECTL) kustomize "$(OVERLAY)" > dist/default.yaml.tmp || { rm -f dist/default.yaml.tmp; exit 1; }
	mv dist/default.yaml.tmp dist/default.yaml
	sed 's|image: controller:latest$$|image: $(IMG)|' dist/default.yaml > dist/install.yaml.tmp
	mv dist/install.yaml.tmp dist/install.yaml

.PHONY: local-only
local-only:
	@[ -z "$(CLUSTER_KUBECONFIG)" ] || { \
		echo "this is for the local cluster only: a ledger on this machine must not serve another cluster." >&2; \
		echo "There: make deploy CLUSTER_KUBECONFIG=$(CLUSTER_KUBECONFIG) IMG=registry.example.com/prepay-operator:v1" >&2; exit 1; }

.PHONY: other-cluster-only
other-cluster-only:
	@[ -n "$(CLUSTER_KUBECONFIG)" ] || { \
		echo "the local cluster has no nodes to run a pod on: there, use make run." >&2; \
		echo "For another cluster: make $(MAKECMDGOALS) CLUSTER_KUBECONFIG=/path/to/its/kubeconfig" >&2; exit 1; }

.PHONY: image-named
image-named:
	@[ -n "$(IMG)" ] || { echo "say which image: IMG=registry.example.com/prepay-operator:v1" >&2; exit 1; }

print-server = [ -f "$(KUBECONFIG)" ] || { echo "there is no kubeconfig $(KUBECONFIG)" >&2; exit 1; }; server=$$($(KUBECTL) config view --minify -o 'jsonpath={.clusters[0].cluster.server}') && echo "cluster: $$server"

# Tools. Each is built again only when its module changes.

bin/localcluster: hack/localcluster/go.mod $(wildcard hack/localcluster/*.go)
	go -C hack/localcluster build -buildvcs=false -o ../../$@ .

$(CONTROLLER_GEN): hack/tools/go.mod hack/tools/go.sum
	@echo "building controller-gen ..."
	@CGO_ENABLED=0 go -C hack/tools build -buildvcs=false -o ../../$@ sigs.k8s.io/controller-tools/cmd/controller-gen

$(GOLANGCI_LINT): hack/tools/go.mod hack/tools/go.sum $(wildcard hack/tools/golangci-lint/*.go)
	@echo "building golangci-lint (about 3 minutes on 2 cores the first time, nothing after that) ..."
	@CGO_ENABLED=0 go -C hack/tools build -buildvcs=false -ldflags='-s -w' -o ../../$@ ./golangci-lint

bin/sqllint: hack/sqllint/go.mod hack/sqllint/go.sum $(wildcard hack/sqllint/*.go)
	@echo "building sqllint with PostgreSQL's parser (about a minute on 2 cores the first time, nothing after that) ..."
	@CGO_ENABLED=1 go -C hack/sqllint build -buildvcs=false -o ../../$@ .

K8S_VERSION := $(shell sed -n 's/.*k8s.io\/kubernetes \(v[^ ]*\).*/\1/p' hack/localcluster/go.mod)
version-flags = -X $(1).gitVersion=$(K8S_VERSION) -X $(1).gitMajor=$(subst v,,$(word 1,$(subst ., ,$(K8S_VERSION)))) \
	-X $(1).gitMinor=$(word 2,$(subst ., ,$(K8S_VERSION))) -X $(1).gitCommit= -X $(1).gitTreeState=clean
K8S_BUILD := CGO_ENABLED=0 go -C hack/localcluster build -buildvcs=false -trimpath \
	-ldflags='-s -w $(call version-flags,k8s.io/component-base/version) $(call version-flags,k8s.io/client-go/pkg/version)'

bin/k8s/.built: hack/localcluster/go.mod hack/localcluster/go.sum
	@echo "building Kubernetes $(K8S_VERSION) from its Go modules: about 4 minutes on 2 cores the first time, nothing after that"
	@mkdir -p bin/k8s
	@echo "  etcd (1 of 3) ..."
	@$(K8S_BUILD) -o ../../bin/k8s/etcd go.etcd.io/etcd/server/v3
	@echo "  kubectl (2 of 3) ..."
	@$(K8S_BUILD) -o ../../bin/k8s/kubectl k8s.io/kubernetes/cmd/kubectl
	@echo "  kube-apiserver (3 of 3, the largest) ..."
	@$(K8S_BUILD) -o ../../bin/k8s/kube-apiserver k8s.io/kubernetes/cmd/kube-apiserver
	@touch $@

.PHONY: check-assets
check-assets:
	@for program in etcd kube-apiserver kubectl; do \
		[ -x "$(ASSETS)/$$program" ] || { echo "KUBEBUILDER_ASSETS=$(ASSETS) has no $$program" >&2; exit 1; }; \
	done
