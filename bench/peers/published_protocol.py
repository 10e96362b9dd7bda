"""
How the frequency of bifurcations was measured in 2021 (Bertoin, Bolte, Gerchinovitz and Pauwels, section 3; the released
notebook volume_estimation_by_architecture): two networks with the same parameters and ReLU'(0) = 0 and 1, two forward and two
backward passes on every mini-batch, until the first layer's gradients differ. Gradients are never zeroed, so they accumulate.
One thing is kinder to it than the notebook: the images are tensors already and not loaded from a DataLoader.
"""
import json
import time

import torch
from common import arguments, load_idx
from torch import nn

WIDTHS = [784, 256, 256, 256]
CLASSES = 10

given = arguments("images", "labels", "batch", "seed")
images, labels = load_idx(given.images, given.labels)
torch.manual_seed(given.seed)


class ReLUAlpha(torch.autograd.Function):
    """ReLU whose gradient is set to alpha where its input is 0, as in the released code."""

    @staticmethod
    def forward(ctx, x, alpha):
        ctx.save_for_backward(x)
        ctx.alpha = alpha
        return x.clamp(min=0)

    @staticmethod
    def backward(ctx, gradient):
        (x,) = ctx.saved_tensors
        gradient = gradient.clone()
        gradient[x < 0] = 0
        gradient[x == 0] = ctx.alpha
        return gradient, None


class ReLU(nn.Module):
    def __init__(self, alpha):
        super().__init__()
        self.alpha = alpha

    def forward(self, x):
        return ReLUAlpha.apply(x, self.alpha)


def network(alpha):
    hidden = [part for i, o in zip(WIDTHS, WIDTHS[1:]) for part in (nn.Linear(i, o), ReLU(alpha))]
    return nn.Sequential(*hidden, nn.Linear(WIDTHS[-1], CLASSES))


def runs():
    """Looks at one mini-batch after the other, in one run after the other; yields whether each has shown a difference."""
    while True:
        first, second = network(0), network(1)
        second.load_state_dict(first.state_dict())
        for k in range(0, len(labels) - given.batch + 1, given.batch):
            x, y = images[k : k + given.batch], labels[k : k + given.batch]
            loss1 = nn.functional.cross_entropy(first(x), y)
            loss2 = nn.functional.cross_entropy(second(x), y)
            loss1.backward()
            loss2.backward()
            different = (first[0].weight.grad - second[0].weight.grad).abs().sum().item() != 0
            yield different
            if different:
                break


looked_at = runs()
for _ in range(5):
    next(looked_at)
batches = different = 0
start = time.perf_counter()
while time.perf_counter() - start < given.seconds:
    different += next(looked_at)
    batches += 1
print(json.dumps({"batches": batches, "different": different, "seconds": time.perf_counter() - start}))
