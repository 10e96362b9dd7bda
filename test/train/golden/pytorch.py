"""Golden numbers of trainings: VGG11 and ResNet18 as published for CIFAR10, at full size, in f64, from PyTorch.

Writes pytorch.json: the losses of 20 steps of SGD with momentum 0.9 and weight decay 5e-4 (5 epochs of 4 batches of 8
images), the loss of the first batch in evaluation behind each epoch, and the norms of all parameters and buffers at the end.
Images and parameters at the start are those of test/nn/golden/formula.py, rounded to f32. The networks are written here
from torch.nn alone.

    /usr/bin/python3 test/train/golden/pytorch.py      (PyTorch 1.13; about a minute)
"""
import json
import os
import sys

import torch
from torch import nn

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "..", "nn", "golden"))

from formula import fill, labels, rounded, tensor

BATCH, BATCHES, EPOCHS, CLASSES = 8, 4, 5, 10


class Vgg11(nn.Module):
    def __init__(self, batch_norm):
        super().__init__()
        features, channels = [], 3
        for width, convolutions in zip((64, 128, 256, 512, 512), (1, 1, 2, 2, 2)):
            for _ in range(convolutions):
                norm = [nn.BatchNorm2d(width)] if batch_norm else []
                features += [nn.Conv2d(channels, width, 3, padding=1), *norm, nn.ReLU()]
                channels = width
            features.append(nn.MaxPool2d(2))
        self.features, self.classifier = nn.Sequential(*features), nn.Linear(512, CLASSES)

    def forward(self, x):
        return self.classifier(torch.flatten(self.features(x), 1))


class Block(nn.Module):
    def __init__(self, m, n, stride, norm):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(m, n, 3, stride, 1, bias=False), norm(n)
        self.conv2, self.bn2 = nn.Conv2d(n, n, 3, 1, 1, bias=False), norm(n)
        projected = stride != 1 or m != n
        self.downsample = (
            nn.Sequential(nn.Conv2d(m, n, 1, stride, bias=False), norm(n)) if projected else nn.Identity()
        )

    def forward(self, x):
        h = self.bn2(self.conv2(torch.relu(self.bn1(self.conv1(x)))))
        return torch.relu(h + self.downsample(x))


class Resnet18(nn.Module):
    """With a stem of 3 × 3 and ImageNet's max-pool behind it."""

    def __init__(self, batch_norm):
        super().__init__()
        norm = nn.BatchNorm2d if batch_norm else nn.Identity
        self.conv1, self.bn1 = nn.Conv2d(3, 64, 3, 1, 1, bias=False), norm(64)
        m = 64
        for stage, n in enumerate((64, 128, 256, 512), start=1):
            blocks = [Block(m, n, 1 if stage == 1 else 2, norm), Block(n, n, 1, norm)]
            setattr(self, f"layer{stage}", nn.Sequential(*blocks))
            m = n
        self.fc = nn.Linear(m, CLASSES)

    def forward(self, x):
        x = nn.functional.max_pool2d(torch.relu(self.bn1(self.conv1(x))), 3, 2, 1)
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.fc(x.mean((2, 3)))


def start(net):
    """Parameters by the formula, rounded to f32."""
    fill(net)
    with torch.no_grad():
        for p in net.parameters():
            p.copy_(p.float().double())
    return net


def trained(network, batch_norm, net, lr):
    start(net)
    optimizer = torch.optim.SGD(net.parameters(), lr=lr, momentum=0.9, weight_decay=5e-4)
    images = [tensor(f"batch {i}", (BATCH, 3, 32, 32), 4.0).float().double() for i in range(BATCHES)]
    y = labels(BATCH, CLASSES)
    losses, evaluations = [], []
    for _ in range(EPOCHS):
        net.train()
        for x in images:
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(net(x), y)
            loss.backward()
            optimizer.step()
            losses.append(rounded(loss)[0])
        net.eval()
        with torch.no_grad():
            evaluations.append(rounded(nn.functional.cross_entropy(net(images[0]), y))[0])
    kept = [*net.named_parameters(), *net.named_buffers()]
    norms = {name: rounded(t.norm())[0] for name, t in kept if not name.endswith("num_batches_tracked")}
    return {
        "network": network,
        "batchNorm": batch_norm,
        "lr": lr,
        "losses": losses,
        "evaluations": evaluations,
        "norms": norms,
    }


torch.set_num_threads(1)
trainings = [
    trained("vgg11", False, Vgg11(False), 3e-4),
    trained("vgg11", True, Vgg11(True), 3e-4),
    trained("resnet18", False, Resnet18(False), 1e-5),
    trained("resnet18", True, Resnet18(True), 3e-4),
]
with open(os.path.join(os.path.dirname(__file__), "pytorch.json"), "w") as f:
    json.dump({"torch": torch.__version__, "trainings": trainings}, f)
    f.write("\n")
