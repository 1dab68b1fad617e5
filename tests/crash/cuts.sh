#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# cuts.sh - cut wires: the line to the source or the target breaks after a random byte, by a reset, an end or silence,
# in one scenario after the other, at the same places each time (SEED chooses others); `make torture` cuts 200 times in each.
# run.sh: timeout=600
set -u
cd "$(dirname "$0")/../.." || exit 2
exec "${BUILD:-build/check}/tests/crash/cuts" --total "${CUTS:-23}" --seed "${SEED:-20261123}" --crew "${CREW:-12}"
