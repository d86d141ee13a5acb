#!/bin/sh
# Copyright 2026 The Prepay Operator Authors.
# SPDX-License-Identifier: Apache-2.0
#
# Makes the roles, the database and the tables of a ledger on the server of
# PGHOST and PGPORT, where they are not there yet, and runs the manager with it,
# each as the role it is for:
#   hack/run-postgres.sh MANAGER [ARG...]
set -eu
manager=$1
shift
export PGSSLMODE=disable # it listens on loopback only

# roles.sql is for once.
if ! psql --username postgres --no-psqlrc --tuples-only --no-align \
	--command "SELECT datname FROM pg_database WHERE datname = 'prepay'" postgres | grep -q prepay; then
	psql --username postgres --no-psqlrc --quiet --set ON_ERROR_STOP=1 --file config/samples/postgres/roles.sql postgres
fi
"$manager" migrate --ledger postgres://prepay_owner@/prepay
exec "$manager" --ledger postgres://prepay_manager@/prepay --leader-elect --leader-election-namespace default "$@"
