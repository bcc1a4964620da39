"""What a small model with the heads `kind` (three classes) and `level` (two numbers) gives in Keras, in double precision: at the start, for its
first batch, and while it is trained for a few steps.
"""
import json, os
os.environ["KERAS_BACKEND"] = "jax"
os.environ["JAX_ENABLE_X64"] = "1"
import jax, jax.numpy as jnp, keras, numpy as np
from keras.src.backend.common import dtypes

here = os.path.dirname(os.path.abspath(__file__))
keras.config.set_floatx("float64")
# Elsewhere than on TensorFlow Keras rounds what some steps compute in double precision to single; here it does not.
dtypes.BIT64_TO_BIT32_DTYPE["float64"] = "float64"
rng = np.random.default_rng(20261122)
SIZE, STEPS, RATE = 8, 5, 0.05


def listed(x):
    return np.asarray(x, dtype=np.float64).tolist()


def write(model, file, exported=None, measured=None):
    """Trains the model on random data and writes `file`, in the layout of generate.py. `exported` takes the model at the start.
    `measured` gives weights by their paths, for the inputs that it takes and may change."""
    for w in model.weights:
        if "moving" in w.path or "seed" in w.path:
            continue
        scale = 0.4 if len(w.shape) == 1 else 1.0 / np.sqrt(np.prod(w.shape[:-1]))
        # The factors of a normalisation are near 1.
        w.assign((1.0 if w.path.endswith(("gamma", "scale")) else 0.0) + scale * rng.standard_normal(w.shape))

    samples = SIZE * STEPS
    inputs = {name: rng.standard_normal((samples, *x.shape[1:])) for name, x in model.input.items()}
    if measured:
        weights = {w.path: w for w in model.weights}
        for path, value in measured(inputs).items():
            weights[path].assign(value)
    targets = {"kind": np.eye(3)[rng.integers(0, 3, samples)], "level": rng.standard_normal((samples, 2))}
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
    predict = lambda trained, others: model.stateless_call(trained, others, {k: jnp.asarray(v[:4]) for k, v in inputs.items()}, training=False)[0]
    start = named(trained, others)
    if exported:
        exported(model)
    at_start = predict(trained, others)
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
    after = predict(trained, others)
    with open(os.path.join(here, file), "w") as f:
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
