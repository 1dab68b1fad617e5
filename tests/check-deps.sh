#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# check-deps.sh [--install] build|check|demo|bench|screenshots|lint|fuzz
#
# What this machine lacks (Debian package names), for building or for one of the make targets.
# Says it in one message and fails; with --install it gets them by apt, as root or by sudo.
# Without dpkg there is nothing to compare with, and the compiler will tell.
set -u

build="gcc make pkg-config libc6-dev libcurl4-openssl-dev libssl-dev libsqlite3-dev libsodium-dev libjansson-dev
	libcsv-dev libncurses-dev libxml2-dev libldap-dev"
servers="dovecot-core dovecot-imapd dovecot-pop3d openssl"
tenant="libmicrohttpd-dev"
declare -A packages=(
	[build]=$build
	[check]="$build libcmocka-dev $servers $tenant slapd ldap-utils binutils procps tmux sqlite3 jq"
	[demo]="$build $servers $tenant"
	[bench]="$build $servers $tenant isync mpop sqlite3 procps"
	[screenshots]="$build $servers $tenant tmux xterm xvfb imagemagick fonts-dejavu-core"
	[fuzz]="$build libcmocka-dev $tenant clang libclang-rt-dev"
	[lint]="$build libcmocka-dev $tenant clang binutils shellcheck mandoc"
)

install=false
[ "${1-}" = --install ] && { install=true; shift; }
what=${1-}
[ -n "$what" ] && [ -n "${packages[$what]-}" ] || { echo "usage: $0 [--install] ${!packages[*]}" >&2; exit 2; }
command -v dpkg-query > /dev/null || exit 0

missing_of() { # of these packages, the ones that are not installed
	local have
	# shellcheck disable=SC2086 # a list of words
	have=" $(dpkg-query -W -f '${db:Status-Status}:${Package} ' $1 2> /dev/null) "
	for p in $1; do
		[[ $have == *" installed:$p "* ]] || echo "$p"
	done
}

# Package names that other releases or flavours give to the same thing.
satisfied_otherwise() {
	case $1 in
	pkg-config) command -v pkg-config ;;
	gcc) command -v "${CC:-gcc}" ;;
	*) false ;;
	esac > /dev/null
}

missing=()
while read -r p; do
	[ -z "$p" ] || satisfied_otherwise "$p" || missing+=("$p")
done < <(missing_of "${packages[$what]}")
[ ${#missing[@]} = 0 ] && exit 0

if ! $install; then
	echo "mailvan needs packages that are not installed. On Debian: apt-get install ${missing[*]}" >&2
	exit 1
fi
as_root=()
if [ "$(id -u)" != 0 ]; then
	as_root=(sudo)
	[ -t 0 ] || as_root=(sudo -n)
	if ! command -v sudo > /dev/null || { [ ! -t 0 ] && ! sudo -n true 2> /dev/null; }; then
		echo "make $what needs packages that are not installed, and this user may not install them." >&2
		echo "As root: apt-get install --no-install-recommends ${missing[*]}" >&2
		exit 1
	fi
fi

# The tests and the demo run private servers; no system-wide one may start because of us.
policy=/usr/sbin/policy-rc.d
if [ ! -e $policy ]; then
	printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee $policy > /dev/null
	"${as_root[@]}" chmod 755 $policy
	trap '"${as_root[@]}" rm -f $policy' EXIT
fi
echo "installing by apt-get: ${missing[*]}"
log=$(mktemp)
if ! { "${as_root[@]}" apt-get update -q &&
	"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}"; } \
	> "$log" 2>&1 < /dev/null; then
	tail -n 30 "$log" >&2
	rm -f "$log"
	echo "apt-get could not install them. By hand: apt-get install --no-install-recommends ${missing[*]}" >&2
	exit 1
fi
rm -f "$log"
if [[ " ${missing[*]} " == *" dovecot-core "* ]] && [ -d /run/systemd/system ]; then
	"${as_root[@]}" systemctl disable --quiet dovecot.service dovecot.socket 2> /dev/null
fi
exit 0
