"""ONNX Runtime, which predicts only, from the ONNX file of the model."""

import numpy
import onnxruntime

import task


class OnnxRuntime:
    def __init__(self, work):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(work.onnx, options, providers=["CPUExecutionProvider"])

    def predict(self, row):
        return numpy.concatenate(self.session.run(None, {"x": row}), axis=1)[0]


task.run(OnnxRuntime)
