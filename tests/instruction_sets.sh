#!/bin/sh
# Runs the tests of the numerics on every instruction set that the kernels are compiled for. One that the processor lacks is run on the next lesser one.
set -eu
cd "$(dirname "$0")/.."
for set in portable avx2 avx512; do
    echo "== $set"
    # Of the workspace, so that what it was tested with is not built anew.
    MTL_INSTRUCTION_SET=$set cargo test --quiet --workspace --exclude mtl-macros --lib \
        --test gradients --test keras --test convolution --test recurrent --test threads --test int8 --test int8_steps
done
