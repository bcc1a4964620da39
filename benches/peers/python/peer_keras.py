"""Keras on the backend that the second argument names: the functional API and `fit`."""

import os
import sys

os.environ["KERAS_BACKEND"] = sys.argv[2]

import keras
import numpy

import task


class Keras:
    def __init__(self, work):
        self.task = work
        x = inputs = keras.Input((work.width,))
        for kernel, _ in work.body:
            x = keras.layers.Dense(kernel.shape[1], activation="relu")(x)
        outputs = []
        for number, head in enumerate(work.heads):
            y = x
            for kernel, _ in head[:-1]:
                y = keras.layers.Dense(kernel.shape[1], activation="relu")(y)
            last = "softmax" if work.softmax(number) else None
            outputs.append(keras.layers.Dense(head[-1][0].shape[1], activation=last, name=work.names[number])(y))
        self.model = keras.Model(inputs, outputs)
        layers = {layer.name: layer for layer in self.model.layers}
        dense = [layer for layer in self.model.layers if isinstance(layer, keras.layers.Dense) and layer.name not in work.names]
        hidden = work.body + [head[0] for head in work.heads if len(head) > 1]
        for layer, weights in zip(dense, hidden, strict=True):
            layer.set_weights(weights)
        for name, head in zip(work.names, work.heads):
            layers[name].set_weights(head[-1])
        self.model.compile(
            optimizer=keras.optimizers.Adam(task.LEARNING_RATE, epsilon=task.EPSILON),
            loss=["sparse_categorical_crossentropy" if work.softmax(head) else "mse" for head in range(len(work.heads))],
        )

    def predict(self, row):
        # For one row the fastest of Keras's ways.
        return numpy.concatenate([head[0] for head in self.model.predict_on_batch(row)])

    def train(self, epochs):
        work = self.task

        class Watch(keras.callbacks.Callback):
            def on_epoch_begin(self, epoch, logs=None):
                self.losses, self.sum = [], 0.0

            def on_train_batch_end(self, batch, logs=None):
                # Keras tells the mean of the epoch's losses so far.
                total = logs["loss"] * (batch + 1)
                self.losses.append(total - self.sum)
                self.sum = total

            def on_epoch_end(self, epoch, logs=None):
                if not epochs.end(self.losses):
                    self.model.stop_training = True

        self.model.fit(work.inputs, work.targets, batch_size=work.batch, epochs=10**9, shuffle=False, verbose=0, callbacks=[Watch()])


task.run(Keras)
