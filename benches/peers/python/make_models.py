"""Writes the models of the tasks in the formats of the peers: for ONNX (`x` [1, inputs] in, one output a head, after its activation), and those
that are embedded for TensorFlow Lite, in 32-bit floats and in eight bits, for emlearn, and as arrays in C."""

import os
import sys

import emlearn
import flatbuffers
import numpy
import onnx
from ai_edge_litert import schema_py_generated as tflite
from onnx import TensorProto, helper, numpy_helper
from sklearn.neural_network import MLPRegressor

import task


def onnx_model(work):
    nodes, tensors, outputs = [], [], []

    def dense(x, name, layer, activation):
        for part, array in zip(("kernel", "bias"), layer):
            tensors.append(numpy_helper.from_array(array, f"{name}_{part}"))
        nodes.append(helper.make_node("Gemm", [x, f"{name}_kernel", f"{name}_bias"], [f"{name}_sum" if activation else name]))
        if activation:
            nodes.append(helper.make_node(activation, [f"{name}_sum"], [name]))
        return name

    body = "x"
    for number, layer in enumerate(work.body):
        body = dense(body, f"body{number}", layer, "Relu")
    for number, (name, layers) in enumerate(zip(work.names, work.heads)):
        x = body
        for depth, layer in enumerate(layers[:-1]):
            x = dense(x, f"{name}{depth}", layer, "Relu")
        dense(x, name, layers[-1], work.activation(number))
        outputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, layers[-1][0].shape[1]]))
    graph = helper.make_graph(nodes, work.model, [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, work.width])], outputs, tensors)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.checker.check_model(model)
    return model


class TfLite:
    """A model under construction: tensors with their buffers, operators in the order in which they run."""

    def __init__(self):
        self.graph = tflite.SubGraphT()
        self.graph.tensors, self.graph.operators = [], []
        self.model = tflite.ModelT()
        self.model.version, self.model.subgraphs, self.model.operatorCodes, self.model.buffers = 3, [self.graph], [], [tflite.BufferT()]

    def tensor(self, name, shape, kind, data=None, scale=None, zero_point=0):
        tensor = tflite.TensorT()
        tensor.name, tensor.shape, tensor.type, tensor.buffer = name, list(shape), kind, 0
        if data is not None:
            buffer = tflite.BufferT()
            buffer.data = numpy.frombuffer(numpy.ascontiguousarray(data).tobytes(), numpy.uint8)
            tensor.buffer = len(self.model.buffers)
            self.model.buffers.append(buffer)
        if scale is not None:
            tensor.quantization = tflite.QuantizationParametersT()
            tensor.quantization.scale, tensor.quantization.zeroPoint = [float(scale)], [int(zero_point)]
        self.graph.tensors.append(tensor)
        return len(self.graph.tensors) - 1

    def operator(self, code, inputs, output, options_type=tflite.BuiltinOptions.NONE, options=None):
        if code not in [known.builtinCode for known in self.model.operatorCodes]:
            operator_code = tflite.OperatorCodeT()
            operator_code.builtinCode = operator_code.deprecatedBuiltinCode = code
            operator_code.version = 4 if code == tflite.BuiltinOperator.FULLY_CONNECTED else 2
            self.model.operatorCodes.append(operator_code)
        operator = tflite.OperatorT()
        operator.opcodeIndex = [known.builtinCode for known in self.model.operatorCodes].index(code)
        operator.inputs, operator.outputs, operator.builtinOptionsType, operator.builtinOptions = inputs, [output], options_type, options
        self.graph.operators.append(operator)

    def dense(self, inputs, output, relu):
        options = tflite.FullyConnectedOptionsT()
        kind = tflite.ActivationFunctionType
        options.fusedActivationFunction = kind.RELU if relu else kind.NONE
        self.operator(tflite.BuiltinOperator.FULLY_CONNECTED, inputs, output, tflite.BuiltinOptions.FullyConnectedOptions, options)

    def save(self, path, inputs, outputs):
        self.graph.inputs, self.graph.outputs = inputs, outputs
        builder = flatbuffers.Builder(1 << 20)
        builder.Finish(self.model.Pack(builder), b"TFL3")
        with open(path, "wb") as file:
            file.write(builder.Output())


def write_tflite(work, path):
    """In 32-bit floats."""
    model, float32 = TfLite(), tflite.TensorType.FLOAT32

    def dense(x, name, layer, relu):
        kernel, bias = layer
        weights = model.tensor(f"{name}_kernel", kernel.T.shape, float32, kernel.T)
        output = model.tensor(name, [1, len(bias)], float32)
        model.dense([x, weights, model.tensor(f"{name}_bias", bias.shape, float32, bias)], output, relu)
        return output

    x = inputs = model.tensor("x", [1, work.width], float32)
    for number, layer in enumerate(work.body):
        x = dense(x, f"body{number}", layer, True)
    outputs = []
    for number, layers in enumerate(work.heads):
        y = x
        for depth, layer in enumerate(layers):
            y = dense(y, f"{work.names[number]}{depth}", layer, depth + 1 < len(layers))
        if work.activation(number):
            output = model.tensor(work.names[number], [1, len(layers[-1][1])], float32)
            if work.activation(number) == "Softmax":
                options = tflite.SoftmaxOptionsT()
                options.beta = 1.0
                model.operator(tflite.BuiltinOperator.SOFTMAX, [y], output, tflite.BuiltinOptions.SoftmaxOptions, options)
            else:
                model.operator(tflite.BuiltinOperator.LOGISTIC, [y], output)
            y = output
        outputs.append(y)
    model.save(path, [inputs], outputs)


