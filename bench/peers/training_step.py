"""One training step (forward, backward, SGD with momentum) of VGG11 or ResNet18 on 128 images, with PyTorch."""
import json
import resource

import numpy as np
import torch
from common import arguments, median_ms
from torch import nn

given = arguments("network", "format", "images", "labels", "parameters", "lr", "momentum")
dtype = {"f32": torch.float32, "f64": torch.float64}[given.format]
# images [B, H, W, C] and weights [F, kh, kw, C] in the files; PyTorch has the channels second
images = torch.from_numpy(np.fromfile(given.images, np.float32)).reshape(128, 32, 32, 3).permute(0, 3, 1, 2)
labels = torch.from_numpy(np.fromfile(given.labels, np.int32)).long()


def vgg11():
    layers, channels = [], 3
    for stage in ((64,), (128,), (256, 256), (512, 512), (512, 512)):
        for width in stage:
            layers += [nn.Conv2d(channels, width, 3, padding=1), nn.ReLU(inplace=True)]
            channels = width
        layers.append(nn.MaxPool2d(2))
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(512, 10))


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


def resnet18():
    layers = [nn.Conv2d(3, 64, 3, padding=1, bias=False), nn.BatchNorm2d(64), nn.ReLU(inplace=True)]
    layers.append(nn.MaxPool2d(3, 2, 1))
    m = 64
    for stage, n in enumerate((64, 128, 256, 512)):
        layers += [Block(m, n, 1 if stage == 0 else 2), Block(n, n, 1)]
        m = n
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(512, 10))


def filled(net):
    """The parameters of the file, which has them in the order of the layers."""
    drawn, start = torch.from_numpy(np.fromfile(given.parameters, np.float32)), 0
    with torch.no_grad():
        for p in net.parameters():
            values = drawn[start : start + p.numel()]
            if p.dim() == 4:
                f, c, kh, kw = p.shape
                values = values.reshape(f, kh, kw, c).permute(0, 3, 1, 2)
            p.copy_(values.reshape(p.shape))
            start += p.numel()
    return net


net = filled({"vgg11": vgg11, "resnet18": resnet18}[given.network]()).to(dtype)
x = images.to(dtype).contiguous()
optimizer = torch.optim.SGD(net.parameters(), lr=float(given.lr), momentum=float(given.momentum))


def step():
    optimizer.zero_grad(set_to_none=True)
    loss = nn.functional.cross_entropy(net(x), labels)
    loss.backward()
    optimizer.step()
    return loss.item()


losses = [step() for _ in range(3)]
ms = median_ms(step, given.seconds)
megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
print(json.dumps({"ms": ms, "losses": losses, "megabytes": megabytes}))
