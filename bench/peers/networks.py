"""The networks of the paper for images of 32 x 32, with so many channels, filled with the parameters of a file."""
import torch
from torch import nn


def vgg11(widths):
    layers, channels = [], 3
    for width, convolutions in zip(widths, (1, 1, 2, 2, 2)):
        for _ in range(convolutions):
            layers += [nn.Conv2d(channels, width, 3, padding=1), nn.ReLU(inplace=True)]
            channels = width
        layers.append(nn.MaxPool2d(2))
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(channels, 10))


class Block(nn.Module):
    def __init__(self, m, n, stride):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(m, n, 3, stride, 1, bias=False), nn.BatchNorm2d(n)
        self.conv2, self.bn2 = nn.Conv2d(n, n, 3, 1, 1, bias=False), nn.BatchNorm2d(n)
        self.relu = nn.ReLU(inplace=True)
        self.shortcut = nn.Sequential()
        if stride != 1 or m != n:
            self.shortcut = nn.Sequential(nn.Conv2d(m, n, 1, stride, bias=False), nn.BatchNorm2d(n))

    def forward(self, x):
        h = self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x)))))
        return self.relu(h + self.shortcut(x))


def resnet18(widths):
    m = widths[0]
    layers = [nn.Conv2d(3, m, 3, padding=1, bias=False), nn.BatchNorm2d(m), nn.ReLU(inplace=True), nn.MaxPool2d(3, 2, 1)]
    for stage, n in enumerate(widths):
        layers += [Block(m, n, 1 if stage == 0 else 2), Block(n, n, 1)]
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
