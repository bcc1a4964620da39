"""JAX: one jitted step at a time (`step`), or an epoch of them in `lax.scan` (`scan`). Adam is written out: JAX has no optimizers."""

import sys
from functools import partial

import jax
import jax.numpy as jnp
import numpy

import task


def forward(parameters, x):
    """Outputs of the heads, before the softmax."""
    for kernel, bias in parameters["body"]:
        x = jax.nn.relu(x @ kernel + bias)
    outputs = []
    for layers in parameters["heads"]:
        y = x
        for kernel, bias in layers[:-1]:
            y = jax.nn.relu(y @ kernel + bias)
        kernel, bias = layers[-1]
        outputs.append(y @ kernel + bias)
    return outputs


def loss_of(parameters, x, targets):
    loss = 0.0
    for output, target in zip(forward(parameters, x), targets):
        if target.dtype == jnp.float32:
            loss += jnp.mean((output - target) ** 2)
        else:
            loss -= jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(output), target[:, None], 1))
    return loss


def update(state, batch):
    parameters, mean, square, step = state
    loss, gradient = jax.value_and_grad(loss_of)(parameters, *batch)
    step = step + 1
    mean = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, mean, gradient)
    square = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, square, gradient)
    mean_scale, square_scale = 1 / (1 - 0.9**step), 1 / (1 - 0.999**step)
    rate, epsilon = task.LEARNING_RATE, task.EPSILON
    parameters = jax.tree.map(lambda p, m, v: p - rate * m * mean_scale / (jnp.sqrt(v * square_scale) + epsilon), parameters, mean, square)
    return (parameters, mean, square, step), loss


one_step = jax.jit(update, donate_argnums=0)


@partial(jax.jit, donate_argnums=0)
def epoch(state, batches):
    return jax.lax.scan(update, state, batches)


@partial(jax.jit, static_argnums=2)
def outputs(parameters, x, softmax):
    heads = forward(parameters, x)
    return jnp.concatenate([jax.nn.softmax(head) if is_softmax else head for head, is_softmax in zip(heads, softmax)], axis=1)


class Jax:
    def __init__(self, work):
        self.task = work
        self.parameters = jax.tree.map(jnp.asarray, {"body": work.body, "heads": work.heads})
        self.softmax = tuple(map(work.softmax, range(len(work.heads))))

    def predict(self, row):
        return numpy.asarray(outputs(self.parameters, row, self.softmax))[0]

    def train(self, epochs):
        work, steps = self.task, len(self.task.batches())
        cut = lambda rows: jnp.asarray(rows).reshape(steps, work.batch, *rows.shape[1:])
        batches = (cut(work.inputs), [cut(target if target.dtype == numpy.float32 else target.astype(numpy.int32)) for target in work.targets])
        each = [jax.tree.map(lambda rows: rows[step], batches) for step in range(steps)]
        zeros = lambda: jax.tree.map(jnp.zeros_like, self.parameters)
        state = (self.parameters, zeros(), zeros(), jnp.float32(0))
        while True:
            if sys.argv[2] == "scan":
                state, losses = epoch(state, batches)
                losses = numpy.asarray(losses)
            else:
                losses = []
                for batch in each:
                    state, loss = one_step(state, batch)
                    losses.append(loss)
                losses = [float(loss) for loss in losses]
            if not epochs.end(losses):
                break
        self.parameters = state[0]


task.run(Jax)
