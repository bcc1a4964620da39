"""Reference figures of further layers from Keras (float64), for checking an independent implementation.

Writes layers.json beside this file, in the layout of generate.py.
Run: pip install keras jax numpy; python layers.py
"""
import small_model  # First: it chooses the backend of Keras.
import keras
from keras import layers as L

numbers, image = keras.Input((5,), name="numbers"), keras.Input((6, 5, 2), name="image")
h = L.Dense(6, name="row_dense1")(numbers)
h = L.RMSNormalization(name="row_rms_norm1")(h)
row = L.PReLU(name="row_p_relu1")(h)
h = L.RMSNormalization(epsilon=0.01, name="seen_rms_norm1")(image)
h = L.ZeroPadding2D(((0, 1), (2, 1)))(h)
h = L.PReLU(shared_axes=[1, 2], name="seen_p_relu1")(h)
h = L.DepthwiseConv2D((3, 2), 2, "same", activation="tanh", name="seen_depthwise_conv2d1")(h)
h = L.DepthwiseConv2D(2, depth_multiplier=3, use_bias=False, name="seen_depthwise_conv2d2")(h)
h = L.SeparableConv2D(5, (1, 2), padding="same", depth_multiplier=2, activation="tanh", name="seen_separable_conv2d1")(h)
seen = L.Dense(6, activation="tanh", name="seen_dense1")(L.Flatten()(h))
h = L.Dense(8, activation="tanh", name="all_dense1")(L.Concatenate()([row, seen]))
kind = L.Dense(3, activation="softmax", name="kind_dense1")(h)
level = L.Dense(2, name="level_dense1")(h)
model = keras.Model({"numbers": numbers, "image": image}, {"kind": kind, "level": level})

small_model.write(model, "layers.json")
