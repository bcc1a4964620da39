#!/usr/bin/env python3
"""Runs the same work in mtl and in its peers, and prints what each took.

    python3 -m venv target/venv && target/venv/bin/pip install -r requirements.txt
    python3 run.py

It needs Python 3.11 and cargo. Without that environment, or another that `--python` names, the peers in Python are left out. `--only` and `--tables` choose peers and tables.
`--write` puts the tables into RESULTS.md in place of those of the same title, and leaves the others there. Above each stands on what it was
measured, and how busy other programs kept the machine.

First the task is written to `target/tasks`: weights, data, and the same models for ONNX. Then every peer is built and started, one program each,
and all must give the outputs and the losses of mtl to 1e-4, over an epoch of training from the same weights on the same data. Then they are timed, each
in turn, in several rounds. All are pinned to one core and told to use one thread (see `ONE_THREAD`).

What the programs are told and answer stands in `src/lib.rs`.
"""

import argparse
import json
import math
import os
import random
import re
import shutil
import statistics
import struct
import subprocess
import sys
import time
import tomllib
from array import array
from dataclasses import dataclass, field, replace
from pathlib import Path

import embedded

HERE = Path(__file__).resolve().parent
TARGET = HERE / "target"
TASKS = TARGET / "tasks"

ONE_THREAD = {
    "RAYON_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "TF_NUM_INTRAOP_THREADS": "1",
    "TF_NUM_INTEROP_THREADS": "1",
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1",
    "JAX_PLATFORMS": "cpu",
}

# The tasks: inputs, units of the two shared layers, units of the hidden layer of each head (none: 0), outputs of the heads (1: mean squared
# error; more: cross-entropy of a softmax), samples a step, steps an epoch. More steps would bring a unit of the wide model within rounding of the
# kink of its relu, and from there peers part that sum in another order.
MODELS = {
    "seed": (16, (64, 64), 20, (1, 3), 32, 100),
    "wide": (784, (256, 128), 0, (10, 10), 64, 10),
    "heads4": (16, (64, 64), 20, (1, 3) * 2, 32, 100),
    "heads8": (16, (64, 64), 20, (1, 3) * 4, 32, 100),
}


@dataclass
class Peer:
    """A program that does the work, and what is said of it in the tables."""

    name: str
    command: list[str]
    packages: list[str]
    # A program in Rust is built with this feature.
    feature: str | None = None
    native: bool = False
    arguments: list[str] = field(default_factory=list)


def rust(name, feature, packages, native=False, arguments=()):
    """A program of this package; `native` builds it for the processor at hand, where its documentation advises that or it gains by it."""
    directory = TARGET / "native" if native else TARGET
    name = f"{name}, `target-cpu=native`" if native else name
    return Peer(name, [str(directory / "release" / feature)], packages, feature, native, list(arguments))


def python(name, file, packages, arguments=()):
    return Peer(name, [str(HERE / "python" / file)], packages, arguments=list(arguments))


PEERS = [
    rust("mtl", "mtl", []),
    rust("mtl", "mtl", [], native=True),
    rust("nalgebra by hand", "nalgebra", ["nalgebra"]),
    rust("nalgebra by hand", "nalgebra", ["nalgebra"], native=True),
    rust("dfdx", "dfdx", ["dfdx"]),
    rust("dfdx", "dfdx", ["dfdx"], native=True),
    rust("burn (flex)", "burn", ["burn"]),
    rust("candle", "candle", ["candle-nn"]),
    rust("candle", "candle", ["candle-nn"], native=True),
    rust("tract", "tract", ["tract-onnx"]),
    python("JAX, an epoch in `lax.scan`", "peer_jax.py", ["jax"], ["scan"]),
    python("JAX, one jitted step", "peer_jax.py", ["jax"], ["step"]),
    python("PyTorch", "peer_torch.py", ["torch"], ["eager"]),
    python("PyTorch, `torch.compile`", "peer_torch.py", ["torch"], ["compile"]),
    python("Keras on JAX", "peer_keras.py", ["keras", "jax"], ["jax"]),
    python("Keras on TensorFlow", "peer_keras.py", ["keras", "tensorflow-cpu"], ["tensorflow"]),
    python("ONNX Runtime", "peer_onnxruntime.py", ["onnxruntime"]),
    python("scikit-learn", "peer_sklearn.py", ["scikit-learn"]),
]

