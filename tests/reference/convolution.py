"""Reference figures of convolution and pooling from Keras (float64), for checking an independent implementation.

Writes convolution.json beside this file, in the layout of generate.py, and the weights at the start to convolution.safetensors by the recipe
for users. A kernel is [rows][columns][channels][filters], as Keras stores it.
Run: pip install keras jax numpy safetensors; python convolution.py
"""
import json, os, sys
os.environ["KERAS_BACKEND"] = "jax"
os.environ["JAX_ENABLE_X64"] = "1"
import jax, jax.numpy as jnp, keras, numpy as np
from keras import layers as L
from keras.src.backend.common import dtypes

here = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(here, "..", "..", "recipes"))
import from_keras

keras.config.set_floatx("float64")
# Elsewhere than on TensorFlow Keras rounds what some steps compute in double precision to single; here it does not.
dtypes.BIT64_TO_BIT32_DTYPE["float64"] = "float64"
rng = np.random.default_rng(20261122)
SIZE, STEPS, RATE = 8, 5, 0.05


def listed(x):
    return np.asarray(x, dtype=np.float64).tolist()


# Even and odd windows, strides and sides, with padding and without; normalisation along the channels.
image, sound = keras.Input((7, 6, 2), name="image"), keras.Input((9, 3), name="sound")
h = L.Conv2D(4, (3, 2), strides=(2, 1), padding="same", name="seen_conv2d1")(image)
h = L.BatchNormalization(name="seen_batch_norm1")(h)
h = L.ReLU()(h)
h = L.MaxPooling2D(2, strides=1, padding="same")(h)
seen = L.Conv2D(5, 3, activation="tanh", name="seen_conv2d2")(h)
h = L.Conv1D(4, 4, strides=2, padding="same", activation="elu", name="heard_conv1d1")(sound)
h = L.LayerNormalization(name="heard_layer_norm1")(h)
heard = L.Flatten()(L.MaxPooling1D()(h))
pooled = L.Flatten()(L.AveragePooling2D((2, 3), strides=2, padding="same")(seen))
h = L.Concatenate()([pooled, L.GlobalAveragePooling2D()(seen), heard])
h = L.Dense(8, activation="tanh", name="all_dense1")(h)
kind = L.Dense(3, activation="softmax", name="kind_dense1")(h)
level = L.Dense(2, name="level_dense1")(h)
model = keras.Model({"image": image, "sound": sound}, {"kind": kind, "level": level})

for w in model.weights:
    if "moving" in w.path or "seed" in w.path:
        continue
    scale = 0.4 if len(w.shape) == 1 else 1.0 / np.sqrt(np.prod(w.shape[:-1]))
    w.assign((1.0 if w.path.endswith("gamma") else 0.0) + scale * rng.standard_normal(w.shape))

N = SIZE * STEPS
inputs = {"image": rng.standard_normal((N, 7, 6, 2)), "sound": rng.standard_normal((N, 9, 3))}
targets = {"kind": np.eye(3)[rng.integers(0, 3, N)], "level": rng.standard_normal((N, 2))}
losses = {"kind": keras.losses.CategoricalCrossentropy(), "level": keras.losses.Huber(1.0)}
loss_weights = {"kind": 1.0, "level": 2.0}
batch = lambda values, i: {k: jnp.asarray(v[i * SIZE:(i + 1) * SIZE]) for k, v in values.items()}


def forward(trained, others, x, y):
    out, others = model.stateless_call(trained, others, x, training=True)
    heads = {k: losses[k](y[k], out[k]) for k in losses}
    return sum(loss_weights[k] * heads[k] for k in losses), (out, heads, others)


step = jax.jit(jax.value_and_grad(forward, has_aux=True))
names = [v.path for v in model.trainable_variables]
trained, others = [v.value for v in model.trainable_variables], [v.value for v in model.non_trainable_variables]
named = lambda trained, others: {
    **{v.path: listed(x) for v, x in zip(model.trainable_variables, trained)},
    **{v.path: listed(x) for v, x in zip(model.non_trainable_variables, others) if "seed" not in v.path},
}
start = named(trained, others)
paths = {layer.name: layer.name.replace("_", ".", 1) for layer in model.layers if layer.weights}
from_keras.export(model, paths, os.path.join(here, "convolution.safetensors"))
at_start, _ = model.stateless_call(trained, others, {k: jnp.asarray(v[:4]) for k, v in inputs.items()}, training=False)
(loss, (out, heads, _)), gradients = step(trained, others, batch(inputs, 0), batch(targets, 0))
first = {
    "outputs": {k: listed(v) for k, v in out.items()},
    "head_losses": {k: float(v) for k, v in heads.items()},
    "loss": float(loss),
    "gradients": {name: listed(g) for name, g in zip(names, gradients)},
}
history = []
for i in range(STEPS):
    (loss, (_, _, others)), gradients = step(trained, others, batch(inputs, i), batch(targets, i))
    trained = [w - RATE * g for w, g in zip(trained, gradients)]
    history.append(float(loss))
after, _ = model.stateless_call(trained, others, {k: jnp.asarray(v[:4]) for k, v in inputs.items()}, training=False)
with open(os.path.join(here, "convolution.json"), "w") as f:
    json.dump({
        "keras": keras.__version__, "jax": jax.__version__,
        "inputs": {k: listed(v) for k, v in inputs.items()},
        "targets": {k: listed(v) for k, v in targets.items()},
        "batch_size": SIZE, "steps": STEPS, "loss_weights": loss_weights, "start": start, "first_batch": first,
        "predictions_at_start": {k: listed(v) for k, v in at_start.items()},
        "training": [{
            "optimizer": "sgd", "config": {"learning_rate": RATE}, "losses": history, "end": named(trained, others),
            "predictions_after": {k: listed(v) for k, v in after.items()},
        }],
    }, f)
