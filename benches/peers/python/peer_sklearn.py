"""scikit-learn: one `MLPRegressor` with the heads side by side in its last layers and zeros between them. It has no losses of several heads, so
it predicts only, and the softmax is numpy's."""

import numpy
from sklearn.neural_network import MLPRegressor

import task


def side_by_side(layers):
    """One layer of the layers of all heads, each on the units of its own head."""
    kernel = numpy.zeros((sum(kernel.shape[0] for kernel, _ in layers), sum(kernel.shape[1] for kernel, _ in layers)), numpy.float32)
    row = column = 0
    for part, _ in layers:
        kernel[row : row + part.shape[0], column : column + part.shape[1]] = part
        row, column = row + part.shape[0], column + part.shape[1]
    return kernel, numpy.concatenate([bias for _, bias in layers])


class ScikitLearn:
    def __init__(self, work):
        first = (numpy.concatenate([head[0][0] for head in work.heads], axis=1), numpy.concatenate([head[0][1] for head in work.heads]))
        layers = [*work.body, first] + [side_by_side(layers) for layers in zip(*(head[1:] for head in work.heads))]
        self.model = MLPRegressor(hidden_layer_sizes=[kernel.shape[1] for kernel, _ in layers[:-1]])
        # A fit of one step makes the model; then it gets its weights.
        self.model.partial_fit(work.inputs[:2], numpy.zeros((2, layers[-1][0].shape[1]), numpy.float32))
        self.model.coefs_, self.model.intercepts_ = [kernel for kernel, _ in layers], [bias for _, bias in layers]
        ends = numpy.cumsum([0] + [head[-1][0].shape[1] for head in work.heads])
        self.softmax = [slice(ends[head], ends[head + 1]) for head in range(len(work.heads)) if work.softmax(head)]

    def predict(self, row):
        outputs = self.model.predict(row)[0]
        for head in self.softmax:
            exponentials = numpy.exp(outputs[head] - outputs[head].max())
            outputs[head] = exponentials / exponentials.sum()
        return outputs


task.run(ScikitLearn)
