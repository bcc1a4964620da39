"""What the peers in Python share: the task, and the answers to the commands; see `src/lib.rs`.

A peer has `predict(row)`, which gives the heads' outputs as one array, and, if it trains, `train(epochs)`, which calls `epochs.end(losses)`
after each epoch, until it says no.
"""

import os
import sys
import time

import numpy
from safetensors.numpy import load_file

LEARNING_RATE = 1e-3
EPSILON = 1e-10
CHECKED = 4


class Task:
    """A model's weights to begin with, and its data."""

    def __init__(self, directory, model):
        weights = load_file(os.path.join(directory, f"{model}.safetensors"))
        data = load_file(os.path.join(directory, f"{model}_data.safetensors"))
        self.model = model
        self.onnx = os.path.join(directory, f"{model}.onnx")
        self.batch = int(data.pop("batch")[0])
        self.inputs = data.pop("x")
        self.width = self.inputs.shape[1]
        self.names = sorted(data)
        # float32 [rows, 1] for a mean squared error, int64 [rows] for a cross-entropy.
        self.targets = [data[name] for name in self.names]

        def block(name):
            paths = (f"{name}.dense{number}" for number in range(1, 1 + sum(path.startswith(f"{name}.") for path in weights) // 2))
            return [(weights[f"{path}.kernel"], weights[f"{path}.bias"]) for path in paths]

        # Pairs of a kernel, [inputs, units], and a bias.
        self.body = block("body")
        self.heads = [block(name) for name in self.names]

    def softmax(self, head):
        return self.targets[head].dtype != numpy.float32

    def activation(self, head):
        """What the head ends in, by its name in ONNX."""
        if self.softmax(head):
            return "Softmax"
        return "Sigmoid" if self.model == "digits" else None

    def rows(self):
        return len(self.inputs)

    def batches(self):
        return range(0, self.rows(), self.batch)


class Epochs:
    """Counts and times epochs; the first is not timed."""

    def __init__(self, seconds):
        self.duration, self.first, self.losses, self.seconds = seconds, None, [], []

    def end(self, losses):
        now = time.perf_counter()
        if self.first is None:
            self.first, self.losses = now, losses
        else:
            self.seconds.append((now - self.last) / len(losses))
        self.last = now
        return now - self.first < self.duration


def first_predictions(peer, task):
    return [float(value) for row in range(CHECKED) for value in peer.predict(task.inputs[row : row + 1])]


def check(peer, task):
    numbers = first_predictions(peer, task)
    if hasattr(peer, "train"):
        epochs = Epochs(0)
        peer.train(epochs)
        numbers += [float(loss) for loss in epochs.losses] + first_predictions(peer, task)
    return numbers


def time_training(peer, seconds):
    if not hasattr(peer, "train"):
        return []
    epochs = Epochs(seconds)
    peer.train(epochs)
    return epochs.seconds


def time_predictions(peer, task, seconds):
    rows = [task.inputs[row : row + 1] for row in range(100)]

    def run(repeats):
        start = time.perf_counter()
        for repeat in range(repeats):
            peer.predict(rows[repeat % 100])
        return (time.perf_counter() - start) / repeats

    repeats = int(5e-4 / run(20)) + 1
    start, times = time.perf_counter(), []
    while time.perf_counter() - start < seconds:
        times.append(run(repeats))
    return times


def run(peer_of):
    """Answers commands. `peer_of(task, *words)` makes a peer; the words stand between the model and the seconds."""
    for line in sys.stdin:
        command, model, *words = line.split()
        seconds = 0 if command == "check" else float(words.pop())
        task = Task(sys.argv[1], model)
        peer = peer_of(task, *words)
        if command == "check":
            numbers = check(peer, task)
        elif command == "train":
            numbers = time_training(peer, seconds)
        elif command == "predict":
            numbers = time_predictions(peer, task, seconds)
        else:
            sys.exit(f"no command {line}")
        print(*numbers, flush=True)
