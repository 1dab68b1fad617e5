#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# check-lint.sh - what can be said of the sources without running them: layers, style, documents, scripts.
# `make lint` runs it on a build by clang, so that both compilers have been satisfied. Ends with "N passed, N failed".
set -u
cd "$(dirname "$0")/.." || exit 2
. tests/tally.sh
for part in layers style docs; do
	out=$(tests/check-$part.sh) && sum="" || sum=$(grep -v '^ok ' <<< "$out" | sed 's/^/  /')
	verdict "$part" "$sum"
	[ $part != style ] || sed -n '/^longest/,/^[0-9]* passed/p' <<< "$out" | sed '$d'
done
# SC2154, SC2034, SC1091: what goes to and comes from sourced files; SC1087, SC2206: "$esc[31m" and a list of one pid.
verdict "shellcheck" "$(find tests .ci -name '*.sh' -print0 -o -path .ci/run -print0 |
	xargs -0 shellcheck -x -S warning -e SC2154,SC2034,SC1091,SC1087,SC2206)"
finish
