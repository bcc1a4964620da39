#!/bin/sh
# Runs the tests of the numerics on every instruction set that the kernels are compiled for. One that the processor lacks is run on the next lesser one.
set -eu
cd "$(dirname "$0")/.."
for set in portable avx2 avx512; do
    echo "== $set"
    MTL_INSTRUCTION_SET=$set cargo test --quiet -p mtl-core --lib
    MTL_INSTRUCTION_SET=$set cargo test --quiet --test gradients --test keras --test convolution --test threads
done