BALANCERS = [rust("mtl", "balancing", []), python("TorchJD", "peer_torchjd.py", ["torchjd"])]
STRATEGIES = ["UPGrad", "PCGrad", "CAGrad", "MGDA", "Nash-MTL"]


def write_safetensors(path, tensors):
    """Writes a dict from name to (type, shape, array)."""
    header, body = {}, bytearray()
    for name, (kind, shape, values) in tensors.items():
        start = len(body)
        body += values.tobytes()
        header[name] = {"dtype": kind, "shape": shape, "data_offsets": [start, len(body)]}
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + body)


def write_floats(path, tensors):
    """The model's numbers alone, layer by layer: the kernel row by row, then the bias."""
    order = lambda name: (not name.startswith("body."), name.removesuffix(".kernel").removesuffix(".bias"), name.endswith(".bias"))
    path.write_bytes(b"".join(tensors[name][2].tobytes() for name in sorted(tensors, key=order)))


def write_task(name):
    """Random weights and data; the targets depend on the inputs, so that there is something to learn."""
    width, body, hidden, outputs, batch, steps = MODELS[name]
    draw = random.Random(1)
    weights = {}

    def dense(path, inputs, units):
        deviation = math.sqrt(2 / inputs)
        weights[f"{path}.kernel"] = ("F32", [inputs, units], array("f", (draw.gauss(0, deviation) for _ in range(inputs * units))))
        weights[f"{path}.bias"] = ("F32", [units], array("f", (draw.gauss(0, 0.1) for _ in range(units))))

    dense("body.dense1", width, body[0])
    dense("body.dense2", body[0], body[1])
    rows = batch * steps
    x = array("f", (draw.gauss(0, 1) for _ in range(rows * width)))
    data = {"x": ("F32", [rows, width], x), "batch": ("I64", [1], array("q", [batch]))}
    for head, units in zip("abcdefgh", outputs):
        if hidden:
            dense(f"{head}.dense1", body[1], hidden)
            dense(f"{head}.dense2", hidden, units)
        else:
            dense(f"{head}.dense1", body[1], units)
        teacher = [[draw.gauss(0, 1 / math.sqrt(width)) for _ in range(width)] for _ in range(units)]
        scores = ([sum(map(lambda a, b: a * b, unit, x[row * width : (row + 1) * width])) for unit in teacher] for row in range(rows))
        if units == 1:
            data[head] = ("F32", [rows, 1], array("f", (math.sin(3 * score) for [score] in scores)))
        else:
            data[head] = ("I64", [rows], array("q", (score.index(max(score)) for score in scores)))
    write_safetensors(TASKS / f"{name}.safetensors", weights)
    write_floats(TASKS / f"{name}.f32", weights)
    write_safetensors(TASKS / f"{name}_data.safetensors", data)


def read_safetensors(path):
    """Type, shape and bytes of each tensor."""
    contents = path.read_bytes()
    start = 8 + struct.unpack("<Q", contents[:8])[0]
    header = json.loads(contents[8:start])
    header.pop("__metadata__", None)
    return {name: (part["dtype"], part["shape"], contents[start + part["data_offsets"][0] : start + part["data_offsets"][1]]) for name, part in header.items()}


def write_digits():
    """The trained model of `examples/embedded` and the test split of its data, as a task."""
    repository = HERE.parent.parent
    weights = read_safetensors(repository / "examples/embedded/weights/digits.safetensors")
    renamed = {re.sub("^digit", "a", re.sub("^odd", "b", name)): (kind, shape, array("f", data)) for name, (kind, shape, data) in weights.items()}
    write_safetensors(TASKS / "digits.safetensors", renamed)
    write_floats(TASKS / "digits.f32", renamed)
    lines = [line.split(",") for line in (repository / "data/digits.csv").read_text().splitlines() if line.endswith(",test")]
    classes = array("q", (int(line[64]) for line in lines))
    pixels = array("f", (int(pixel) / 16 for line in lines for pixel in line[:64]))
    data = {"x": ("F32", [len(lines), 64], pixels), "a": ("I64", [len(lines)], classes)}
    data["b"] = ("F32", [len(lines), 1], array("f", (digit % 2 for digit in classes)))
    data["batch"] = ("I64", [1], array("q", [32]))
    write_safetensors(TASKS / "digits_data.safetensors", data)


