"""Golden numbers for the networks, from PyTorch.

Writes networks.json (small instances of each form: two passes in training with their losses, the gradients of the second,
the running statistics behind it, and an evaluation) and parameters.json (names and shapes of the full networks). The
networks are written here from torch.nn alone, with the names of torchvision and of the repositories that they follow.

    /usr/bin/python3 test/nn/golden/networks.py      (PyTorch 1.13)
"""
import json
import os
import sys

import torch
from torch import nn

sys.dont_write_bytecode = True

from formula import fill, labels, numbers, rounded, summary, tensor


class Dropout(nn.Module):
    """Dropout with a mask that is given by the formula: kept where the number is at least rate - 0.5."""

    def __init__(self, name, rate):
        super().__init__()
        self.name, self.rate = name, rate

    def forward(self, x):
        if not self.training:
            return x
        kept = torch.tensor([v >= self.rate - 0.5 for v in numbers(self.name, x.numel())]).reshape(x.shape)
        return torch.where(kept, x * (1 / (1 - self.rate)), torch.zeros_like(x))


class Mlp(nn.Module):
    def __init__(self, inputs, hidden, classes, batch_norm=False, dropout=0.0):
        super().__init__()
        widths = [inputs, *hidden, classes]
        self.hidden = len(hidden)
        for i, (m, n) in enumerate(zip(widths, widths[1:]), start=1):
            setattr(self, f"fc{i}", nn.Linear(m, n))
            if i <= self.hidden:
                setattr(self, f"bn{i}", nn.BatchNorm1d(n) if batch_norm else nn.Identity())
                setattr(self, f"dropout{i}", Dropout(f"dropout{i}", dropout))

    def forward(self, x):
        x = torch.flatten(x, 1)
        for i in range(1, self.hidden + 1):
            x = getattr(self, f"bn{i}")(getattr(self, f"fc{i}")(x))
            x = getattr(self, f"dropout{i}")(torch.relu(x))
        return getattr(self, f"fc{self.hidden + 1}")(x)


class Features(nn.Module):
    """Features, flattened, and a classifier."""

    def __init__(self, features, classifier):
        super().__init__()
        self.features, self.classifier = nn.Sequential(*features), classifier

    def forward(self, x):
        return self.classifier(torch.flatten(self.features(x), 1))