def side_by_side(work):
    """The model as one network: the heads' layers with zeros between them, shorter heads passed on by units of one weight."""
    depth = max(map(len, work.heads))
    layers = list(work.body)
    for number in range(depth):
        parts = []
        for head in work.heads:
            place = number - (depth - len(head))
            parts.append(head[place] if place >= 0 else None)
        if number == 0:
            # The heads all take the body's values; one that is shorter hands them on, which relu leaves as they are.
            size = work.body[-1][0].shape[1]
            parts = [part if part is not None else (numpy.eye(size, dtype=numpy.float32), numpy.zeros(size, numpy.float32)) for part in parts]
            kernel = numpy.concatenate([kernel for kernel, _ in parts], axis=1)
        else:
            kernel = numpy.zeros((sum(kernel.shape[0] for kernel, _ in parts), sum(kernel.shape[1] for kernel, _ in parts)), numpy.float32)
            row = column = 0
            for part, _ in parts:
                kernel[row : row + part.shape[0], column : column + part.shape[1]] = part
                row, column = row + part.shape[0], column + part.shape[1]
        layers.append((kernel, numpy.concatenate([bias for _, bias in parts])))
    return layers


def write_int8(work, path):
    """In eight bits: one scale a tensor, from the range of the data. One output, before the heads' activations."""
    model, int8 = TfLite(), tflite.TensorType.INT8

    def ranged(values):
        low, high = min(0.0, float(values.min())), max(0.0, float(values.max()))
        scale = (high - low) / 255
        return scale, round(-128 - low / scale)

    values = work.inputs
    scale, zero_point = ranged(values)
    x = inputs = model.tensor("x", [1, work.width], int8, scale=scale, zero_point=zero_point)
    layers = side_by_side(work)
    for number, (kernel, bias) in enumerate(layers):
        relu = number + 1 < len(layers)
        values = values @ kernel + bias
        values = numpy.maximum(values, 0) if relu else values
        weight_scale = float(numpy.abs(kernel).max()) / 127
        weights = numpy.round(kernel.T / weight_scale).astype(numpy.int8)
        biases = numpy.round(bias / (scale * weight_scale)).astype(numpy.int32)
        weights = model.tensor(f"kernel{number}", weights.shape, int8, weights, weight_scale)
        biases = model.tensor(f"bias{number}", biases.shape, tflite.TensorType.INT32, biases, scale * weight_scale)
        scale, zero_point = ranged(values)
        output = model.tensor(f"y{number}", [1, len(bias)], int8, scale=scale, zero_point=zero_point)
        model.dense([x, weights, biases], output, relu)
        x = output
    model.save(path, [inputs], [x])


def write_emlearn(work, path):
    layers = side_by_side(work)
    model = MLPRegressor(hidden_layer_sizes=[kernel.shape[1] for kernel, _ in layers[:-1]])
    # A fit of one step makes the model; then it gets its weights.
    model.partial_fit(work.inputs[:2], numpy.zeros((2, layers[-1][0].shape[1]), numpy.float32))
    model.coefs_, model.intercepts_ = [kernel for kernel, _ in layers], [bias for _, bias in layers]
    emlearn.convert(model, method="inline", dtype="float").save(file=path, name=f"{work.model}_net")


def c_arrays(work):
    for block, layers in [("body", work.body), *zip(work.names, work.heads)]:
        for number, (kernel, bias) in enumerate(layers, 1):
            name = f"{work.model}_{block}_dense{number}"
            rows = ",\n".join("{" + ", ".join(f"{value!r}f" for value in row.tolist()) + "}" for row in kernel.astype(numpy.float64))
            yield f"static const float {name}_kernel[{kernel.shape[0]}][{kernel.shape[1]}] = {{\n{rows}}};\n"
            yield f"static const float {name}_bias[{len(bias)}] = {{{', '.join(f'{value!r}f' for value in bias.astype(numpy.float64).tolist())}}};\n"


def main(directory):
    for model in ("seed", "wide", "digits"):
        work = task.Task(directory, model)
        onnx.save(onnx_model(work), work.onnx)
    with open(os.path.join(directory, "model.h"), "w") as header:
        for model in ("seed", "digits"):
            work = task.Task(directory, model)
            write_tflite(work, os.path.join(directory, f"{model}.tflite"))
            write_int8(work, os.path.join(directory, f"{model}_int8.tflite"))
            write_emlearn(work, os.path.join(directory, f"{model}_emlearn.h"))
            header.writelines(c_arrays(work))


main(sys.argv[1])
