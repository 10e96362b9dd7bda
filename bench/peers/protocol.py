"""
How the frequency of bifurcations was measured in 2021 (Bertoin, Bolte, Gerchinovitz and Pauwels, section 3; the released
notebook volume_estimation_by_architecture): two networks with the same parameters and ReLU'(0) = 0 and 1, two forward and two
backward passes on every mini-batch, until the first layer's gradients differ. Gradients are never zeroed, so they accumulate.
One thing is kinder to it than the notebook: the images are tensors already and not loaded from a DataLoader.
"""
import torch
from torch import nn


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


def network(alpha, widths):
    """`widths`: neurons from the inputs to the classes."""
    hidden = [part for i, o in zip(widths, widths[1:-1]) for part in (nn.Linear(i, o), ReLU(alpha))]
    return nn.Sequential(*hidden, nn.Linear(widths[-2], widths[-1]))


def initialisation(images, labels, batch, widths):
    """A freshly drawn network: looks at one mini-batch after the other, up to the first difference, and yields whether there is one."""
    first, second = (network(alpha, widths).to(images) for alpha in (0, 1))
    second.load_state_dict(first.state_dict())
    for k in range(0, len(labels) - batch + 1, batch):
        x, y = images[k : k + batch], labels[k : k + batch]
        loss1 = nn.functional.cross_entropy(first(x), y)
        loss2 = nn.functional.cross_entropy(second(x), y)
        loss1.backward()
        loss2.backward()
        different = (first[0].weight.grad - second[0].weight.grad).abs().sum().item() != 0
        yield different
        if different:
            break
