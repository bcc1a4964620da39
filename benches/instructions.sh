#!/bin/sh
# Counts the instructions of a training step of the small model under callgrind, and fails if there are 3 % more than last time.
#
#     benches/instructions.sh          # compares with the count in this file
#
# The count is that of the AVX2 kernels (valgrind knows no AVX-512) and depends on the compiler: it was taken with COMPILER below.
# Where a change is meant to cost more, or the compiler is another, put the new count here.
set -eu
cd "$(dirname "$0")/.."

COMPILER="rustc 1.95"
INSTRUCTIONS_PER_STEP=298400

target=${CARGO_TARGET_DIR:-target}
cargo build --quiet --release --example steps
rustc --version | grep -q "^$COMPILER" || echo "the count was taken with $COMPILER, this is $(rustc --version)" >&2

# What the program does beside its steps is the same in both runs.
count() {
    MTL_INSTRUCTION_SET=avx2 valgrind --tool=callgrind --callgrind-out-file=/dev/null "$target/release/examples/steps" "$1" 2>&1 |
        sed -n 's/.*Collected : //p'
}
few=$(count 100)
many=$(count 300)
steps=$(((many - few) / 200))
echo "$steps instructions a step, $INSTRUCTIONS_PER_STEP when last counted"
[ "$((steps * 100))" -le "$((INSTRUCTIONS_PER_STEP * 103))" ]
