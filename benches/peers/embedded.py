"""The table of embedded models: bytes of code and data, stack, heap and time of one prediction, each peer linked with `embedded/harness.c`."""

import os
import statistics
import struct
import subprocess
import sys
from array import array
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
BUILD = HERE / "target/embedded"
# Inputs and outputs of a model.
MODELS = {"seed": (16, 4), "digits": (64, 11)}
NATIVE = "-march=native"
# How far outputs may be from those of mtl in 32 bits, by the bits. With eight the error is of the quantisation.
TOLERANCE = {32: 1e-4, 8: 0.15}
# How far those of one file in eight bits may be apart: some steps of its output, as runtimes round differently between layers.
TOLERANCE_OF_FILE = 0.1


@dataclass
class Device:
    """How a peer's prediction gets into a program: a file in C, or a static library in Rust."""

    name: str
    bits: int = 32
    source: str | None = None
    flags: list[str] = field(default_factory=list)
    example: str | None = None
    feature: str | None = None
    profile: str = "release"
    native: bool = False
    # A runtime through Python.
    library: str | None = None


DEVICES = [
    Device("mtl, `opt-level = \"s\"`", example="embedded_mtl", feature="embedded-mtl", profile="small"),
    Device("mtl, `opt-level = 3`", example="embedded_mtl", feature="embedded-mtl", profile="fast"),
    Device("mtl, `opt-level = 3`, `target-cpu=native`", example="embedded_mtl", feature="embedded-mtl", profile="fast", native=True),
    Device("C by hand, `-Os`", source="hand.c", flags=["-Os"]),
    Device("C by hand, `-O3`", source="hand.c", flags=["-O3"]),
    Device("C by hand, `-O3 -march=native`", source="hand.c", flags=["-O3", NATIVE]),
    Device("emlearn, `-Os`", source="emlearn.c", flags=["-Os"]),
    Device("emlearn, `-O3 -march=native`", source="emlearn.c", flags=["-O3", NATIVE]),
    Device("burn, features without `std`, `opt-level = 3`", example="embedded_burn", feature="embedded-burn", profile="fast"),
    Device("tract", example="embedded_tract", feature="tract"),
    Device("LiteRT, through Python", library="litert"),
    Device("TensorFlow Lite Micro, through Python", library="micro"),
    Device("mtl, `opt-level = \"s\"`", 8, example="embedded_mtl_int8", feature="embedded-mtl", profile="small"),
    Device("mtl, `opt-level = 3`", 8, example="embedded_mtl_int8", feature="embedded-mtl", profile="fast"),
    Device("mtl, `opt-level = 3`, `target-cpu=native`", 8, example="embedded_mtl_int8", feature="embedded-mtl", profile="fast", native=True),
    Device("microflow, `opt-level = \"s\"`", 8, example="embedded_microflow", feature="embedded-microflow", profile="small"),
    Device("microflow, `opt-level = 3`", 8, example="embedded_microflow", feature="embedded-microflow", profile="fast"),
    Device("microflow, `opt-level = 3`, `target-cpu=native`", 8, example="embedded_microflow", feature="embedded-microflow", profile="fast", native=True),
    Device("LiteRT, through Python", 8, library="litert"),
    Device("TensorFlow Lite Micro, through Python", 8, library="micro"),
]


def sections(program):
    """Bytes of code and of all else that is loaded or reserved (ELF, 64 bits, little-endian)."""
    contents = program.read_bytes()
    (table,), (size, count) = struct.unpack_from("<Q", contents, 0x28), struct.unpack_from("<HH", contents, 0x3A)
    code = data = 0
    for number in range(count):
        flags, _, _, length = struct.unpack_from("<QQQQ", contents, table + number * size + 8)
        if flags & 4:
            code += length
        elif flags & 2:
            data += length
    return code, data


def link(name, model, parts):
    """The harness with these objects or libraries, as a static program."""
    inputs, outputs = MODELS[model]
    program = BUILD / f"{name}_{model}"
    defines = [f"-DPREDICT={model}_predict", f"-DINPUTS={inputs}", f"-DOUTPUTS={outputs}"]
    libraries = ["-lm", "-lpthread", "-ldl"]
    command = ["gcc", "-O2", "-static", "-Wl,--gc-sections", *defines, HERE / "embedded/harness.c", *parts, *libraries, "-o", program]
    subprocess.run(command, check=True)
    return program


def compile_c(source, flags, include):
    name = "_".join([Path(source).stem, *flags]).replace("=", "")
    target = BUILD / f"{name}.o"
    paths = [f"-I{HERE / 'target/tasks'}", *(f"-I{path}" for path in include)]
    subprocess.run(["gcc", "-c", "-std=gnu11", "-ffunction-sections", "-fdata-sections", *flags, *paths, HERE / "embedded" / source, "-o", target], check=True)
    return name, target


