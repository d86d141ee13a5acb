#!/bin/sh
# Copyright 2026 The Prepay Operator Authors.
# SPDX-License-Identifier: Apache-2.0
#
# Succeeds where tests find a PostgreSQL: the programs on PATH or where Debian
# puts them, or a server named by TEST_POSTGRES_URL. With INSTALL=1 it installs
# Debian's package where there is none.
set -eu

found() {
	for postgres in "$(command -v postgres || true)" /usr/lib/postgresql/*/bin/postgres; do
		[ -x "$postgres" ] || continue
		bin=$(dirname "$(readlink -f "$postgres")")
		[ -x "$bin/initdb" ] && [ -x "$bin/pg_basebackup" ] && return
	done
	return 1
}

as_root() {
	if [ "$(id -u)" = 0 ]; then "$@"; else sudo --non-interactive "$@"; fi
}

[ -z "${TEST_POSTGRES_URL:-}" ] || exit 0
found && exit

if [ "${INSTALL:-}" != 1 ]; then
	echo "PostgreSQL's initdb, postgres and pg_basebackup are neither on PATH nor under /usr/lib/postgresql/*/bin:" \
		"install PostgreSQL (INSTALL=1 installs Debian's package), or set TEST_POSTGRES_URL to the URL of a server" >&2
	exit 1
fi

echo "installing PostgreSQL, Debian's package ..."
# The package would make a server of its own and start it. Written before the
# package comes, this is no change to a file of the package.
as_root mkdir -p /etc/postgresql-common/createcluster.d
echo "create_main_cluster = false" | as_root tee /etc/postgresql-common/createcluster.d/no-main-cluster.conf > /dev/null
as_root apt-get update --quiet --quiet
as_root env DEBIAN_FRONTEND=noninteractive apt-get install --yes --quiet --quiet --no-install-recommends postgresql
found || {
	echo "the package postgresql is installed, and there is still no initdb, postgres and pg_basebackup" >&2
	exit 1
}
