#!/bin/sh
# Runs the library on other processors, emulated: `tests/targets.sh TARGET ..`, of these.
#
#   aarch64-unknown-linux-gnu, armv7-unknown-linux-gnueabihf, s390x-unknown-linux-gnu (big-endian), powerpc64-unknown-linux-gnu (big-endian):
#       the tests of the numerics and of files. Needs qemu-user and a C compiler for linking; on Debian
#       `apt install qemu-user gcc-aarch64-linux-gnu libc6-dev-arm64-cross`, or -arm-linux-gnueabihf and -armhf-cross, or those of s390x, or of ppc64.
#   thumbv7em-none-eabihf (Cortex-M4F), thumbv6m-none-eabi (Cortex-M0 and M0+):
#       the programs of examples/embedded, with what they must not contain. Needs qemu-system-arm, nm and size.
#   x86_64-unknown-linux-gnu:
#       the same, with AVX2 and FMA known when compiling; the processor must have them.
#
# Each needs its standard library: `rustup target add TARGET`.
set -eu
cd "$(dirname "$0")/.."

# Runs a program of examples/embedded; all that it writes must be of this form.
expect() {
    written=$(cd examples/embedded && cargo run --quiet --profile firmware --package firmware --bin "$1" --target "$target")
    echo "$1: $written"
    echo "$written" | grep --quiet --extended-regexp "^$2\$" || { echo "expected: $2"; exit 1; }
}

embedded() {
    expect firmware '360 digits: 97\.[0-9]{2} % read, 99\.[0-9]{2} % told odd from even'
    expect int8 '360 digits: 97\.50 % read, 99\.44 % told odd from even'
    expect one_head '97\.[0-9]{2} % read'
    expect fine_tune 'in the dark 94\.[0-9]{2} % read, after training the head 97\.[0-9]{2} %'
    expect ticks '(f32|int8) [0-9]+ ticks'
    expect stream 'kind [0-2], as of the whole'
    # As `expect` has it, from the directory of the programs.
    directory=$(cd examples/embedded && mkdir -p "${CARGO_TARGET_DIR:-target}" && cd "${CARGO_TARGET_DIR:-target}" && pwd)/$target/firmware
    for program in seed_size seed_int8; do
        expect $program ''
        # A prediction cannot panic or allocate, formats nothing, divides no 64-bit numbers, knows no f64, no atomics and no fused multiply-add of a library.
        symbols=$(nm "$directory/$program")
        unwanted=$(echo "$symbols" | grep --extended-regexp 'panic|alloc|core3fmt|ldivmod|aeabi_d|muldf|2d$|_d2|fmaf?$|__sync|__atomic' || true)
        test -z "$unwanted" || { echo "in $program: $unwanted"; exit 1; }
    done
    for program in firmware int8 one_head fine_tune seed_size seed_int8; do
        size -A "$directory/$program" | awk -v program=$program '$1 ~ /^\.(text|rodata|data|bss)$/ { sizes = sizes " " $1 " " $2 } END { print program ":" sizes }'
    done
}

linux() {
    system=$1 emulator=$2
    variable=$(echo "$target" | tr 'a-z-' 'A-Z_')
    export "CARGO_TARGET_${variable}_LINKER=$system-gcc" "CARGO_TARGET_${variable}_RUNNER=$emulator -L /usr/$system"
    # Those of tests/instruction_sets.sh, and what reads and writes files, where the order of bytes matters.
    CARGO_PROFILE_DEV_DEBUG=0 cargo test --quiet --target "$target" --package mtl-core --package mtl-nn --no-fail-fast --lib \
        --test figures --test weights --test weights_hostile --test embed --test balance \
        --test gradients --test keras --test convolution --test recurrent --test threads --test int8 --test int8_steps --test fold --test checkpoint \
        -- --skip nash_mtl_arrives_from_everywhere --skip a_killed_run_ends_at_the_same_bits # a hundred thousand steps; starts itself anew, which needs binfmt
}

test $# -gt 0 || { sed -n '2,/^set/s/^# \{0,1\}//p' "$0"; exit 2; }
for target; do
    echo "== $target"
    case $target in
        thumb*) embedded ;;
        x86_64-*) (export RUSTFLAGS='-C target-feature=+avx2,+fma' && embedded) ;;
        aarch64-*) linux aarch64-linux-gnu qemu-aarch64 ;;
        armv7-*) linux arm-linux-gnueabihf qemu-arm ;;
        s390x-*) linux s390x-linux-gnu qemu-s390x ;;
        powerpc64-*) linux powerpc64-linux-gnu qemu-ppc64 ;;
        *) echo "unknown: $target"; exit 2 ;;
    esac
done
