#!/bin/sh
# Copyright 2026 The Prepay Operator Authors.
# SPDX-License-Identifier: Apache-2.0
#
# Succeeds where etcd and Patroni are on PATH. With INSTALL=1 it installs
# Debian's packages where they are not, and starts no service of theirs.
set -eu

missing() {
	for program in etcd patroni; do
		command -v "$program" > /dev/null || return 0
	done
	return 1
}

as_root() {
	if [ "$(id -u)" = 0 ]; then "$@"; else sudo --non-interactive "$@"; fi
}

missing || exit 0

if [ "${INSTALL:-}" != 1 ]; then
	echo "etcd or patroni is not on PATH: install both (INSTALL=1 installs Debian's packages etcd-server and patroni)" >&2
	exit 1
fi

echo "installing etcd and Patroni, Debian's packages ..."
# Debian's way to say that packages may start nothing. A policy that is there
# already is somebody's own.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
	trap 'as_root rm -f "$policy"' EXIT
	printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" > /dev/null
	as_root chmod 755 "$policy"
fi
as_root apt-get update --quiet --quiet
as_root env DEBIAN_FRONTEND=noninteractive apt-get install --yes --quiet --quiet --no-install-recommends etcd-server patroni
# Nor may they start with the machine.
if command -v systemctl > /dev/null; then
	as_root systemctl disable --quiet etcd.service patroni.service
fi
if missing; then
	echo "the packages etcd-server and patroni are installed, and etcd or patroni is still not on PATH" >&2
	exit 1
fi
