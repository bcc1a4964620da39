"""Reference figures of recurrent layers from Keras, for checking an independent implementation.

Writes beside this file: recurrent.json, a model in float64 with its gradients and a few steps of training, laid out as by generate.py;
sound.safetensors, the weights of another one in float32 as recipes/from_keras.py writes them, and sound.json, what it predicts.
Keras's own `tanh` and means go through single precision on JAX, in double too: the layers get JAX's `tanh`, and the losses are written out.
Run: pip install keras jax numpy safetensors; python recurrent.py
"""
import json, os, sys
os.environ["KERAS_BACKEND"] = "jax"
os.environ["JAX_ENABLE_X64"] = "1"
import jax, jax.numpy as jnp, numpy as np, keras
from keras import layers as L
from safetensors.numpy import save_file

here = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(here, "..", "..", "recipes"))
import from_keras

keras.config.set_floatx("float64")
rng = np.random.default_rng(20261122)


def listed(x):
    return np.asarray(x, dtype=np.float64).tolist()


def save(name, value):
    with open(os.path.join(here, name), "w") as f:
        json.dump({"keras": keras.__version__, "jax": jax.__version__, **value}, f)


def randomise(model):
    for w in model.trainable_variables:
        w.assign(rng.standard_normal(w.shape) * (0.4 if len(w.shape) == 1 else 1.0 / np.sqrt(w.shape[0])))


def path(variable):
    """`states_gru1/gru_cell/kernel` without the cell."""
    parts = variable.path.split("/")
    return f"{parts[0]}/{parts[-1]}"


# 1. Both layers, with all states and with the last one, with biases and without.
BATCH, STEPS, TIME, FEATURES = 6, 5, 7, 3
series = keras.Input((TIME, FEATURES), name="series")
states = L.GRU(5, activation=jnp.tanh, return_sequences=True, name="states_gru1")(series)
states = L.LSTM(4, activation=jnp.tanh, return_sequences=True, name="states_lstm1")(states)
level = L.Dense(1, name="level_dense1")(L.GRU(3, activation=jnp.tanh, use_bias=False, name="level_gru1")(states))
last = L.LSTM(6, activation=jnp.tanh, use_bias=False, name="kind_lstm1")(states)
kind = L.Dense(3, activation="softmax", name="kind_dense1")(L.Activation(jnp.tanh)(last))
model = keras.Model(series, {"level": level, "kind": kind})
randomise(model)

x = rng.standard_normal((BATCH * STEPS, TIME, FEATURES))
targets = {"level": rng.standard_normal((BATCH * STEPS, 1)), "kind": np.eye(3)[rng.integers(0, 3, BATCH * STEPS)]}
losses = {"level": lambda y, p: jnp.mean(jnp.square(y - p)), "kind": lambda y, p: -jnp.mean(jnp.sum(y * jnp.log(p), axis=-1))}
loss_weights = {"level": 0.5, "kind": 1.0}
start = [np.asarray(v.value) for v in model.trainable_variables]


def compute(variables, x, targets):
    outputs, _ = model.stateless_call(variables, [v.value for v in model.non_trainable_variables], x)
    head_losses = {k: losses[k](targets[k], outputs[k]) for k in losses}
    return sum(loss_weights[k] * head_losses[k] for k in losses), (outputs, head_losses)


def batch(i):
    rows = slice(i * BATCH, (i + 1) * BATCH)
    return x[rows], {k: v[rows] for k, v in targets.items()}


def named(values):
    return {path(v): listed(value) for v, value in zip(model.trainable_variables, values)}


gradient = jax.value_and_grad(compute, has_aux=True)
(loss, (outputs, head_losses)), gradients = gradient(start, *batch(0))
variables, history, rate = start, [], 0.1
for step in range(STEPS):
    (value, _), slopes = gradient(variables, *batch(step))
    variables = [v - rate * g for v, g in zip(variables, slopes)]
    history.append(float(value))
_, (after, _) = compute(variables, x[:4], {k: v[:4] for k, v in targets.items()})
save("recurrent.json", {
    "inputs": {"series": listed(x)}, "targets": {k: listed(v) for k, v in targets.items()},
    "batch_size": BATCH, "steps": STEPS, "loss_weights": loss_weights, "start": named(start),
    "first_batch": {
        "outputs": {k: listed(v) for k, v in outputs.items()}, "head_losses": {k: float(v) for k, v in head_losses.items()},
        "loss": float(loss), "gradients": named(gradients),
    },
    "training": [{
        "optimizer": "sgd", "config": {"learning_rate": rate}, "losses": history, "end": named(variables),
        "predictions_after": {k: listed(v) for k, v in after.items()},
    }],
})

# 2. Weights by way of the recipe: the layers are called by their places in a model of the tests.
frames = keras.Input((12, 3), name="frames")
body = L.GRU(8, activation=jnp.tanh, name="gru")(L.LSTM(16, activation=jnp.tanh, return_sequences=True, name="lstm")(frames))
level, kind = L.Dense(1, name="level")(body), L.Dense(3, activation="softmax", name="kind")(body)
model = keras.Model(frames, {"level": level, "kind": kind})
randomise(model)
for w in model.trainable_variables:
    w.assign(np.asarray(w.value).astype(np.float32))
tensors = from_keras.tensors_of(model, {"lstm": "body.lstm1", "gru": "body.gru1", "level": "level.dense1", "kind": "kind.dense1"})
save_file({name: tensor.astype(np.float32) for name, tensor in tensors.items()}, os.path.join(here, "sound.safetensors"))
x = rng.standard_normal((5, 12, 3)).astype(np.float32)
save("sound.json", {"frames": listed(x), "outputs": {k: listed(v) for k, v in model(x).items()}})
