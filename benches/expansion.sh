#!/bin/sh
# How long `cargo check` takes for models of 5, 50 and 500 layers: `sh benches/expansion.sh`.
#
# The time of the macro alone: cargo test --release -p mtl-macros speed -- --nocapture
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
project=$(mktemp -d)
trap 'rm -rf "$project"' EXIT
mkdir "$project/src"
cat > "$project/Cargo.toml" <<TOML
[package]
name = "expansion"
version = "0.0.0"
edition = "2024"

[dependencies]
mtl-nn = { path = "$root" }

[workspace]
TOML
cp "$root/Cargo.lock" "$project/Cargo.lock" 2>/dev/null || true

model() {
    echo '#![allow(dead_code)]'
    echo 'mtl::multitask! { struct Deep { input x0: [16];'
    layer=1
    while [ "$layer" -le "$1" ]; do
        echo "let x$layer = x$((layer - 1)) -> Dense(16, relu);"
        layer=$((layer + 1))
    done
    echo "head a = x$1 -> Dense(1) { loss: mse } head b = x$1 -> Dense(3, softmax) { loss: categorical_cross_entropy } } }"
}

# The processor's time of all that was run so far: what else the machine does counts for little.
milliseconds() {
    times > "$project/times"
    awk 'NR == 2 { for (part = 1; part <= 2; part++) { split($part, clock, /[ms]/); sum += (clock[1] * 60 + clock[2]) * 1000 } print int(sum) }' "$project/times"
}

check() {
    CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$root/target}" CARGO_INCREMENTAL=0 cargo check --quiet --manifest-path "$project/Cargo.toml"
}

echo 'fn main() {}' > "$project/src/main.rs"
check
printf '| layers | `cargo check`, ms of processor time | of that for each layer |\n|---:|---:|---:|\n'
empty=0
for layers in 0 5 50 500; do
    if [ "$layers" -gt 0 ]; then
        { model "$layers"; echo 'fn main() {}'; } > "$project/src/main.rs"
    else
        echo 'fn main() { }' > "$project/src/main.rs"
    fi
    milliseconds > "$project/start"
    check
    milliseconds > "$project/end"
    taken=$(($(cat "$project/end") - $(cat "$project/start")))
    if [ "$layers" -gt 0 ]; then each=$(((taken - empty) / layers)); else empty=$taken; each=; fi
    echo "| $layers | $taken | $each |"
done
