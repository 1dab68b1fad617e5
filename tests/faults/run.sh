#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# run.sh: timeout=600
#
# run.sh [--torture] [OPTION... KIND...] - allocations and writes to disk that fail, and power cuts: a sample of each, or
# with --torture as many as fit into about twenty minutes. With KINDs it passes all on to the harness (see faults.c),
# e.g. to repeat one fault:   BUILD=build/check tests/faults/run.sh --only copy --mode 1 --at 181 disk
# Prints its figures and ends with "N passed, N failed".
set -u
cd "$(dirname "$0")/../.." || exit 2
# Leaks and bad accesses need a build with sanitizers; `make torture` has one beside its own.
BUILD=$(realpath -m "${FAULTS_BUILD:-${BUILD:-build/check}}")
export MAILVAN=$BUILD/mailvan MAILVAN_INJECT_SO=$BUILD/tests/faults/inject.so
LSAN_OPTIONS="suppressions=$PWD/tests/faults/lsan.supp:print_suppressions=0"
export LSAN_OPTIONS
grep -q __asan_init "$MAILVAN" && export MAILVAN_LEAKS_SHOW=1
faults=$BUILD/tests/faults/faults
case "${1-}" in
# The same sample each time; the seconds are for a machine that is too slow for it.
'') set -- --points 3 --seconds 90 --seed "${SEED:-20261123}" alloc disk power lie ;;
--torture) shift && set -- --seconds "${SECONDS_EACH:-400}" alloc disk power lie ;;
esac
exec "$faults" "$@"
