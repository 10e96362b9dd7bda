"""One training step (forward, backward, SGD with momentum) of VGG11 or ResNet18 on 128 images, with PyTorch."""
import json
import resource

import numpy as np
import torch
from common import arguments, median_ms
from networks import NETWORKS, filled
from torch import nn

given = arguments("network", "format", "images", "labels", "parameters", "lr", "momentum")
dtype = {"f32": torch.float32, "f64": torch.float64}[given.format]
# images [B, H, W, C] and weights [F, kh, kw, C] in the files; PyTorch has the channels second
images = torch.from_numpy(np.fromfile(given.images, np.float32)).reshape(128, 32, 32, 3).permute(0, 3, 1, 2)
labels = torch.from_numpy(np.fromfile(given.labels, np.int32)).long()
WIDTHS = {"vgg11": (64, 128, 256, 512, 512), "resnet18": (64, 128, 256, 512)}
drawn = torch.from_numpy(np.fromfile(given.parameters, np.float32))
net = filled(NETWORKS[given.network](WIDTHS[given.network]), drawn).to(dtype)
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
