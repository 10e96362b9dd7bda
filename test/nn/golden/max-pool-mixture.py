"""Golden numbers for the mixture of two max-pools, from PyTorch.

Writes max-pool-mixture.json: values and gradients of beta * m1 + (1 - beta) * m2, the pools of Boustany's MaxPool2DBeta
(github.com/ryanboustany/MaxPool-numerical, maxpool.py), written here anew. A GPU multiplies half precision by a number in single
precision and rounds the product; on a CPU PyTorch would round the number first, so the products are written out here.

    /usr/bin/python3 test/nn/golden/max-pool-mixture.py      (PyTorch 1.13)
"""
import json
import os
import sys

import torch

sys.dont_write_bytecode = True

from formula import numbers


class EqualShares(torch.autograd.Function):
    """Windows of 2 x 2; the gradient is divided among all maxima."""

    @staticmethod
    def forward(ctx, x):
        n, c, h, w = x.shape
        windows = x.reshape(n, c, h // 2, 2, w // 2, 2)
        y = windows.amax((3, 5))
        ctx.save_for_backward(windows == y[:, :, :, None, :, None])
        return y

    @staticmethod
    def backward(ctx, g):
        (maxima,) = ctx.saved_tensors
        shares = maxima * g[:, :, :, None, :, None] / maxima.sum((3, 5), keepdim=True)
        n, c, h, _, w, _ = maxima.shape
        return shares.reshape(n, c, 2 * h, 2 * w)


def first(x):
    # not implemented for half precision on a CPU; the maximum needs no rounding
    return torch.nn.functional.max_pool2d(x.float() if x.dtype == torch.half else x, 2).to(x.dtype)


def times(c, m):
    return (m.float() * c).half() if m.dtype == torch.half else m * c


def case(name, dtype, beta):
    shape = (2, 2, 4, 6)
    # a few different numbers, so that most windows are tied, among them windows of zeros
    levels = [round(4 * v) / 3 if v > 0 else 0.0 for v in numbers("x", 96)]
    x = torch.tensor(levels, dtype=torch.float64).reshape(shape).to(dtype).requires_grad_()
    y = times(beta, EqualShares.apply(x)) + times(1 - beta, first(x))
    g = torch.tensor(numbers("g", y.numel()), dtype=torch.float64).reshape(y.shape).to(dtype)
    (dx,) = torch.autograd.grad(y, x, g)
    last = lambda t: [float(v) for v in t.detach().permute(0, 2, 3, 1).double().flatten()]
    return {"format": name, "beta": beta, "x": last(x), "g": last(g), "y": last(y), "dx": last(dx)}


if __name__ == "__main__":
    dtypes = {"f16": torch.half, "f32": torch.float32, "f64": torch.float64}
    cases = [case(name, dtype, beta) for name, dtype in dtypes.items() for beta in [0, 1, 0.5, 10, 1000, 10000]]
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "max-pool-mixture.json")
    with open(path, "w") as file:
        json.dump({"torch": torch.__version__, "shape": [2, 4, 6, 2], "cases": cases}, file, separators=(",", ":"))
        file.write("\n")
