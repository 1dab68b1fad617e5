#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# fuzz.sh [NAME] - what `make fuzz` runs: each target with libFuzzer for FUZZ_TIME seconds, one after the other,
# then the mutated transcripts of tests/fuzz/transcripts, TRANSCRIPTS of them. NAME (part of a name) chooses.
#
# What libFuzzer learns stays in $BUILD/fuzz/found/NAME and is where the next run goes on; inputs that
# break a target are in $BUILD/fuzz/crashes/NAME. Give one to the target to see it again:
#     build/fuzz/tests/fuzz/fuzz_NAME build/fuzz/crashes/NAME/crash-...
set -u
cd "$(dirname "$0")/../.." || exit 2
BUILD=${BUILD:-build} FUZZ_TIME=${FUZZ_TIME:-60} TRANSCRIPTS=${TRANSCRIPTS:-10000}
. tests/tally.sh

fuzz() { # target
	local name=$1 found crashes log runs wrong=''
	found=$BUILD/fuzz/found/${name#fuzz_} crashes=$BUILD/fuzz/crashes/${name#fuzz_}
	mkdir -p "$found" "$crashes"
	log=$crashes/log
	"$BUILD/fuzz/tests/fuzz/$name" -max_total_time="$FUZZ_TIME" -timeout=5 -rss_limit_mb=1024 -max_len=8192 \
		-print_final_stats=1 -artifact_prefix="$crashes/" "$found" "tests/fuzz/corpus/${name#fuzz_}" > "$log" 2>&1 ||
		wrong="$(grep -aE 'ERROR|does not hold|runtime error' "$log" | head -n 5 | sed 's/^/  /')
  $(ls -d "$crashes"/*-* 2> /dev/null | tr '\n' ' ') and $log"
	runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
	verdict "$name: ${runs:-?} executions" "$wrong"
}

for source in tests/fuzz/fuzz_*.c; do
	name=$(basename "$source" .c)
	[[ -z ${1-} || $name == *"$1"* ]] && fuzz "$name"
done
if [[ -z ${1-} || transcripts == *"$1"* ]]; then
	out=$BUILD/fuzz/transcripts.log
	MAILVAN_TRANSCRIPTS=$TRANSCRIPTS "$BUILD/check/tests/engine/test_transcripts" > "$out" 2>&1
	rc=$?
	sed -n 's/^transcripts: //p' "$out"
	verdict "$TRANSCRIPTS mutated transcripts" "$([ $rc = 0 ] || tail -n 20 "$out" | sed 's/^/  /')"
fi
finish
