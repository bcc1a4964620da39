"""PyTorch models as `recipes/to_onnx.py` writes them, for the test `imported`.

    pip install torch onnx onnxscript
    python mtl-cli/tests/make_pytorch.py
"""

import os
import sys

import torch
from torch import nn

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "recipes"))
from to_onnx import export  # noqa: E402

MODELS = []


def model(heads, **shapes):
    """A class of models with its heads and the shapes of its inputs; a number alone is how many classes there are."""

    def add(kind):
        MODELS.append((kind, heads, shapes))
        return kind

    return add


def mlp(*sizes, activation=nn.ReLU):
    layers = []
    for before, after in zip(sizes, sizes[1:]):
        layers += [nn.Linear(before, after), activation()]
    return nn.Sequential(*layers)


@model(["stay", "disease"], record=(13,))
class TwoHeads(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = mlp(13, 16, 16)
        self.stay, self.disease = nn.Linear(16, 1), nn.Linear(16, 3)

    def forward(self, record):
        body = self.body(record)
        return self.stay(body), torch.softmax(self.disease(body), -1)


@model(["limited", "health"], survey=(5,), sensors=(8,))
class TwoInputs(nn.Module):
    def __init__(self):
        super().__init__()
        self.survey, self.sensors, self.shared = mlp(5, 4), mlp(8, 4), mlp(8, 6)
        self.limited, self.health = nn.Linear(6, 1), nn.Linear(6, 4)

    def forward(self, survey, sensors):
        both = self.shared(torch.cat([self.survey(survey), self.sensors(sensors)], 1))
        return torch.sigmoid(self.limited(both)), torch.softmax(self.health(both), 1)


@model(["gap", "total"], left=(5,), right=(5,))
class ReusedLayer(nn.Module):
    def __init__(self):
        super().__init__()
        self.encode, self.gap, self.total = nn.Sequential(nn.Linear(5, 6), nn.Tanh(), nn.Linear(6, 4)), nn.Linear(4, 1), nn.Linear(4, 2)

    def forward(self, left, right):
        a, b = self.encode(left), self.encode(right)
        return self.gap(a * b), self.total(a + b)


@model(["digit", "odd"], image=(1, 8, 8))
class Image(nn.Module):
    def __init__(self):
        super().__init__()
        self.look = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(4, 3, 3, padding=1), nn.BatchNorm2d(3), nn.ReLU())
        self.digit, self.odd = nn.Linear(27, 10), nn.Linear(27, 1)

    def forward(self, image):
        flat = torch.flatten(self.look(image), 1)
        return torch.softmax(self.digit(flat), 1), torch.sigmoid(self.odd(flat))


@model(["kind", "level"], picture=(3, 9, 7))
class Strided(nn.Module):
    """Padding that is no `same`, strides, a depthwise convolution, and the mean of all pixels."""

    def __init__(self):
        super().__init__()
        self.first = nn.Conv2d(3, 6, 3, stride=2, padding=1)
        self.each = nn.Conv2d(6, 12, 3, padding=1, groups=6, bias=False)
        self.mix = nn.Conv2d(12, 4, 1)
        self.pool, self.kind, self.level = nn.AdaptiveAvgPool2d(1), nn.Linear(4, 3), nn.Linear(4, 1)

    def forward(self, picture):
        x = torch.relu(self.first(picture))
        x = nn.functional.hardswish(self.mix(self.each(x)))
        x = self.pool(x).flatten(1)
        return torch.softmax(self.kind(x), 1), self.level(x)


