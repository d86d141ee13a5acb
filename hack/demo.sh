#!/bin/sh
# Copyright 2026 The Prepay Operator Authors.
# SPDX-License-Identifier: Apache-2.0
#
# Plays config/samples step by step against the empty cluster of KUBECONFIG and
# succeeds only if every object ends as its file says it will:
#   hack/demo.sh KUBECTL MANAGER LEDGER_FILE
set -eu
kubectl=$1 manager=$2 ledger=sqlite://$3
log=${3%/*}/manager.log

step() { printf '\n=== %s\n' "$*"; }
apply() { "$kubectl" apply --validate=strict -f "config/samples/$1"; }
# Waits for what is promised; --timeout bounds how long.
expect() { "$kubectl" --namespace retail wait --timeout=60s "$@"; }
balance() { expect "--for=jsonpath={.status.balance.$2}=$3" "$1"; }
reason() { expect "--for=jsonpath={.status.conditions[?(@.type==\"Ready\")].reason}=$2" "$1"; }
# Says how objects stand, in their own words.
why() {
	for object in "$@"; do
		"$kubectl" --namespace retail get "$object" -o 'jsonpath={.status.conditions[?(@.type=="Ready")].message}{"\n"}'
	done
}
# What a charging system does: it changes what is wanted of a reservation.
want() {
	echo "\$ kubectl patch balancereservation $1 --type merge --patch '{\"spec\": $2}'"
	"$kubectl" --namespace retail patch "balancereservations/$1" --type merge --patch "{\"spec\": $2}"
}
show() {
	echo "\$ kubectl $*"
	"$kubectl" "$@"
}

stop_manager() {
	kill "$manager_pid" 2> /dev/null || true
	wait "$manager_pid"
}
on_exit() {
	status=$?
	trap - EXIT
	if [ "$status" -ne 0 ]; then
		echo "the demo failed; the manager's log ($log) ends:" >&2
		tail -n 20 "$log" >&2
		stop_manager || true
	fi
	exit "$status"
}

step "Install the custom resources and start the manager"
"$kubectl" apply --server-side -k config/crd
"$kubectl" wait --for=condition=Established --timeout=60s -f config/crd/bases > /dev/null
"$manager" "--ledger=$ledger" --metrics-bind-address=0 --health-probe-bind-address=0 > "$log" 2>&1 &
manager_pid=$!
trap on_exit EXIT
trap 'exit 130' INT TERM

step "Fulfilment creates the accounts of two customers, and the data, voice and SMS buckets of Alice's line"
apply 01-namespace.yaml
apply 02-fulfilment.yaml
expect --for=condition=Ready prepayaccounts/alice prepayaccounts/bob
expect --for=condition=Ready buckets.prepay.dev/alice-data buckets.prepay.dev/alice-voice buckets.prepay.dev/alice-sms

step "Alice tops up twice: 25.00 EUR in cash, 10.00 EUR from her bank"
apply 03-top-ups.yaml
expect --for=condition=Ready topups/alice-cash topups/alice-bank
balance prepayaccounts/alice available '35.00 EUR'

step "She sends Bob 10.00 EUR"
apply 04-transfer.yaml
expect --for=condition=Ready balancetransfers/lunch

step "She tries to send him 500.00 EUR, which she does not have"
apply 05-transfer-refused.yaml
expect --for=condition=Stalled balancetransfers/car
reason balancetransfers/car InsufficientFunds

step "Her phone streams: 2 GB are reserved, the session is accepted, 1.2 GB are charged, and the rest comes back"
apply 06-reservation.yaml
reason balancereservations/alice-session Reserved
balance buckets.prepay.dev/alice-data reserved '2 GB'
want alice-session '{"state": "Accepted"}'
reason balancereservations/alice-session Accepted
balance buckets.prepay.dev/alice-data accepted '2 GB'
want alice-session '{"state": "Charged", "chargeAmount": "1.2 GB"}'
reason balancereservations/alice-session Charged
why balancereservations/alice-session

step "She is charged 4.00 EUR for a new SIM card; it was under warranty, and the charge is reversed"
apply 07-adjustment.yaml
expect --for=condition=Ready balanceadjustments/alice-sim balanceadjustments/alice-sim-undone
why balanceadjustments/alice-sim balanceadjustments/alice-sim-undone

step "Every balance is what the story says"
balance prepayaccounts/alice available '25.00 EUR'
balance prepayaccounts/bob available '10.00 EUR'
balance buckets.prepay.dev/alice-data remaining '8.8 GB'
balance buckets.prepay.dev/alice-voice remaining '300 min'
balance buckets.prepay.dev/alice-sms remaining '100 SMS'
show --namespace retail get pacct,pbkt,topup,bxfer,bres,badj
echo
echo "why the second transfer was refused:"
why balancetransfers/car

step "The ledger's own audit, while the manager runs"
"$manager" audit "--ledger=$ledger"

step "Stop"
stop_manager
echo "everything came out as expected"
