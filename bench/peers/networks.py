"""The networks of the paper for images of 32 x 32, with so many channels, filled with the parameters of a file."""
import torch
from torch import nn


def norm(channels, wanted):
    return [nn.BatchNorm2d(channels)] if wanted else []


def vgg11(widths, batch_norm=False):
    layers, channels = [], 3
    for width, convolutions in zip(widths, (1, 1, 2, 2, 2)):
        for _ in range(convolutions):
            layers += [nn.Conv2d(channels, width, 3, padding=1), *norm(width, batch_norm), nn.ReLU(inplace=True)]
            channels = width
        layers.append(nn.MaxPool2d(2))
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(channels, 10))


class Block(nn.Module):
    def __init__(self, m, n, stride, batch_norm):
        super().__init__()
        first = [nn.Conv2d(m, n, 3, stride, 1, bias=False), *norm(n, batch_norm), nn.ReLU(inplace=True)]
        self.body = nn.Sequential(*first, nn.Conv2d(n, n, 3, 1, 1, bias=False), *norm(n, batch_norm))
        self.relu = nn.ReLU(inplace=True)
        self.shortcut = nn.Sequential()
        if stride != 1 or m != n:
            self.shortcut = nn.Sequential(nn.Conv2d(m, n, 1, stride, bias=False), *norm(n, batch_norm))

    def forward(self, x):
        return self.relu(self.body(x) + self.shortcut(x))


def resnet18(widths, batch_norm=True):
    m = widths[0]
    layers = [nn.Conv2d(3, m, 3, padding=1, bias=False), *norm(m, batch_norm), nn.ReLU(inplace=True), nn.MaxPool2d(3, 2, 1)]
    for stage, n in enumerate(widths):
        layers += [Block(m, n, 1 if stage == 0 else 2, batch_norm), Block(n, n, 1, batch_norm)]
        m = n
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(m, 10))


NETWORKS = {"vgg11": vgg11, "resnet18": resnet18}


def filled(net, drawn):
    """The drawn numbers stand in the order of the layers, weights of convolutions as [F, kh, kw, C]."""
    start = 0
    with torch.no_grad():
        for p in net.parameters():
            values = drawn[start : start + p.numel()]
            if p.dim() == 4:
                f, c, kh, kw = p.shape
                values = values.reshape(f, kh, kw, c).permute(0, 3, 1, 2)
            p.copy_(values.reshape(p.shape))
            start += p.numel()
    return net
