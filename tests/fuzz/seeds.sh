#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Every fuzz target over its seeds and some mutations of each, the same ones in every run, with the sanitizers of
# `make check`. New inputs are found by `make fuzz`.
set -u
cd "$(dirname "$0")/../.." || exit 2
BUILD=${BUILD:-build}
. tests/tally.sh
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT

for source in tests/fuzz/fuzz_*.c; do
	name=$(basename "$source" .c)
	seeds=tests/fuzz/corpus/${name#fuzz_}
	found=$(find "$seeds" -type f 2> /dev/null | wc -l)
	wrong=''
	[ "$found" -ge 5 ] && [ "$found" -le 50 ] || wrong="  $found seeds in $seeds: 5 to 50 are wanted"
	if ! FUZZ_LAST=$work/last "$BUILD/tests/fuzz/$name" -m 20 "$seeds" > "$work/out" 2>&1; then
		wrong+=$(printf '\n%s\n  the input (base64): ' "$(head -n 40 "$work/out")" && base64 -w 0 "$work/last" | head -c 4000)
	fi
	verdict "$name: $(tail -n 1 "$work/out")" "$wrong"
done
finish