def build(peers):
    for native in (False, True):
        for peer in peers:
            if peer.feature and peer.native == native:
                flags = {"RUSTFLAGS": "-C target-cpu=native"} if native else {}
                cargo(peer.feature, TARGET / "native" if native else TARGET, **flags)


def cargo(program, directory, features=None, **environment):
    features = features or ("mtl" if program in ("peak", "balancing", "quantize") else program)
    command = ["cargo", "build", "--release", "--locked", "--quiet", "--features", features, "--bin", program, "--target-dir", str(directory)]
    subprocess.run(command, cwd=HERE, env=os.environ | environment, check=True)


class Program:
    """A peer that runs and waits for commands."""

    def __init__(self, peer, arguments):
        command = peer.command + [str(TASKS)] + peer.arguments
        if not peer.feature:
            command = [arguments.python] + command
        self.peer, self.core = peer, arguments.core
        self.process = subprocess.Popen(command, env=os.environ | ONE_THREAD, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, preexec_fn=self.pin)

    def pin(self):
        os.sched_setaffinity(0, [self.core])

    def ask(self, *words):
        print(*words, file=self.process.stdin, flush=True)
        answer = self.process.stdout.readline()
        if not answer:
            sys.exit(f"{self.peer.name} ended at `{' '.join(map(str, words))}`")
        return [float(number) for number in answer.split()]

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def agree(numbers, reference):
    """How far the numbers, as many as there are, are from the first ones of the reference."""
    return max(abs(a - b) / max(1, abs(b)) for a, b in zip(numbers, reference))


def check(programs, models, *options, tolerance=1e-4):
    """Ends the run where a peer computes something else than mtl."""
    for model in models:
        outputs = 4 * sum(MODELS[model][3])
        reference = programs[0].ask("check", model, *options)
        for program in programs[1:]:
            numbers = program.ask("check", model, *options)
            if len(numbers) not in (outputs, len(reference)):
                sys.exit(f"{program.peer.name}, {model}: {len(numbers)} numbers")
            difference = agree(numbers, reference)
            what = "outputs" if len(numbers) == outputs else "outputs and losses"
            print(f"{program.peer.name}, {model}: {what} agree to {difference:.1e}", file=sys.stderr)
            if not difference <= tolerance:
                sys.exit("that is not the same work")


def measure(programs, commands, rounds):
    """All timings of each program for each command."""
    times = {(program.peer.name, command): [] for program in programs for command in commands}
    for number in range(rounds):
        for program in programs:
            for command in commands:
                times[program.peer.name, command] += program.ask(*command)
        print(f"round {number + 1} of {rounds}", file=sys.stderr)
    return times


def quantile(seconds, part):
    return sorted(seconds)[int(len(seconds) * part)]


def microseconds(seconds):
    digits = max(0, 2 - math.floor(math.log10(seconds * 1e6)))
    return f"{seconds * 1e6:,.{digits}f}"


def versions(peer, arguments):
    if peer.feature:
        locked = {package["name"]: package["version"] for package in tomllib.loads((HERE / "Cargo.lock").read_text())["package"]}
        return " ".join(locked[package] for package in peer.packages)
    code = "import sys; from importlib.metadata import version; print(*map(version, sys.argv[1:]))"
    return subprocess.run([arguments.python, "-c", code, *peer.packages], check=True, capture_output=True, text=True).stdout.strip()


def table(columns, rows):
    lines = [columns, ["---"] + ["---:"] * (len(columns) - 1)] + rows
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def side_by_side(programs, times, commands, names, arguments):
    """A row a peer; for each command the median, the 5 % quantile and the median over that of the first peer."""
    rows = []
    for program in programs:
        cells = [program.peer.name, versions(program.peer, arguments)]
        for command in commands:
            mine, first = times[program.peer.name, command], times[programs[0].peer.name, command]
            if mine:
                median = statistics.median(mine)
                cells += [microseconds(median), microseconds(quantile(mine, 0.05)), f"{median / statistics.median(first):.2f}"]
            else:
                cells += ["", "", ""]
        if any(cells[2:]):
            rows.append(cells)
    return table(["", "version"] + [f"{name}{what}" for name in names for what in (", µs", ", 5 %", ", ratio")], rows)


