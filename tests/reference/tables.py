"""Reference figures of the steps for tables, `Scale`, `Robust`, `Periodic`, `Piecewise` and `Ensemble`, from their papers' formulas, with Keras (float64) around them
and numpy's quantiles. Keras differentiates them by itself.

Writes tables.json beside this file, in the layout of generate.py.
Run: pip install keras jax numpy; python tables.py
"""
import small_model  # First: it chooses the backend of Keras.
import keras, numpy as np
from keras import layers as L, ops

BINS, MEMBERS = 4, 3


class Scale(L.Layer):
    """Holzmüller, Grinsztajn, Steinwart 2024, the scaling layer."""

    def build(self, shape):
        self.factors = self.add_weight(name="scale", shape=(shape[-1],))

    def call(self, x):
        return self.factors * x


class Robust(L.Layer):
    """Holzmüller, Grinsztajn, Steinwart 2024, robust scaling and smooth clipping."""

    def build(self, shape):
        self.median = self.add_weight(name="median", shape=(shape[-1],), trainable=False)
        self.factor = self.add_weight(name="factor", shape=(shape[-1],), trainable=False)

    def call(self, x):
        z = (x - self.median) * self.factor
        return z / ops.sqrt(1 + (z / 3) ** 2)


class Periodic(L.Layer):
    """Gorishniy, Rubachev, Babenko 2022, equation 3."""

    def __init__(self, frequencies, **more):
        super().__init__(**more)
        self.frequencies = frequencies

    def build(self, shape):
        self.frequency = self.add_weight(name="frequency", shape=(shape[-1], self.frequencies))

    def call(self, x):
        angles = 2 * np.pi * ops.convert_to_tensor(self.frequency)[None] * x[..., None]
        values = ops.concatenate([ops.cos(angles), ops.sin(angles)], axis=-1)
        return ops.reshape(values, (-1, values.shape[-2] * values.shape[-1]))


class Piecewise(L.Layer):
    """Gorishniy, Rubachev, Babenko 2022, equation 1; bins without a length give 0."""

    def build(self, shape):
        self.start = self.add_weight(name="start", shape=(shape[-1], BINS), trainable=False)
        self.length = self.add_weight(name="length", shape=(shape[-1], BINS), trainable=False)

    def call(self, x):
        start, length = ops.convert_to_tensor(self.start), ops.convert_to_tensor(self.length)
        there = length > 0
        part = (x[..., None] - start) / ops.where(there, length, 1)
        first = np.arange(BINS) == 0
        behind = ops.concatenate([there[:, 1:], ops.zeros_like(there[:, :1], dtype="bool")], axis=-1)
        part = ops.where(first[None], part, ops.maximum(part, 0))
        part = ops.where(behind, ops.minimum(part, 1), part)
        values = ops.where(there, part, 0)
        return ops.reshape(values, (-1, values.shape[-2] * values.shape[-1]))


class Ensemble(L.Layer):
    """Gorishniy, Kotelnikov, Babenko 2024, the adapter `R` of each member."""

    def build(self, shape):
        self.factor = self.add_weight(name="factor", shape=(MEMBERS, shape[-1]))

    def call(self, x):
        return self.factor * (x if len(x.shape) == 3 else x[:, None])


def measured(inputs):
    """What the layers measure of the data, after some columns got a tail, a number in most rows, or but one."""
    numbers, others = inputs["numbers"], inputs["others"]
    numbers[:, 0] = np.exp(3 * numbers[:, 0])
    numbers[:, 1] = np.where(np.abs(numbers[:, 1]) < 1.3, 1.0, numbers[:, 1])
    numbers[:, 2] = 14.62
    others[:, 1] = np.round(0.5 * others[:, 1])
    low, high = np.quantile(numbers, 0.25, axis=0), np.quantile(numbers, 0.75, axis=0)
    span = np.where(high > low, high - low, (numbers.max(axis=0) - numbers.min(axis=0)) / 2)
    start, length = np.zeros((others.shape[1], BINS)), np.zeros((others.shape[1], BINS))
    for column, values in enumerate(others.T):
        edges = np.unique(np.quantile(values, np.linspace(0, 1, BINS + 1)))
        start[column] = edges[-1]
        start[column, :len(edges) - 1], length[column, :len(edges) - 1] = edges[:-1], np.diff(edges)
    return {
        "robust_robust1/median": np.median(numbers, axis=0),
        "robust_robust1/factor": np.where(span > 0, 1 / np.where(span > 0, span, 1), 0),
        "bins_piecewise1/start": start,
        "bins_piecewise1/length": length,
    }


numbers, others = keras.Input((5,), name="numbers"), keras.Input((3,), name="others")
h = Robust(name="robust_robust1")(numbers)
robust = Scale(name="robust_scale1")(h)
waves = Periodic(3, name="waves_periodic1")(robust)
bins = Piecewise(name="bins_piecewise1")(others)
h = L.Conv1D(4, 1, activation="tanh", name="members_conv1d1")(Ensemble(name="members_ensemble1")(robust))
h = L.Conv1D(2, 1, name="members_conv1d2")(Ensemble(name="members_ensemble2")(h))
members = L.GlobalAveragePooling1D()(h)
h = L.Dense(8, activation="tanh", name="all_dense1")(L.Concatenate()([robust, waves, bins, members]))
kind = L.Dense(3, activation="softmax", name="kind_dense1")(h)
level = L.Dense(2, name="level_dense1")(h)
model = keras.Model({"numbers": numbers, "others": others}, {"kind": kind, "level": level})

small_model.write(model, "tables.json", measured=measured)
