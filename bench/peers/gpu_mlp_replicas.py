"""
Training steps (forward, backward, SGD with momentum) of R perceptrons at once with PyTorch, on the same mini-batch: batched
matrix products with the bias (baddbmm) over stacked parameters [R, inputs, outputs], one optimizer for all; as a CUDA graph where
there is a GPU.
"""
import torch
from gpu_common import DTYPES, fastest, floats, serve, whole
from torch import nn


def stacked(path, widths, replicas):
    """Weights [R, inputs, outputs] and biases [R, 1, outputs], layer by layer; the file has one network's, [outputs, inputs]."""
    drawn, start, layers = floats(path), 0, []
    for m, n in zip(widths, widths[1:]):
        weight = drawn[start : start + m * n].reshape(n, m).t()
        bias = drawn[start + m * n : start + m * n + n].reshape(1, n)
        start += m * n + n
        layers.append([values.expand(replicas, *values.shape).contiguous() for values in (weight, bias)])
    return layers


def prepare(widths, replicas, batch, images, labels, parameters, lr, momentum, format, device):
    dtype = DTYPES[format]
    x = floats(images).reshape(1, batch, widths[0]).to(device, dtype).expand(replicas, -1, -1)
    classes = whole(labels).to(device).expand(replicas, -1).reshape(-1)

    def eager():
        layers = [[nn.Parameter(p.to(device, dtype)) for p in layer] for layer in stacked(parameters, widths, replicas)]
        optimizer = torch.optim.SGD([p for layer in layers for p in layer], lr=lr, momentum=momentum)

        def step():
            optimizer.zero_grad(set_to_none=True)
            h = x
            for weight, bias in layers[:-1]:
                h = torch.relu(torch.baddbmm(bias, h, weight))
            logits = torch.baddbmm(layers[-1][1], h, layers[-1][0])
            # [R·B] losses; their sum over networks of the mean over the batch, so that each has its own gradient
            losses = nn.functional.cross_entropy(logits.reshape(-1, widths[-1]), classes, reduction="none")
            means = losses.reshape(replicas, batch).mean(1)
            means.sum().backward()
            optimizer.step()
            return means.detach()

        return step

    first = eager()
    losses = [first()[0].item() for _ in range(3)]
    return fastest({"batched products": eager}, losses, replicas, device)


serve(prepare)
