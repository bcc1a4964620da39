"""Writes a PyTorch model as an ONNX file that the program `mtl` makes a declaration of, and rows that its test goes by.

    pip install torch onnx onnxscript
    python to_onnx.py

is an example; in your own program:

    from to_onnx import export
    export(model, {"record": torch.randn(4, 13)}, ["stay", "disease"], "model.onnx")

and then `mtl import model.onnx --name Patient --out src/patient.rs --vectors model.vectors.json`. The names of inputs and heads are those of the declaration;
`rows` are some rows of inputs, the batch first. Sizes behind the batch are fixed. Call `model.eval()` before. `dynamo=False` is the older exporter.
"""

import json
import os

import onnx
import torch


def without_paths(file):
    """Takes the lines of source out that the exporter notes at every node: they name folders of this machine."""
    written = onnx.load(file)
    for nodes in [written.graph.node, *(function.node for function in written.functions)]:
        for node in nodes:
            kept = [entry for entry in node.metadata_props if not entry.key.endswith("stack_trace")]
            del node.metadata_props[:]
            node.metadata_props.extend(kept)
    onnx.save(written, file)


def export(model, rows, heads, file, dynamo=True, opset=17):
    """Writes `model` to `file`, and what it gives for `rows`, a dict from input to tensor, beside it, as `.vectors.json`."""
    model.eval()
    inputs, names = tuple(rows.values()), list(rows)
    if dynamo:
        batch = torch.export.Dim("batch")
        shapes = tuple({0: batch} for _ in names)
        program = torch.onnx.export(
            model, inputs, dynamo=True, input_names=names, output_names=heads, opset_version=max(opset, 18), dynamic_shapes=shapes, verbose=False
        )
        program.save(file, external_data=False)
        without_paths(file)
    else:
        axes = {name: {0: "batch"} for name in [*names, *heads]}
        torch.onnx.export(model, inputs, file, dynamo=False, input_names=names, output_names=heads, opset_version=opset, dynamic_axes=axes)
    with torch.no_grad():
        outputs = model(*inputs)
    outputs = outputs if isinstance(outputs, (list, tuple)) else [outputs]
    vectors = {
        "inputs": {name: tensor.tolist() for name, tensor in rows.items()},
        "outputs": {name: tensor.reshape(len(tensor), -1).tolist() for name, tensor in zip(heads, outputs)},
    }
    with open(os.path.splitext(file)[0] + ".vectors.json", "w") as out:
        json.dump(vectors, out)
        out.write("\n")


if __name__ == "__main__":
    body = torch.nn.Sequential(torch.nn.Linear(13, 64), torch.nn.ReLU(), torch.nn.Linear(64, 1))
    export(body, {"record": torch.randn(4, 13)}, ["stay"], "model.onnx")
