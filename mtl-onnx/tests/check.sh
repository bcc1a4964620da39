#!/usr/bin/env bash
# Runs exported models in ONNX Runtime, which it installs beside the build. Where it cannot be had, it says so.
set -euo pipefail
cd "$(dirname "$0")/../.."
venv=target/tmp/onnx-venv
[ -x "$venv/bin/python" ] || python3 -m venv "$venv" || { echo "skipped: no Python with venv"; exit 0; }
"$venv/bin/pip" install --quiet --disable-pip-version-check onnx onnxruntime numpy || { echo "skipped: ONNX Runtime cannot be installed"; exit 0; }
cargo test -p mtl-onnx --test exported
"$venv/bin/python" mtl-onnx/tests/check.py target/tmp/onnx
