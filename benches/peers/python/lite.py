"""TensorFlow Lite's runtimes through Python, with the model files that `make_models.py` writes.

    lite.py litert|micro MODEL.tflite TASKS MODEL

prints, as `embedded/harness.c` does, the outputs of all rows, bytes of stack (not known here: 0) and of memory for tensors, and nanoseconds a prediction.
"""

import sys
import time

import numpy

import task


def litert(content):
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_content=content, num_threads=1)
    interpreter.allocate_tensors()
    [inputs], outputs = interpreter.get_input_details(), interpreter.get_output_details()

    def predict(row):
        interpreter.set_tensor(inputs["index"], row)
        interpreter.invoke()
        return [interpreter.get_tensor(output["index"])[0] for output in outputs]

    return predict, inputs["quantization"], outputs[0]["quantization"]


def micro(content):
    from tflite_micro import runtime

    interpreter = runtime.Interpreter.from_bytes(content)
    inputs, output = interpreter.get_input_details(0), interpreter.get_output_details(0)
    heads = 2 if output["dtype"] == numpy.float32 else 1

    def predict(row):
        interpreter.set_input(row, 0)
        interpreter.invoke()
        return [interpreter.get_output(head)[0] for head in range(heads)]

    scale = lambda details: (details["quantization_parameters"]["scales"], details["quantization_parameters"]["zero_points"])
    pair = lambda details: tuple(values[0] if len(values) else 0 for values in scale(details))
    return predict, pair(inputs), pair(output)


def main(library, path, directory, model):
    with open(path, "rb") as file:
        predict, (scale, zero), (out_scale, out_zero) = {"litert": litert, "micro": micro}[library](file.read())
    work = task.Task(directory, model)
    rows = [work.inputs[row : row + 1] for row in range(work.rows())]
    if scale:
        rows = [numpy.clip(numpy.round(row / scale + zero), -128, 127).astype(numpy.int8) for row in rows]
    values = []
    for row in rows:
        heads = predict(row)
        if out_scale:
            # One output, before the activations of the heads.
            joined = (heads[0].astype(numpy.float32) - out_zero) * out_scale
            sizes = [layers[-1][0].shape[1] for layers in work.heads]
            heads = numpy.split(joined, numpy.cumsum(sizes)[:-1])
            for number, head in enumerate(heads):
                if work.activation(number) == "Softmax":
                    exponentials = numpy.exp(head - head.max())
                    heads[number] = exponentials / exponentials.sum()
                elif work.activation(number):
                    heads[number] = 1 / (1 + numpy.exp(-head))
        values += [float(value) for head in heads for value in head]
    print(*values)
    print(0, 0)
    times = []
    for _ in range(100):
        start = time.perf_counter()
        for repeat in range(200):
            predict(rows[repeat])
        times.append((time.perf_counter() - start) / 200 * 1e9)
    print(*times)


main(*sys.argv[1:])
