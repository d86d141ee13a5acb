#!/bin/sh
# Copyright 2026 The Prepay Operator Authors.
# SPDX-License-Identifier: Apache-2.0
#
# Checks the manifests against a real API server, one that nothing else uses:
#   hack/verify-cluster.sh KUBECTL
set -eu
kubectl=$1

echo "the deployment is accepted as it is, without a warning (Pod Security included)"
"$kubectl" apply --server-side --validate=strict --warnings-as-errors -k config/default > /dev/null
"$kubectl" wait --for=condition=Established --timeout=60s -f config/crd/bases > /dev/null

echo "so is the one with PostgreSQL, and the Secrets it needs"
"$kubectl" apply --server-side --dry-run=server --validate=strict --warnings-as-errors -k config/postgres > /dev/null
"$kubectl" apply --dry-run=server --validate=strict --warnings-as-errors -f config/samples/postgres/secrets.yaml > /dev/null

echo "so is the one that stamps who asked"
"$kubectl" apply --server-side --dry-run=server --validate=strict --warnings-as-errors -k config/policy > /dev/null

echo "the samples are accepted by a strict dry run"
# Nothing is created in a dry run, so their namespaces have to be there before.
"$kubectl" kustomize config/samples | sed -n 's/^  namespace: //p' | sort -u |
	while read -r namespace; do
		"$kubectl" create namespace "$namespace" --dry-run=client -o yaml | "$kubectl" apply -f - > /dev/null
	done
"$kubectl" apply --dry-run=server --validate=strict --warnings-as-errors -k config/samples
