#!/bin/sh
# Copyright 2026 The Prepay Operator Authors.
# SPDX-License-Identifier: Apache-2.0
#
# Plays config/samples step by step against the empty cluster of KUBECONFIG and
# succeeds only if every object ends as its file says it will:
#   hack/demo.sh KUBECTL MANAGER LEDGER_FILE
# The manager is one whose clock can be moved, by writing an instant to a file.
set -eu
kubectl=$1 manager=$2 ledger=sqlite://$3
log=${3%/*}/manager.log
PREPAY_DEMO_CLOCK=${3%/*}/clock
export PREPAY_DEMO_CLOCK

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
# Lets the time pass until the family's data is refilled and what was left has rolled over.
until_refill() {
	refill=$("$kubectl" --namespace retail get buckets.prepay.dev/family-data -o 'jsonpath={.status.nextCycleAt}')
	echo "$refill" > "$PREPAY_DEMO_CLOCK.new"
	mv "$PREPAY_DEMO_CLOCK.new" "$PREPAY_DEMO_CLOCK"
	echo "it is $refill"
}
refilled() { expect "--for=jsonpath={.status.lots[0].start}=$refill" buckets.prepay.dev/family-data; }
start_manager() {
	"$manager" "--ledger=$ledger" --metrics-bind-address=0 --health-probe-bind-address=0 >> "$log" 2>&1 &
	manager_pid=$!
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
rm -f "$PREPAY_DEMO_CLOCK" "$log"
start_manager
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

step "Maria's family: a plan of 20 GB a month of which Nikos may use 2 GB, a welcome for two weeks, a pass that waits for its first use"
apply 08-family.yaml
expect --for=condition=Ready prepayaccounts/maria prepayaccounts/nikos buckets.prepay.dev/family-data buckets.prepay.dev/family-welcome
reason buckets.prepay.dev/family-roaming NotStarted
apply 09-family-top-up.yaml
expect --for=condition=Ready topups/maria-offer

step "An evening at home burns the welcome first; Nikos plays on the family's data; a connection abroad starts the pass, which lasts a week"
apply 10-family-use.yaml
expect --for=condition=Ready balanceadjustments/family-evening balanceadjustments/nikos-games
reason balancereservations/family-abroad Reserved
why balanceadjustments/family-evening balanceadjustments/nikos-games buckets.prepay.dev/family-welcome
balance buckets.prepay.dev/family-data remaining '16.5 GB'
expect '--for=jsonpath={.status.sharedWith[0].used}=1.5 GB' buckets.prepay.dev/family-data
reason buckets.prepay.dev/family-roaming Active
balance buckets.prepay.dev/family-roaming reserved '0.5 GB'

step "Nikos wants to see a film, which needs more than is left to him this month"
apply 11-family-cap.yaml
reason balanceadjustments/nikos-film InsufficientFunds
why balanceadjustments/nikos-film

step "The month ends: of 16.5 GB 5 GB roll over, which is the most, 11.5 GB are lost, and there are 20 GB more"
until_refill
refilled
balance buckets.prepay.dev/family-data remaining '25 GB'
expect '--for=jsonpath={.status.sharedWith[0].used}=0 GB' buckets.prepay.dev/family-data
show --namespace retail get buckets.prepay.dev/family-data \
	-o 'go-template={{range .status.lots}}{{.remaining}} until {{.end}}{{println}}{{end}}'

step "The manager is off when the next month ends, and makes up for it"
stop_manager
until_refill
start_manager
refilled
until_refill
refilled
balance buckets.prepay.dev/family-data remaining '25 GB'
reason buckets.prepay.dev/family-welcome Expired
reason buckets.prepay.dev/family-roaming Expired
reason balancereservations/family-abroad Expired
balance prepayaccounts/maria available '0.00 EUR'
why buckets.prepay.dev/family-welcome buckets.prepay.dev/family-roaming

step "How everything stands"
show --namespace retail get pacct,pbkt,topup,bxfer,bres,badj
echo
echo "why the second transfer was refused:"
why balancetransfers/car

step "The ledger's own audit, while the manager runs"
"$manager" audit "--ledger=$ledger"

step "Stop"
stop_manager
echo "everything came out as expected"
