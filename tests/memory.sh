#!/bin/sh
# Looks for errors of memory: what is read or written beyond its place, after its end, or before it has a value.
#
#   tests/memory.sh [address] [valgrind]
#
# Without an argument it does both. `address` runs the unit tests of `mtl-core` (kernels, flat views, eight bits, training), and those of files,
# under AddressSanitizer, on every instruction set; one that the processor lacks is run on the next lesser one. The sanitizer comes with
# the compiler: RUSTC_BOOTSTRAP allows a stable one to use it. `valgrind` runs `tests/memory.rs`, a short life of some models, under valgrind's
# memcheck, which knows also what has no value yet; it must be installed. It does not know AVX-512.
set -eu
cd "$(dirname "$0")/.."
host=$(rustc -vV | sed -n 's/^host: //p')
export CARGO_PROFILE_DEV_DEBUG="${CARGO_PROFILE_DEV_DEBUG:-line-tables-only}"

address() {
    for set in portable avx2 avx512; do
        echo "== AddressSanitizer, $set"
        # Flags for the target alone, not for macros and build scripts. Of leaks Rust promises nothing.
        RUSTC_BOOTSTRAP=1 RUSTFLAGS=-Zsanitizer=address ASAN_OPTIONS=detect_leaks=0:detect_stack_use_after_return=1 CARGO_TARGET_DIR=target/tmp/memory \
            MTL_INSTRUCTION_SET=$set cargo test --quiet --target "$host" --package mtl-core --lib --test weights --test weights_hostile --test embed
    done
}

by_valgrind() {
    command -v valgrind > /dev/null || { echo "valgrind is not installed: on Debian, apt install valgrind"; exit 1; }
    runner=CARGO_TARGET_$(echo "$host" | tr 'a-z-' 'A-Z_')_RUNNER
    for set in portable avx2; do
        echo "== valgrind, $set"
        # Not optimised: optimised code may look at what has no value yet where it makes no difference.
        env "$runner=valgrind --quiet --error-exitcode=1" MTL_INSTRUCTION_SET=$set CARGO_TARGET_DIR=target/tmp/valgrind CARGO_PROFILE_DEV_OPT_LEVEL=0 \
            cargo test --quiet --target "$host" --package mtl-nn --test memory
    done
}

test $# -gt 0 || set -- address valgrind
for check; do
    case $check in
        address) address ;;
        valgrind) by_valgrind ;;
        *) sed -n '2,/^set/s/^# \{0,1\}//p' "$0"; exit 2 ;;
    esac
done
echo "no errors of memory"
