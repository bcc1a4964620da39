#!/usr/bin/env bash
# Runs exported models in ONNX Runtime, which it installs from PyPI beside the build.
set -euo pipefail
cd "$(dirname "$0")/../.."
venv=target/tmp/onnx-venv
[ -x "$venv/bin/python" ] || python3 -m venv "$venv"
"$venv/bin/pip" install --quiet --disable-pip-version-check onnx onnxruntime numpy
cargo test -p mtl-onnx --test exported
"$venv/bin/python" mtl-onnx/tests/check.py target/tmp/onnx