@model(["high", "kind"], days=(7, 3))
class Gru(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru, self.high, self.kind = nn.GRU(3, 5, batch_first=True), nn.Linear(5, 1), nn.Linear(5, 2)

    def forward(self, days):
        states, last = self.gru(days)
        return self.high(states[:, -1]), torch.softmax(self.kind(last[0]), 1)


@model(["high", "low"], days=(6, 2))
class Lstm(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm, self.high, self.low = nn.LSTM(2, 4, num_layers=2, batch_first=True), nn.Linear(4, 1), nn.Linear(4, 1)

    def forward(self, days):
        _, (last, _) = self.lstm(days)
        return self.high(last[-1]), self.low(last[-1])


@model(["visits", "kind"], region=5, device=7, age=(3,))
class Embedded(nn.Module):
    def __init__(self):
        super().__init__()
        self.region, self.device = nn.Embedding(5, 4), nn.Embedding(7, 2)
        self.body, self.visits, self.kind = mlp(9, 8, activation=nn.SiLU), nn.Linear(8, 1), nn.Linear(8, 3)

    def forward(self, region, device, age):
        body = self.body(torch.cat([self.region(region), self.device(device), age], 1))
        return torch.exp(self.visits(body)), torch.softmax(self.kind(body), 1)


@model(["a", "b"], x=(6,))
class Normalised(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("mean", torch.randn(6))
        self.register_buffer("spread", torch.rand(6) + 0.5)
        self.body = nn.Sequential(nn.Linear(6, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(0.2), nn.Linear(8, 5), nn.LayerNorm(5))
        self.a, self.b = nn.Linear(5, 1), nn.Linear(5, 1)

    def forward(self, x):
        body = self.body((x - self.mean) / self.spread)
        return self.a(body), nn.functional.softplus(self.b(body))


@model(["level", "kind"], x=(8,))
class Residual(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(8, 8)
        self.blocks = nn.ModuleList(nn.Sequential(nn.LayerNorm(8), nn.Linear(8, 8), nn.GELU(), nn.Linear(8, 8)) for _ in range(3))
        self.level, self.kind = nn.Linear(8, 1), nn.Linear(8, 4)

    def forward(self, x):
        x = self.first(x)
        for block in self.blocks:
            x = x + block(x)
        return self.level(x), torch.softmax(self.kind(x), -1)


@model(["y", "z"], x=(4,))
class Activations(nn.Module):
    def __init__(self):
        super().__init__()
        kinds = [nn.ReLU6(), nn.LeakyReLU(0.2), nn.LeakyReLU(), nn.ELU(), nn.SELU(), nn.Mish(), nn.Hardsigmoid(), nn.Softsign(), nn.PReLU()]
        self.body = nn.Sequential(*(step for kind in kinds for step in (nn.Linear(4, 4), kind)))
        self.y, self.z = nn.Linear(4, 1), nn.Linear(4, 2)

    def forward(self, x):
        body = self.body(x)
        return self.y(body), torch.tanh(self.z(body))


@model(["loud", "pitch"], sound=(2, 12))
class SequenceConvolution(nn.Module):
    def __init__(self):
        super().__init__()
        self.look = nn.Sequential(nn.Conv1d(2, 4, 3, stride=2, padding=1), nn.ReLU(), nn.MaxPool1d(2), nn.Conv1d(4, 3, 2), nn.PReLU(3))
        self.loud, self.pitch = nn.Linear(3, 1), nn.Linear(6, 1)

    def forward(self, sound):
        heard = self.look(sound)
        return self.loud(heard.mean(2)), self.pitch(heard.flatten(1))


@model(["p", "q", "r"], x=(6,))
class Branches(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Linear(6, 4), nn.Linear(6, 4)
        self.p, self.q, self.r = nn.Linear(12, 1), nn.Linear(4, 1), nn.Linear(4, 1)

    def forward(self, x):
        a, b = torch.relu(self.a(x)), torch.sigmoid(self.b(x))
        c = torch.maximum(a, b)
        return self.p(torch.cat([a, b, c], -1)), self.q(c), self.r(a * b * c)


@model(["each"], days=(5, 3))
class OverEachStep(nn.Module):
    def __init__(self):
        super().__init__()
        self.each, self.norm, self.end = nn.Linear(3, 4), nn.LayerNorm(4), nn.Linear(20, 2)

    def forward(self, days):
        return self.end(self.norm(torch.tanh(self.each(days))).flatten(1))


@model(["one", "two"], x=(12,))
class Viewed(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru, self.end, self.other = nn.GRU(3, 4, batch_first=True, bias=False), nn.Linear(16, 1), nn.Linear(4, 1)

    def forward(self, x):
        states, _ = self.gru(x.view(-1, 4, 3))
        return self.end(states.reshape(x.shape[0], -1)), self.other(states.mean(1))


@model(["first", "second"], x=(3,))
class OutputInside(nn.Module):
    def __init__(self):
        super().__init__()
        self.body, self.first, self.second = nn.Linear(3, 4), nn.Linear(4, 2), nn.Linear(6, 1)

    def forward(self, x):
        body = torch.relu(self.body(x))
        first = self.first(body)
        return first, self.second(torch.cat([body, first], 1))


@model(["type", "match"], input=(3,))
class WordsOfRust(nn.Module):
    def __init__(self):
        super().__init__()
        self.impl, self.fn, self.use = nn.Linear(3, 4), nn.Linear(4, 1), nn.Linear(4, 2)

    def forward(self, input):
        body = torch.relu(self.impl(input))
        return self.fn(body), self.use(body)


@model(["kind", "place"], image=(2, 6, 6))
class ResidualImage(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem, self.norm = nn.Conv2d(2, 4, 3, padding=1, bias=False), nn.BatchNorm2d(4)
        self.inner, self.pool = nn.Conv2d(4, 4, 3, padding=1), nn.AvgPool2d(2)
        self.kind, self.place = nn.Linear(36, 3), nn.Linear(4, 2)

    def forward(self, image):
        x = torch.relu(self.norm(self.stem(image)))
        x = torch.relu(x + self.inner(x))
        return torch.softmax(self.kind(self.pool(x).flatten(1)), 1), self.place(x.mean((2, 3)))


@model(["y"], left=(4,), right=(4,), extra=(2,))
class DeepSharing(nn.Module):
    """One encoder for two inputs, and one layer used twice in a row."""

    def __init__(self):
        super().__init__()
        self.encoder, self.again, self.end = mlp(4, 6, 4), nn.Linear(4, 4), nn.Linear(10, 1)

    def forward(self, left, right, extra):
        a, b = self.encoder(left), self.encoder(right)
        a = torch.tanh(self.again(torch.tanh(self.again(a))))
        return self.end(torch.cat([a, b, extra], 1))


@model(["experts_a", "experts_b"], x=(5,))
class Experts(nn.Module):
    """A hard-shared trunk with towers that end in normalised layers."""

    def __init__(self):
        super().__init__()
        self.trunk = nn.Sequential(nn.BatchNorm1d(5), nn.Linear(5, 8, bias=False), nn.SiLU())
        self.towers = nn.ModuleList(nn.Sequential(nn.Linear(8, 4), nn.ReLU(), nn.BatchNorm1d(4), nn.Linear(4, 1)) for _ in range(2))

    def forward(self, x):
        trunk = self.trunk(x)
        return tuple(tower(trunk) for tower in self.towers)


@model(["level", "kind"], x=(6,), days=(4, 3))
class RootMeanSquare(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm, self.each, self.body = nn.RMSNorm(6, eps=1e-5), nn.RMSNorm(3, eps=1e-6), mlp(18, 5)
        self.level, self.kind = nn.Linear(5, 1), nn.Linear(5, 3)
        nn.init.uniform_(self.norm.weight, 0.5, 1.5)
        nn.init.uniform_(self.each.weight, 0.5, 1.5)

    def forward(self, x, days):
        body = self.body(torch.cat([self.norm(x), self.each(days).flatten(1)], 1))
        return self.level(body), torch.softmax(self.kind(body), 1)


class WithoutWords(nn.Module):
    """Steps that have no word in the language."""

    def __init__(self):
        super().__init__()
        self.body, self.y, self.z = nn.Sequential(nn.Linear(4, 6), nn.CELU(0.5), nn.Linear(6, 6)), nn.Linear(3, 1), nn.Linear(6, 2)

    def forward(self, x):
        body = self.body(x)
        return self.y(torch.sin(body)[:, :3]), self.z(body)


if __name__ == "__main__":
    os.makedirs(os.path.join(HERE, "stubs"), exist_ok=True)
    torch.manual_seed(1)
    export(WithoutWords(), {"x": torch.randn(3, 4)}, ["y", "z"], os.path.join(HERE, "stubs", "without_words.onnx"), dynamo=False)
    folder = os.path.join(HERE, "pytorch")
    os.makedirs(folder, exist_ok=True)
    for number, (kind, heads, shapes) in enumerate(MODELS):
        torch.manual_seed(number)
        made = kind()
        for module in made.modules():
            if isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d)):
                # As if it had been trained.
                nn.init.normal_(module.running_mean, 0, 0.3)
                nn.init.uniform_(module.running_var, 0.5, 1.5)
                nn.init.uniform_(module.weight, 0.5, 1.5)
                nn.init.normal_(module.bias, 0, 0.3)
        rows = {
            name: torch.randint(0, shape, (3,)) if isinstance(shape, int) else torch.randn(3, *shape).mul(1000).round().div(1000)
            for name, shape in shapes.items()
        }
        name = "".join("_" + letter.lower() if letter.isupper() else letter for letter in kind.__name__).strip("_")
        # The newer exporter for every other one.
        export(made, rows, heads, os.path.join(folder, f"{name}.onnx"), dynamo=number % 2 == 1 or kind is RootMeanSquare)
    print(len(MODELS), "models")
