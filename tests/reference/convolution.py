"""Reference figures of convolution and pooling from Keras (float64), for checking an independent implementation.

Writes convolution.json beside this file, in the layout of generate.py, and the weights at the start to convolution.safetensors by the recipe
for users. A kernel is [rows][columns][channels][filters], as Keras stores it.
Run: pip install keras jax numpy safetensors; python convolution.py
"""
import os, sys

import small_model  # First: it chooses the backend of Keras.
import keras
from keras import layers as L

sys.path.insert(0, os.path.join(small_model.here, "..", "..", "recipes"))
import from_keras

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


def exported(model):
    paths = {layer.name: layer.name.replace("_", ".", 1) for layer in model.layers if layer.weights}
    from_keras.export(model, paths, os.path.join(small_model.here, "convolution.safetensors"))


small_model.write(model, "convolution.json", exported)
