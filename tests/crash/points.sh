#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# points.sh - crash points: the migration of every scenario is stopped at every k-th of its crash points, starting at
# another one each time (OFFSET repeats it); `make torture` stops at all of them.
# run.sh: timeout=600
set -u
cd "$(dirname "$0")/../.." || exit 2
exec "${BUILD:-build/check}/tests/crash/points" --every "${EVERY:-40}" ${OFFSET:+--offset "$OFFSET"} --crew "${CREW:-8}"
