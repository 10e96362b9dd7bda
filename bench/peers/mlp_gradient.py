"""Loss and all gradients of 784-256-256-256-10 on the first 256 images, with PyTorch in float32 and float64."""
import json

import numpy as np
import torch
from common import arguments, load_idx, median_ms
from torch import nn

WIDTHS = [784, 256, 256, 256, 10]
BATCH = 256

given = arguments("images", "labels", "parameters")
images, labels = load_idx(given.images, given.labels)
drawn = torch.from_numpy(np.fromfile(given.parameters, np.float32))


def network():
    layers = []
    for i, (inputs, outputs) in enumerate(zip(WIDTHS, WIDTHS[1:])):
        layers += [nn.ReLU()] if i else []
        layers += [nn.Linear(inputs, outputs)]
    net = nn.Sequential(*layers)
    # weight and bias of one layer after the other, as in the file
    nn.utils.vector_to_parameters(drawn.clone(), net.parameters())
    return net


def measure(dtype):
    net = network().to(dtype)
    x, y = images[:BATCH].to(dtype), labels[:BATCH]

    def gradient():
        net.zero_grad(set_to_none=True)
        loss = nn.functional.cross_entropy(net(x), y)
        loss.backward()
        return loss.item()

    ms = median_ms(gradient, given.seconds)
    loss = gradient()
    norm = torch.cat([p.grad.flatten() for p in net.parameters()]).double().norm().item()
    return {"ms": ms, "loss": loss, "norm": norm}


print(json.dumps({"f32": measure(torch.float32), "f64": measure(torch.float64)}))
