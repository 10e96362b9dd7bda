"""Numbers that both sides can compute from a name and an index, so that no weights need to be stored.

test/nn/formula.ts is the same in TypeScript; every operation is exact or correctly rounded in f64.
"""
import math

import torch


def numbers(name, count):
    """Numbers in [-0.5, 0.5), different for each name."""
    k = sum((j + 1) * ord(c) for j, c in enumerate(name))
    return [((31 * i * i + (7919 + k) * i + 101 * k) % 10007) / 10007 - 0.5 for i in range(count)]


def tensor(name, shape, scale=1.0, shift=0.0):
    values = [shift + scale * v for v in numbers(name, math.prod(shape))]
    return torch.tensor(values, dtype=torch.float64).reshape(shape)


def parameter(name, shape):
    """Weights of the size of Kaiming's, a scale of batch normalisation around 1, and small biases."""
    if len(shape) > 1:
        return tensor(name, shape, 2 * math.sqrt(6 / math.prod(shape[1:])))
    return tensor(name, shape, 1.0, 1.0) if name.endswith(".weight") else tensor(name, shape, 0.5)


def fill(net):
    """The parameters by the formula, the buffers as they begin; in f64."""
    net.double()
    with torch.no_grad():
        for name, p in net.named_parameters():
            p.copy_(parameter(name, tuple(p.shape)))
    return net


def labels(batch, classes):
    return torch.tensor([(3 * b + 1) % classes for b in range(batch)])


def rounded(t):
    """The elements to 13 digits, more than the tests compare."""
    return [float(f"{v:.13g}") for v in t.detach().reshape(-1).tolist()]


def summary(t):
    """Sum, norm, and four elements of a tensor, in PyTorch's layout."""
    flat = t.detach().reshape(-1)
    places = [j * (len(flat) - 1) // 3 for j in range(4)]
    return rounded(torch.stack([flat.sum(), flat.norm(), *(flat[i] for i in places)]))