def steps_and_predictions(arguments):
    peers = [peer for peer in PEERS if chosen(peer, arguments)]
    if peers[0].name != "mtl":
        sys.exit("all are compared with mtl: leave it in")
    build(peers)
    programs = [Program(peer, arguments) for peer in peers]
    check(programs, ["seed", "wide"])
    kinds = {"A training step": "train", "A prediction": "predict"}
    commands = [(kind, model, arguments.seconds) for kind in kinds.values() for model in ("seed", "wide")]
    times = measure(programs, commands, arguments.rounds)
    for program in programs:
        program.close()
    for title, kind in kinds.items():
        mine = [command for command in commands if command[0] == kind]
        yield f"## {title}\n\n" + side_by_side(programs, times, mine, ["seed model", "wide model"], arguments)


def balancing(arguments):
    if not arguments.python:
        return
    build(BALANCERS)
    ours, theirs = programs = [Program(peer, arguments) for peer in BALANCERS]
    rows = []
    for model in ("seed", "heads4", "heads8"):
        check(programs, [model], "Sum")
        for strategy in STRATEGIES:
            difference = agree(theirs.ask("check", model, strategy), ours.ask("check", model, strategy))
            times = measure(programs, [("train", model, strategy, arguments.seconds)], arguments.rounds)
            medians = [statistics.median(seconds) for seconds in times.values()]
            rows.append([strategy, str(len(MODELS[model][3])), *map(microseconds, medians), f"{medians[1] / medians[0]:.1f}", f"{difference:.0e}"])
    for program in programs:
        program.close()
    yield "## A balanced step\n\n" + table(["", "heads", "mtl, µs", f"TorchJD {versions(BALANCERS[1], arguments)}, µs", "ratio", "difference"], rows)


def memory(peer, arguments):
    """The peak memory in MiB of a process that trains the small model; nothing for peers that do not train."""
    program = Program(peer, arguments)
    trained = program.ask("train", "seed", 0.5)
    # Not `ru_maxrss`, which counts what the process was before it became the program: a copy of this one.
    peak = re.search(r"^VmHWM:\s*(\d+) kB", Path(f"/proc/{program.process.pid}/status").read_text(), re.M)[1]
    program.close()
    return f"{int(peak) / 1024:,.1f}" if trained else ""


def programs(arguments):
    """Clean builds, sizes and memory. What other work the machine has makes the builds longer."""
    rows = []
    for peer in PEERS:
        if peer.native or not chosen(peer, arguments):
            continue
        size = seconds = ""
        if peer.feature:
            directory = TARGET / "clean"
            program = directory / "release" / peer.feature
            shutil.rmtree(directory, ignore_errors=True)
            start = time.monotonic()
            cargo(peer.feature, directory)
            seconds = f"{time.monotonic() - start:.0f}"
            trained = memory(replace(peer, command=[str(program)]), arguments)
            cargo(peer.feature, directory, features=f"{peer.feature},predict")
            stripped = directory / "stripped"
            subprocess.run(["strip", "-o", stripped, program], check=True)
            size = f"{stripped.stat().st_size / 1024:,.0f}"
            shutil.rmtree(directory)
        else:
            trained = memory(peer, arguments)
        rows.append([peer.name, size, seconds, trained])
        print(*rows[-1], sep=" | ", file=sys.stderr, flush=True)
    cores = os.cpu_count()
    yield "## Programs\n\n" + table(["", "predicting, stripped, KiB", f"clean release build on {cores} cores, s", "training, peak memory, MiB"], rows)


def embedded_models(arguments):
    cargo("quantize", TARGET)
    subprocess.run([TARGET / "release/quantize", TASKS], check=True)
    return embedded.embedded(arguments, read_safetensors, table, ONE_THREAD)


# How each table's times come about.
ROUNDS = "medians of {rounds} rounds of {seconds} s each, all peers in turn"
TIMES = {"steps": ROUNDS, "balancing": ROUNDS, "embedded": "medians of {rounds} rounds of 400 runs of 200 predictions, 100 runs through Python, all peers in turn", "programs": "each built once"}

