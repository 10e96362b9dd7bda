"""Golden numbers at kinks: what PyTorch takes for the derivative of each function at its kinks and beside them.

Writes kinks.json beside this file. Every point is a tensor of its own: in long tensors PyTorch's vectorised loops take another branch of
hardswish at 3, which is measured apart ("long").

    /usr/bin/python3 test/autodiff/golden/kinks.py      (PyTorch 1.13)
"""
import json
import os

import torch
import torch.nn.functional as F

G = 3.0
FORMATS = {"f32": torch.float32, "f64": torch.float64}
FUNCTIONS = {
    "relu": (F.relu, [-2.0, -0.0, 0.0, 0.3]),
    "abs": (torch.abs, [-2.0, -0.0, 0.0, 0.3]),
    "relu6": (F.relu6, [-2.0, -0.0, 0.0, 0.3, 5.5, 6.0, 7.0]),
    "leakyRelu": (F.leaky_relu, [-2.0, -0.0, 0.0, 0.3]),
    "hardTanh": (F.hardtanh, [-2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0]),
    "hardSwish": (F.hardswish, [-5.0, -3.0, -2.0, -1.5, 0.0, 0.3, 3.0, 4.0]),
}
PAIRS = [[1.0, 2.0], [2.0, 1.0], [1.5, 1.5], [0.0, -0.0], [-0.0, 0.0], [float("inf"), float("inf")]]
WINDOWS = [[1.0, 2.0, 2.0, 2.0], [0.0, -0.0, 0.0, -0.0], [3.0, 3.0, 1.0, 3.0], [0.0, 1.0, 2.0, 3.0]]
TARGETS = {"x": [0.25, 0.5, -0.75, 0.125, 0.3], "y": [0.25, 0.25, -0.75, 0.25, 0.25]}


def derivative(f, x, dtype, copies=1):
    value = torch.full((copies,), x, dtype=dtype, requires_grad=True)
    y = f(value)
    y.backward(torch.full_like(y, G))
    return y[0].item(), value.grad[0].item()


def pair(a, b, dtype):
    a, b = (torch.tensor([v], dtype=dtype, requires_grad=True) for v in (a, b))
    torch.maximum(a, b).backward(torch.tensor([G], dtype=dtype))
    return a.grad.item(), b.grad.item()


def window(values, dtype):
    x = torch.tensor(values, dtype=dtype).reshape(1, 1, 2, 2).requires_grad_()
    F.max_pool2d(x, 2).backward(torch.full((1, 1, 1, 1), G, dtype=dtype))
    return x.grad.flatten().tolist()


def l1(dtype):
    x, y = (torch.tensor(TARGETS[name], dtype=dtype, requires_grad=True) for name in "xy")
    loss = F.l1_loss(x, y)
    loss.backward()
    return {"loss": loss.item(), "dx": x.grad.tolist(), "dy": y.grad.tolist()}


def results(dtype):
    points = {name: [derivative(f, x, dtype) for x in at] for name, (f, at) in FUNCTIONS.items()}
    return {
        "y": {name: [y for y, _ in own] for name, own in points.items()},
        "dx": {name: [dx for _, dx in own] for name, own in points.items()},
        "maximum": [pair(a, b, dtype) for a, b in PAIRS],
        "maxPool": [window(values, dtype) for values in WINDOWS],
        "l1": l1(dtype),
        "long": {"hardSwish": [derivative(F.hardswish, x, dtype, 64)[1] for x in (-3.0, 3.0)]},
    }


def numbers(value):
    """JSON has no infinity and no −0: they are written as text."""
    if isinstance(value, dict):
        return {name: numbers(own) for name, own in value.items()}
    if isinstance(value, (list, tuple)):
        return [numbers(own) for own in value]
    if isinstance(value, float) and value == float("inf"):
        return "Infinity"
    return "-0" if isinstance(value, float) and str(value) == "-0.0" else value


golden = {
    "torch": torch.__version__,
    "g": G,
    "points": {name: at for name, (_, at) in FUNCTIONS.items()},
    "pairs": PAIRS,
    "windows": WINDOWS,
    "targets": TARGETS,
    "results": {name: results(dtype) for name, dtype in FORMATS.items()},
}
with open(os.path.join(os.path.dirname(__file__), "kinks.json"), "w") as file:
    json.dump(numbers(golden), file, indent=1)
    file.write("\n")