def compile_rust(device):
    directory = HERE / "target/native" if device.native else HERE / "target"
    flags = {"RUSTFLAGS": "-C target-cpu=native"} if device.native else {}
    command = ["cargo", "build", "--locked", "--quiet", "--profile", device.profile, "--features", device.feature, "--example", device.example]
    subprocess.run([*command, "--target-dir", directory], cwd=HERE, env=os.environ | flags, check=True)
    name = "_".join([device.example, device.profile] + ["native"] * device.native)
    return name, directory / device.profile / f"examples/lib{device.example}.a"


def run(command, arguments, environment):
    """The three lines of the harness."""
    pin = lambda: os.sched_setaffinity(0, [arguments.core])
    lines = subprocess.run(command, check=True, capture_output=True, text=True, env=os.environ | environment, preexec_fn=pin).stdout.splitlines()
    return [[float(number) for number in line.split()] for line in lines]


def accuracy(outputs, classes):
    """The share of digits that the first ten outputs of each row get right."""
    rows = [outputs[start : start + 11] for start in range(0, len(outputs), 11)]
    return sum(max(range(10), key=row.__getitem__) == digit for row, digit in zip(rows, classes, strict=True)) / len(rows)


def embedded(arguments, read_safetensors, table, one_thread):
    """A table for each model."""
    tasks = HERE / "target/tasks"
    BUILD.mkdir(parents=True, exist_ok=True)
    emlearn = None
    if arguments.python:
        code = "import emlearn, pathlib; print(pathlib.Path(emlearn.__file__).parent)"
        emlearn = subprocess.run([arguments.python, "-c", code], check=True, capture_output=True, text=True).stdout.strip()
    for model, (width, outputs) in MODELS.items():
        data = read_safetensors(tasks / f"{model}_data.safetensors")
        rows = array("f", data["x"][2])[: 1000 * width]
        inputs = BUILD / f"{model}_rows"
        inputs.write_bytes(rows.tobytes())
        classes = array("q", data["a"][2]) if model == "digits" else None
        name, object_file = compile_c("nothing.c", ["-O2"], [])
        nothing = link(name, model, [object_file])
        (base_code, base_data), (_, (base_stack, base_heap), _) = sections(nothing), run([nothing, inputs], arguments, {})
        programs = []
        for device in DEVICES:
            if (device.library or device.source != "hand.c" and not device.example) and not arguments.python:
                continue
            if arguments.devices and not any(part in device.name for part in arguments.devices):
                continue
            if device.library:
                file = tasks / (f"{model}.tflite" if device.bits == 32 else f"{model}_int8.tflite")
                command = [arguments.python, HERE / "python/lite.py", device.library, file, tasks, model]
                programs.append((device, command, one_thread, None))
            else:
                name, part = compile_c(device.source, device.flags, [emlearn] if emlearn else []) if device.source else compile_rust(device)
                program = link(name, model, [part])
                programs.append((device, [program, inputs], {}, sections(program)))
        # In turns, so that other work on the machine meets all alike.
        rounds = [[run(command, arguments, environment) for _, command, environment, _ in programs] for _ in range(arguments.rounds)]
        reference, of_file, lines = None, None, []
        for number, (device, _, _, size) in enumerate(programs):
            predicted, memory, _ = rounds[0][number]
            times = sorted(time for results in rounds for time in results[number][2])
            predicted = predicted[: len(rows) // width * outputs]
            reference = reference or predicted
            difference = max(abs(a - b) for a, b in zip(predicted, reference, strict=True))
            if not difference <= TOLERANCE[device.bits]:
                raise SystemExit(f"{device.name}, {model}: outputs differ by {difference}")
            if device.bits == 8 and "mtl" not in device.name:
                of_file = of_file or predicted
                apart = max(abs(a - b) for a, b in zip(predicted, of_file, strict=True))
                print(f"{device.name}, {model}: {apart:.0e} from the first that runs its file", file=sys.stderr)
                if not apart <= TOLERANCE_OF_FILE:
                    raise SystemExit(f"{device.name}, {model}: outputs of one file differ by {apart}")
            sizes = ["", "", "", ""]
            if size:
                beyond = [size[0] - base_code, size[1] - base_data, memory[0] - base_stack, memory[1] - base_heap]
                sizes = [f"{number:,.0f}" for number in beyond]
            cells = [device.name, str(device.bits), *sizes, f"{statistics.median(times):,.0f}", f"{times[len(times) // 20]:,.0f}", f"{difference:.0e}"]
            lines.append(cells + ([f"{100 * accuracy(predicted, classes):.1f} %"] if classes else []))
        columns = ["", "bits", "code", "data", "stack", "heap", "ns", "ns, 5 %", "difference"] + (["accuracy"] if classes else [])
        yield f"## Embedded: the {model} model\n\n" + table(columns, lines)