TABLES = {"steps": steps_and_predictions, "balancing": balancing, "embedded": embedded_models, "programs": programs}


def chosen(peer, arguments):
    if not peer.feature and not arguments.python:
        return False
    return peer.name == "mtl" or not arguments.only or any(part in peer.name for part in arguments.only)


def machine(arguments):
    text = Path("/proc/cpuinfo").read_text()
    name, family, number = (re.search(rf"^{what}\s*: (.*)$", text, re.M)[1] for what in ("model name", "cpu family", "model"))
    flags = re.search(r"^flags\s*: (.*)$", text, re.M)[1].split()
    best = next((name for flag, name in (("avx512f", "AVX-512"), ("avx2", "AVX2")) if flag in flags), "SSE2")
    cargo("peak", TARGET)
    peak = subprocess.run([TARGET / "release/peak"], check=True, capture_output=True, text=True, preexec_fn=lambda: os.sched_setaffinity(0, [arguments.core]))
    compiler = subprocess.run(["rustc", "--version"], check=True, capture_output=True, text=True).stdout.split()[1]
    return (
        f"{name} (family {family}, model {number}), {best}, {float(peak.stdout) / 1e9:.0f} GFLOP/s in f32; "
        f"one core, one thread, Rust {compiler}"
    )


def busy_cores():
    """How many cores other programs use, while this one waits."""

    def ticks():
        numbers = [int(number) for number in Path("/proc/stat").read_text().splitlines()[0].split()[1:]]
        # Idle, and idle while waiting for a disk.
        return sum(numbers), numbers[3] + numbers[4]

    (all_before, idle_before) = ticks()
    time.sleep(2)
    (all_after, idle_after) = ticks()
    return (1 - (idle_after - idle_before) / max(1, all_after - all_before)) * os.cpu_count()


def written(text, parts):
    """The text of RESULTS.md with these tables in place of those of the same titles."""
    sections = {part.split("\n", 1)[0]: part.strip() for part in re.split(r"^(?=## )", text, flags=re.M)}
    sections |= {part.split("\n", 1)[0]: part.strip() for part in parts}
    return "\n\n".join(sections.values()) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    environment = TARGET / "venv/bin/python"
    parser.add_argument(
        "--python",
        type=os.path.abspath,
        default=str(environment) if environment.exists() else None,
        help="the interpreter of an environment with requirements.txt; that of target/venv, if it is there",
    )
    parser.add_argument("--only", nargs="+", metavar="PART", help="peers with one of these in their name, beside mtl")
    parser.add_argument("--devices", nargs="+", metavar="PART", help="rows of the embedded tables with one of these in their name")
    parser.add_argument("--tables", nargs="+", choices=TABLES, default=list(TABLES))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=0.5, help="for each timing of a round")
    parser.add_argument("--core", type=int, default=max(os.sched_getaffinity(0)))
    parser.add_argument("--write", action="store_true", help="write the tables to RESULTS.md")
    arguments = parser.parse_args()
    if arguments.write and (arguments.only or arguments.devices):
        parser.error("RESULTS.md has whole tables: --write goes without --only and --devices")
    TASKS.mkdir(parents=True, exist_ok=True)
    for model in MODELS:
        write_task(model)
    write_digits()
    if arguments.python:
        subprocess.run([arguments.python, str(HERE / "python/make_models.py"), str(TASKS)], cwd=TASKS, check=True)
    on = machine(arguments)
    results = HERE / "RESULTS.md"
    for name in arguments.tables:
        before = busy_cores()
        parts = list(TABLES[name](arguments))
        busy = max(before, busy_cores())
        others = "a quiet machine" if busy < 0.1 else f"**with other work on the machine** ({busy:.1f} of {os.cpu_count()} cores)"
        how = f"{on}; {TIMES[name].format(rounds=arguments.rounds, seconds=arguments.seconds)}; {others}."
        parts = [part.strip().replace("\n\n", f"\n\n{how}\n\n", 1) for part in parts]
        print("\n\n".join(parts) + "\n", flush=True)
        if arguments.write:
            results.write_text(written(results.read_text(), parts))


if __name__ == "__main__":
    main()
