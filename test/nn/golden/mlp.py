"""Golden numbers for one multilayer perceptron: forward pass, loss and all gradients, in f32, f64 and bf16.

Writes mlp.json beside this file. Parameters and inputs are drawn here and stored as f32 numbers, so that both sides start
from the same bits. The input is chosen so that one pre-activation of the first layer is exactly zero (row 0, unit 2): its
gradient shows ReLU'(0), which is 0 in PyTorch; ReLU'(0) = 1 and 0.5 are computed with a function of our own.

    /usr/bin/python3 test/nn/golden/mlp.py      (PyTorch 1.13, numpy 1.24)
"""
import json
import os

import numpy as np
import torch


class Relu(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, s):
        ctx.save_for_backward(x)
        ctx.s = s
        return torch.clamp(x, min=0)

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return g * ((x > 0).to(g.dtype) + ctx.s * (x == 0).to(g.dtype)), None


class RuleOverwrite(Relu):
    """ReLUAlpha of github.com/deel-ai/relu-prime: sets the gradient to s where x == 0."""

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        g = g.clone()
        g[x < 0] = 0
        g[x == 0] = ctx.s
        return g, None


torch.manual_seed(1)
widths = [7, 6, 5, 4, 3]
batch = 8
layers = [torch.nn.Linear(i, o) for i, o in zip(widths, widths[1:])]
x = torch.rand(batch, widths[0])
labels = torch.randint(0, widths[-1], (batch,))
with torch.no_grad():
    x[0] = torch.tensor([1, 0, 0, 0, 0, 0, 0.0])
    layers[0].weight[2, 0] = 0.25
    layers[0].bias[2] = -0.25

out = {
    "torch": torch.__version__,
    "numpy": np.__version__,
    "widths": widths,
    "x": x.tolist(),
    "labels": labels.tolist(),
    "parameters": {f"fc{i + 1}.{n}": p.tolist() for i, l in enumerate(layers) for n, p in l.named_parameters()},
    "results": [],
}
for name, dtype in (("f32", torch.float32), ("f64", torch.float64), ("bf16", torch.bfloat16)):
    for rule, relu in (("multiply", Relu), ("overwrite", RuleOverwrite)):
        for s in (0.0, 0.5, 1.0):
            net = [torch.nn.Linear(i, o) for i, o in zip(widths, widths[1:])]
            for a, b in zip(net, layers):
                a.load_state_dict(b.state_dict())
                a.to(dtype)
            h = x.to(dtype)
            for layer in net[:-1]:
                h = relu.apply(layer(h), s)
            logits = net[-1](h)
            loss = torch.nn.functional.cross_entropy(logits, labels)
            loss.backward()
            out["results"].append(
                {
                    "format": name,
                    "chainRule": rule,
                    "s": s,
                    "logits": logits.tolist(),
                    "loss": loss.item(),
                    "gradients": {
                        f"fc{i + 1}.{n}": p.grad.tolist() for i, l in enumerate(net) for n, p in l.named_parameters()
                    },
                }
            )
with open(os.path.join(os.path.dirname(__file__), "mlp.json"), "w") as f:
    json.dump(out, f)
    f.write("\n")
