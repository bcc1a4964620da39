"""Reference figures for cross-stitch units, mixtures of experts, customised gate control and ties.

An implementation of its own in plain Python, from the papers' formulas: Misra 2016, Ma 2018 (MMoE), Tang 2020 (CGC, PLE),
Duong 2015. Gradients are by complex steps: the imaginary part of the loss at a weight moved by 1e-30 i, exact to rounding.
Writes sharing.json beside this file. Run: python3 sharing.py
"""
import cmath, json, os, random

random.seed(20261121)
EPSILON = 1e-30


def dense(w, path, x, activation=None, bias=True):
    kernel = w[path + ".kernel"]
    units = len(kernel) // len(x)
    y = [sum(x[i] * kernel[i * units + j] for i in range(len(x))) for j in range(units)]
    if bias:
        y = [a + b for a, b in zip(y, w[path + ".bias"])]
    return [activation(v) for v in y] if activation else y


def softmax(z):
    e = [cmath.exp(v) for v in z]
    return [v / sum(e) for v in e]


def mix(w, gate, x, experts):
    g = softmax(dense(w, gate, x, bias=False))
    assert len(g) == len(experts)
    return [sum(g[k] * experts[k][j] for k in range(len(g))) for j in range(len(experts[0]))]


def stitch(coefficients, flows):
    """Coefficients of one output: a number a flow, or one for each channel of each flow."""
    channels = len(coefficients) // len(flows)
    return [sum(coefficients[k * channels + r % channels] * x[r] for k, x in enumerate(flows)) for r in range(len(flows[0]))]


def mmoe(w, x):
    experts = [dense(w, f"a_b.moe1_expert{k}", x, cmath.tanh) for k in (1, 2, 3)]
    a, b = (mix(w, f"a_b.moe1_{task}_gate", x, experts) for task in "ab")
    return {"one": dense(w, "one.dense1", a), "two": dense(w, "two.dense1", b)}, 0


def ple(w, x):
    first = {"a": [dense(w, "a_b.cgc1_a_expert1", x, cmath.tanh)], "b": [dense(w, "a_b.cgc1_b_expert1", x, cmath.tanh)]}
    shared = [dense(w, f"a_b.cgc1_expert{k}", x, cmath.tanh) for k in (1, 2)]
    flow = {task: mix(w, f"a_b.cgc1_{task}_gate", x, first[task] + shared) for task in "ab"}
    common = mix(w, "a_b.cgc1_gate", x, first["a"] + first["b"] + shared)
    shared = [dense(w, "a_b.cgc2_expert1", common, cmath.tanh)]
    out = {}
    for task in "ab":
        own = [dense(w, f"a_b.cgc2_{task}_expert{k}", flow[task], cmath.tanh) for k in (1, 2)]
        out[task] = mix(w, f"a_b.cgc2_{task}_gate", flow[task], own + shared)
    return {"one": dense(w, "one.dense1", out["a"]), "two": dense(w, "two.dense1", out["b"])}, 0


def cross_stitch(w, x):
    a, b = dense(w, "left.dense1", x, cmath.tanh), dense(w, "right.dense1", x, cmath.tanh)
    c, d = (stitch(w[f"c_d.cross_stitch1_{name}.coefficients"], [a, b]) for name in "cd")
    e, f = (stitch(w[f"e_f.cross_stitch1_{name}.coefficients"], [c, d]) for name in "ef")
    distance = sum((p - q) ** 2 for t in ("kernel", "bias") for p, q in zip(w["left.dense1." + t], w["right.dense1." + t]))
    return {"one": dense(w, "one.dense1", e), "two": dense(w, "two.dense1", f)}, 0.05 * distance


def tensors(layers):
    """Names to sizes from (path, inputs, units, bias)."""
    sizes = {}
    for path, inputs, units, bias in layers:
        sizes[path + ".kernel"] = inputs * units
        if bias:
            sizes[path + ".bias"] = units
    return sizes


MODELS = {
    "mmoe": (mmoe, 5, tensors(
        [(f"a_b.moe1_expert{k}", 5, 4, True) for k in (1, 2, 3)] + [(f"a_b.moe1_{t}_gate", 5, 3, False) for t in "ab"]
        + [("one.dense1", 4, 2, True), ("two.dense1", 4, 1, True)])),
    "ple": (ple, 5, tensors(
        [(f"a_b.cgc1_{e}", 5, 4, True) for e in ("expert1", "expert2", "a_expert1", "b_expert1")]
        + [("a_b.cgc1_a_gate", 5, 3, False), ("a_b.cgc1_b_gate", 5, 3, False), ("a_b.cgc1_gate", 5, 4, False)]
        + [(f"a_b.cgc2_{e}", 4, 3, True) for e in ("expert1", "a_expert1", "a_expert2", "b_expert1", "b_expert2")]
        + [("a_b.cgc2_a_gate", 4, 3, False), ("a_b.cgc2_b_gate", 4, 3, False)]
        + [("one.dense1", 3, 2, True), ("two.dense1", 3, 1, True)])),
    "cross_stitch": (cross_stitch, 5, {
        **tensors([("left.dense1", 5, 4, True), ("right.dense1", 5, 4, True), ("one.dense1", 4, 2, True), ("two.dense1", 4, 1, True)]),
        **{f"c_d.cross_stitch1_{n}.coefficients": 2 for n in "cd"}, **{f"e_f.cross_stitch1_{n}.coefficients": 8 for n in "ef"}}),
}
WEIGHTS = {"one": 1.0, "two": 0.5}
SAMPLES = 6


def total(forward, w, rows):
    loss = 0
    for x, targets in rows:
        outputs, penalty = forward(w, x)
        for head, target in targets.items():
            squares = sum((y - t) ** 2 for y, t in zip(outputs[head], target))
            loss += WEIGHTS[head] * squares / len(target) / len(rows)
    return loss + penalty


cases = {}
for name, (forward, width, sizes) in MODELS.items():
    w = {path: [random.uniform(-0.9, 0.9) for _ in range(size)] for path, size in sizes.items()}
    rows = [([random.gauss(0, 1) for _ in range(width)], {"one": [random.gauss(0, 1) for _ in range(2)], "two": [random.gauss(0, 1)]})
            for _ in range(SAMPLES)]
    gradients = {}
    for path in w:
        gradients[path] = []
        for index in range(len(w[path])):
            start = w[path][index]
            w[path][index] = complex(start, EPSILON)
            gradients[path].append(total(forward, w, rows).imag / EPSILON)
            w[path][index] = start
    cases[name] = {
        "weights": w, "inputs": [x for x, _ in rows], "one": [t["one"] for _, t in rows], "two": [t["two"] for _, t in rows],
        "outputs_one": [[v.real for v in forward(w, x)[0]["one"]] for x, _ in rows],
        "outputs_two": [[v.real for v in forward(w, x)[0]["two"]] for x, _ in rows],
        "total": complex(total(forward, w, rows)).real, "gradients": gradients,
    }
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "sharing.json"), "w") as f:
    json.dump(cases, f)
