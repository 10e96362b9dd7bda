"""Golden numbers for preprocessing: ToTensor and Normalize in float32 by PyTorch.

Writes transforms.json beside this file. torchvision's functional code is written out (pixel.float().div(255), then
sub_(mean).div_(std) with float32 tensors), for every byte and each channel of the presets; results are stored as bits.

    /usr/bin/python3 test/data/golden/transforms.py      (PyTorch 1.13, numpy 1.24)
"""
import json
import os

import numpy as np
import torch

PRESETS = {
    "mnist": ((0.5,), (0.5,)),
    "svhn": ((0.5, 0.5, 0.5), (0.5, 0.5, 0.5)),
    "cifar10": ((0.4914, 0.4822, 0.4465), (0.2023, 0.1994, 0.2010)),
    "imagenet": ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
}


def bits(tensor):
    return tensor.numpy().view(np.uint32).reshape(-1).tolist()


def normalised(mean, std):
    # [channels, 1, 256]: every byte in every channel
    pixels = torch.arange(256, dtype=torch.uint8).expand(len(mean), 1, 256)
    tensor = pixels.to(torch.float32).div(255)
    mean = torch.as_tensor(mean, dtype=tensor.dtype).view(-1, 1, 1)
    std = torch.as_tensor(std, dtype=tensor.dtype).view(-1, 1, 1)
    return bits(tensor.sub_(mean).div_(std))


golden = {name: normalised(mean, std) for name, (mean, std) in PRESETS.items()}
golden["none"] = bits(torch.arange(256, dtype=torch.uint8).to(torch.float32).div(255))
path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "transforms.json")
with open(path, "w") as file:
    json.dump(golden, file)
    file.write("\n")
