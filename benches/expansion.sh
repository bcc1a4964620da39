#!/bin/sh
# How long `cargo check` takes for models of 5, 50 and 500 layers, without and with their code: `sh benches/expansion.sh`.
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
    echo 'mtl::multitask! { struct Deep { input x0: [16];'
    layer=1
    while [ "$layer" -le "$1" ]; do
        echo "let x$layer = x$((layer - 1)) -> Dense(16, relu);"
        layer=$((layer + 1))
    done
    echo "head a = x$1 -> Dense(1) { loss: mse } head b = x$1 -> Dense(3, softmax) { loss: categorical_cross_entropy } } }"
}

milliseconds() {
    echo $(($(date +%s%N) / 1000000))
}

check() {
    CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$root/target}" CARGO_INCREMENTAL=0 cargo check --quiet --manifest-path "$project/Cargo.toml"
}

echo 'fn main() {}' > "$project/src/main.rs"
check
printf '| layers | `cargo check`, ms | for each layer, ms |\n|---:|---:|---:|\n'
for layers in 0 5 50 500; do
    if [ "$layers" -gt 0 ]; then
        { echo '#![allow(dead_code)]'; model "$layers"; echo 'fn main() {}'; } > "$project/src/main.rs"
    else
        echo 'fn main() { }' > "$project/src/main.rs"
    fi
    start=$(milliseconds)
    check
    taken=$(($(milliseconds) - start))
    if [ "$layers" -gt 0 ]; then each=$((taken / layers)); else each=; fi
    echo "| $layers | $taken | $each |"
done
