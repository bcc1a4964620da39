"""Twenty functional Keras models as `recipes/from_keras.py` writes them, for the test `imported`.

    KERAS_BACKEND=jax python mtl-cli/tests/make_keras.py
"""

import os
import sys

import keras
import numpy

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "recipes"))
from from_keras import export_model  # noqa: E402

layers = keras.layers
I, D = keras.Input, layers.Dense
MODELS = {}


def model(function):
    MODELS[function.__name__] = function
    return function


@model
def two_heads():
    """The first program of those that this is for: 13 features, and two heads."""
    x = I((13,), name="record")
    body = D(64, activation="relu", name="trunk_2")(D(64, activation="relu", name="trunk_1")(x))
    stay = D(1, name="stay")(D(20, activation="relu")(body))
    disease = D(3, activation="softmax", name="disease")(D(20, activation="relu")(body))
    made = keras.Model(x, [stay, disease])
    made.compile(
        loss={"stay": "mse", "disease": "sparse_categorical_crossentropy"},
        loss_weights={"stay": 0.5, "disease": 1.0},
        metrics={"stay": ["mae"], "disease": ["accuracy"]},
    )
    return made


@model
def two_inputs():
    """The second: inputs of 50 and 100, and a shared layer."""
    one, two = I((50,), name="survey"), I((100,), name="sensors")
    both = layers.Concatenate()([D(16, activation="relu")(one), D(16, activation="relu")(two)])
    shared = D(64, activation="relu", name="shared")(both)
    made = keras.Model([one, two], [D(1, activation="sigmoid", name="limited")(shared), D(4, activation="softmax", name="health")(shared)])
    made.compile(loss=["binary_crossentropy", keras.losses.CategoricalCrossentropy(label_smoothing=0.1)], metrics=[["accuracy", "auc"], ["accuracy"]])
    return made


@model
def reused_layer():
    left, right = I((5,), name="left"), I((5,), name="right")
    encode = D(6, activation="tanh", name="encode")
    drop, norm = layers.Dropout(0.2), layers.LayerNormalization(name="norm")
    a, b = norm(drop(encode(left))), norm(drop(encode(right)))
    return keras.Model([left, right], [D(1, name="gap")(layers.Multiply()([a, b])), D(2, name="sum")(layers.Add()([a, b]))])


@model
def nested_model():
    inner_in = I((4,), name="part")
    inner = keras.Model(inner_in, D(3, activation="elu", name="second")(D(5, activation="selu", name="first")(inner_in)), name="encoder")
    one, two = I((4,), name="one"), I((4,), name="two")
    both = layers.Concatenate()([inner(one), inner(two)])
    return keras.Model([one, two], [D(1, name="y")(both), D(2, activation="softplus", name="z")(both)])


@model
def normalised():
    x = I((6,), name="x")
    norm = layers.Normalization(name="scaled")
    norm.adapt(numpy.random.default_rng(2).normal(3, 2, (50, 6)))
    y = layers.BatchNormalization(epsilon=1e-4)(D(8, use_bias=False)(norm(x)))
    y = layers.Activation("relu")(y)
    y = layers.RMSNormalization()(D(6)(layers.LayerNormalization(epsilon=1e-6)(y)))
    return keras.Model(x, [D(1, name="a")(y), D(1, activation="exponential", name="b")(y)])


@model
def embedded():
    region, device = I((1,), dtype="int32", name="region"), I((), dtype="int32", name="device")
    age = I((3,), name="age")
    r = layers.Flatten()(layers.Embedding(5, 4, name="region_table")(region))
    d = layers.Embedding(7, 2, name="device_table")(device)
    both = layers.Concatenate()([r, d, age])
    body = D(8, activation="swish", name="body")(both)
    return keras.Model([region, device, age], [D(1, name="visits")(body), D(3, activation="softmax", name="kind")(body)])


@model
def image():
    x = I((8, 8, 1), name="image")
    y = layers.Conv2D(4, 3, activation="relu", name="first")(x)
    y = layers.MaxPooling2D(2)(y)
    y = layers.Conv2D(6, (2, 1), padding="same", name="second")(y)
    y = layers.BatchNormalization()(y)
    y = layers.ReLU(max_value=6)(y)
    flat = layers.Flatten()(y)
    return keras.Model(x, [D(10, activation="softmax", name="digit")(flat), D(1, activation="sigmoid", name="odd")(layers.GlobalAveragePooling2D()(y))])


@model
def separable():
    x = I((9, 7, 3), name="picture")
    y = layers.ZeroPadding2D(((1, 0), (2, 1)))(x)
    y = layers.SeparableConv2D(5, 3, strides=2, depth_multiplier=2, activation="silu")(y)
    y = layers.DepthwiseConv2D(2, padding="same", activation="relu")(y)
    y = layers.PReLU(shared_axes=[1, 2])(y)
    y = layers.AveragePooling2D((2, 1), padding="same")(y)
    return keras.Model(x, [D(2, name="y")(layers.GlobalAveragePooling2D()(y)), D(1, name="z")(layers.GlobalMaxPooling2D()(y))])


@model
def recurrent():
    x = I((7, 3), name="days")
    y = layers.GRU(5, return_sequences=True, name="gru")(x)
    y = layers.LSTM(4, name="lstm")(y)
    return keras.Model(x, [D(1, name="high")(y), D(2, activation="softmax", name="kind")(y)])