def lenet5(size=28, channels=1, classes=10, widths=(6, 16, 120, 84), batch_norm=False):
    a, b, c, d = widths
    left = ((size - 4) // 2 - 4) // 2
    norm2 = nn.BatchNorm2d if batch_norm else nn.Identity
    norm1 = nn.BatchNorm1d if batch_norm else nn.Identity
    features = [nn.Conv2d(channels, a, 5), nn.ReLU(), nn.MaxPool2d(2), norm2(a)]
    features += [nn.Conv2d(a, b, 5), nn.ReLU(), nn.MaxPool2d(2), norm2(b)]
    classifier = [nn.Linear(b * left * left, c), nn.ReLU(), norm1(c), nn.Linear(c, d), nn.ReLU(), norm1(d)]
    return Features(features, nn.Sequential(*classifier, nn.Linear(d, classes)))


STAGES = {11: (1, 1, 2, 2, 2), 13: (2, 2, 2, 2, 2), 16: (2, 2, 3, 3, 3), 19: (2, 2, 4, 4, 4)}


def vgg(depth, channels=3, classes=10, widths=(64, 128, 256, 512, 512), batch_norm=False):
    features = []
    for width, convolutions in zip(widths, STAGES[depth]):
        for _ in range(convolutions):
            norm = [nn.BatchNorm2d(width)] if batch_norm else []
            features += [nn.Conv2d(channels, width, 3, padding=1), *norm, nn.ReLU()]
            channels = width
        features.append(nn.MaxPool2d(2))
    return Features([*features, nn.AvgPool2d(1, 1)], nn.Linear(channels, classes))


def conv(m, n, kernel, stride=1):
    return nn.Conv2d(m, n, kernel, stride=stride, padding=kernel // 2, bias=False)


class Block(nn.Module):
    """A residual block of convolutions (outputs, kernel, stride), the shortcut projected where the shape changes."""

    def __init__(self, inputs, convolutions, norm):
        super().__init__()
        self.count = len(convolutions)
        m = inputs
        for i, (n, kernel, stride) in enumerate(convolutions, start=1):
            setattr(self, f"conv{i}", conv(m, n, kernel, stride))
            setattr(self, f"bn{i}", norm(n))
            m = n
        total = max(stride for _, _, stride in convolutions)
        if total != 1 or m != inputs:
            self.downsample = nn.Sequential(conv(inputs, m, 1, total), norm(m))

    def forward(self, x):
        h = x
        for i in range(1, self.count + 1):
            h = getattr(self, f"bn{i}")(getattr(self, f"conv{i}")(h))
            h = torch.relu(h) if i < self.count else h
        return torch.relu(h + (self.downsample(x) if hasattr(self, "downsample") else x))


class Resnet(nn.Module):
    def __init__(self, depth, stem, channels=3, classes=10, widths=(64, 128, 256, 512), batch_norm=True):
        super().__init__()
        norm = nn.BatchNorm2d if batch_norm else nn.Identity
        m = widths[0]
        self.conv1 = conv(channels, m, 7, 2) if stem == "imagenet" else conv(channels, m, 3)
        self.bn1 = norm(m)
        self.pool = nn.Identity() if stem == "cifar" else nn.MaxPool2d(3, 2, 1)
        for stage, (width, blocks) in enumerate(zip(widths, {18: (2, 2, 2, 2), 50: (3, 4, 6, 3)}[depth]), start=1):
            layer = []
            for i in range(blocks):
                stride = 2 if i == 0 and stage > 1 else 1
                if depth == 18:
                    convolutions = [(width, 3, stride), (width, 3, 1)]
                else:
                    convolutions = [(width, 1, 1), (width, 3, stride), (4 * width, 1, 1)]
                layer.append(Block(m, convolutions, norm))
                m = convolutions[-1][0]
            setattr(self, f"layer{stage}", nn.Sequential(*layer))
        self.fc = nn.Linear(m, classes)

    def forward(self, x):
        x = self.pool(torch.relu(self.bn1(self.conv1(x))))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.fc(x.mean((2, 3)))


def passed(net, name, shape, classes):
    x = tensor(name, shape, 4.0)
    net.zero_grad()
    logits = net(x)
    loss = nn.functional.cross_entropy(logits, labels(shape[0], classes))
    loss.backward()
    return {"logits": rounded(logits), "loss": rounded(loss)[0]}


def golden(network, options, net, images):
    """images: [B, C, H, W]; options: as createNetwork has them, less the shape of the images."""
    classes = options["classes"]
    fill(net).train()
    train = [passed(net, name, images, classes) for name in ("x1", "x2")]
    gradients = {name: summary(p.grad) for name, p in net.named_parameters()}
    buffers = {name: summary(b) for name, b in net.named_buffers() if not name.endswith("num_batches_tracked")}
    net.eval()
    evaluated = passed(net, "x1", images, classes)
    norms = {name: rounded(p.grad.norm())[0] for name, p in net.named_parameters()}
    return {
        "network": network,
        "options": options,
        "images": images,
        "train": train,
        "gradients": gradients,
        "buffers": buffers,
        "eval": {**evaluated, "norms": norms},
    }


def small():
    yield golden(
        "mlp",
        {"classes": 3, "batchNorm": True, "dropout": 0.25, "widths": [7, 5]},
        Mlp(18, [7, 5], 3, True, 0.25),
        [6, 2, 3, 3],
    )
    for bn in (False, True):
        widths = [2, 3, 8, 6]
        yield golden(
            "lenet5",
            {"classes": 4, "batchNorm": bn, "widths": widths},
            lenet5(20, 2, 4, widths, bn),
            [5, 2, 20, 20],
        )
    for depth, bn in ((11, False), (11, True), (16, False)):
        widths = [3, 4, 5, 6, 6]
        yield golden(
            f"vgg{depth}",
            {"classes": 4, "batchNorm": bn, "widths": widths},
            vgg(depth, 3, 4, widths, bn),
            [3, 3, 32, 32],
        )
    for name, stem, bn in (("resnet18", "paper", False), ("resnet18", "paper", True), ("resnet18-cifar", "cifar", True)):
        widths = [3, 4, 5, 6]
        yield golden(
            name,
            {"classes": 4, "batchNorm": bn, "widths": widths},
            Resnet(18, stem, 3, 4, widths, bn),
            [3, 3, 12, 12],
        )
    widths = [2, 3, 3, 4]
    yield golden(
        "resnet50", {"classes": 4, "widths": widths}, Resnet(50, "imagenet", 3, 4, widths), [4, 3, 40, 40]
    )


def full():
    for bn in (False, True):
        yield "mlp", {"batchNorm": bn}, [28, 28, 1], Mlp(784, [2048] * 3, 10, bn)
        yield "lenet5", {"batchNorm": bn}, [28, 28, 1], lenet5(batch_norm=bn)
        for depth in STAGES:
            yield f"vgg{depth}", {"batchNorm": bn}, [32, 32, 3], vgg(depth, batch_norm=bn)
        yield "resnet18", {"batchNorm": bn}, [32, 32, 3], Resnet(18, "paper", batch_norm=bn)
    yield "resnet18-cifar", {}, [32, 32, 3], Resnet(18, "cifar")
    yield "resnet50", {"classes": 1000}, [224, 224, 3], Resnet(50, "imagenet", classes=1000)


def shapes(named):
    return [[name, list(t.shape)] for name, t in named if not name.endswith("num_batches_tracked")]


def write(name, key, rows):
    path = os.path.join(os.path.dirname(__file__), name)
    with open(path, "w") as f:
        json.dump({"torch": torch.__version__, key: rows}, f)
        f.write("\n")


torch.set_num_threads(1)
write("networks.json", "networks", list(small()))
write(
    "parameters.json",
    "networks",
    [
        {
            "network": name,
            "options": {"classes": 10, "inputShape": shape, **options},
            "count": sum(p.numel() for p in net.parameters()),
            "parameters": shapes(net.named_parameters()),
            "buffers": shapes(net.named_buffers()),
        }
        for name, options, shape, net in full()
    ],
)