@model
def sequence_convolution():
    x = I((12, 2), name="sound")
    y = layers.Conv1D(4, 3, strides=2, activation="gelu", padding="same")(x)
    y = layers.MaxPooling1D(2)(y)
    y = layers.AveragePooling1D(2, strides=1)(y)
    y = D(3, activation="tanh", name="each")(y)
    a, b = layers.GlobalAveragePooling1D()(y), layers.Flatten()(y)
    return keras.Model(x, [D(1, name="loud")(a), D(1, name="pitch")(b)])


@model
def branches():
    x = I((6,), name="x")
    a = D(4, activation="relu", name="a")(x)
    b = D(4, activation="sigmoid", name="b")(x)
    c = layers.Average()([a, b])
    d = layers.Maximum()([a, c])
    e = layers.Concatenate()([a, b, c, d])
    return keras.Model(x, [D(1, name="p")(e), D(1, name="q")(d), D(1, name="r")(layers.Multiply()([c, d]))])


@model
def residual():
    x = I((8,), name="x")
    y = D(8, name="first")(x)
    for number in range(3):
        inner = D(8, activation="relu", name=f"block_{number}_a")(layers.LayerNormalization()(y))
        y = layers.Add()([y, D(8, name=f"block_{number}_b")(layers.Dropout(0.1)(inner))])
    return keras.Model(x, [D(1, name="level")(y), D(4, activation="softmax", name="kind")(y)])


@model
def activations():
    x = I((4,), name="x")
    y = x
    for name in ["relu6", "leaky_relu", "mish", "hard_sigmoid", "softsign", "hard_silu"]:
        y = D(4, activation=name)(y)
    y = layers.ELU()(layers.LeakyReLU(negative_slope=0.1)(D(4)(y)))
    y = layers.Softmax()(D(4)(y))
    return keras.Model(x, [D(1, name="y")(y), D(1, name="z")(layers.Activation("gelu")(y))])


@model
def sequential():
    return keras.Sequential([I((5,), name="x"), D(6, activation="relu"), layers.Dropout(0.5), D(2, activation="softmax", name="kind")])


@model
def noise_and_rescaling():
    x = I((4,), name="pixels")
    y = layers.GaussianNoise(0.1)(layers.Rescaling(1 / 127.5, offset=-1)(x))
    y = D(5, activation="relu")(y)
    return keras.Model(x, [D(1, name="y")(y), D(1, name="z")(y)])


@model
def reshaped():
    x = I((12,), name="x")
    y = layers.Reshape((4, 3))(x)
    y = layers.LSTM(3, return_sequences=True, use_bias=False)(y)
    y = layers.Reshape((2, 2, 3))(y)
    y = layers.Conv2D(2, 2, name="look")(y)
    y = layers.Flatten()(y)
    return keras.Model(x, [D(1, name="one")(y), D(1, name="two")(y)])


@model
def output_inside():
    """An output that another one is made of."""
    x = I((3,), name="x")
    body = D(4, activation="relu", name="body")(x)
    first = D(2, name="first")(body)
    second = D(1, name="second")(layers.Concatenate()([body, first]))
    return keras.Model(x, [first, second])


@model
def one_hot():
    zone = I((1,), dtype="int32", name="zone")
    age = I((2,), name="age")
    z = layers.CategoryEncoding(num_tokens=4, output_mode="one_hot")(zone)
    y = D(4, activation="relu")(layers.Concatenate()([z, age]))
    return keras.Model([zone, age], [D(1, name="y")(y), D(1, name="z")(y)])


@model
def losses():
    x = I((3,), name="x")
    body = D(4, activation="tanh", name="body")(x)
    ends = {
        "rate": D(1, activation="exponential", name="rate")(body),
        "robust": D(2, name="robust")(body),
        "side": D(1, activation="tanh", name="side")(body),
        "share": D(3, activation="softmax", name="share")(body),
    }
    made = keras.Model(x, ends)
    made.compile(
        loss={"rate": "poisson", "robust": keras.losses.Huber(delta=2.0), "side": "squared_hinge", "share": "kl_divergence"},
        loss_weights={"rate": 1.0, "robust": 2.0, "side": 0.25, "share": 1.0},
        metrics={"robust": ["mse", keras.metrics.RootMeanSquaredError()]},
    )
    return made


@model
def words_of_rust():
    """Names that cannot be names here."""
    x = I((3,), name="input")
    body = D(4, activation="relu", name="match")(x)
    return keras.Model(x, [D(1, name="type")(body), D(1, name="batch")(body), D(2, name="Loss-1")(body)])


if __name__ == "__main__":
    folder = os.path.join(HERE, "keras")
    os.makedirs(folder, exist_ok=True)
    for number, (name, function) in enumerate(MODELS.items()):
        keras.utils.set_random_seed(number)
        made = function()
        # What was never trained has zeros where weights should be.
        numbers = numpy.random.default_rng(number)
        for variable in made.weights:
            value = numpy.asarray(variable)
            if variable.name in ("bias", "beta", "moving_mean", "alpha", "gamma", "moving_variance"):
                variable.assign(numpy.abs(value + numbers.normal(size=value.shape) * 0.3).astype("float32") + 0.05)
        export_model(made, os.path.join(folder, f"{name}.json"))
    print(len(MODELS), "models")
