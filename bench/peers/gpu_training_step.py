"""
Training steps (forward, backward, SGD with momentum) of VGG11 or ResNet18 with PyTorch, the images held on the device and
indexed there, the loss read after every step: channels first or last, whichever is faster, as a CUDA graph where there is a GPU.
"""
import torch
from gpu_common import DTYPES, fastest, floats, serve, whole
from networks import NETWORKS, filled
from torch import nn


def prepare(network, batchNorm, widths, batch, images, labels, parameters, lr, momentum, format, device):
    dtype = DTYPES[format]
    held = floats(images).reshape(batch, 32, 32, 3).permute(0, 3, 1, 2).to(device, dtype)
    classes, rows = whole(labels).to(device), torch.arange(batch, device=device)

    def eager(layout):
        net = filled(NETWORKS[network](widths, batchNorm), floats(parameters)).to(device, dtype).to(memory_format=layout)
        optimizer = torch.optim.SGD(net.parameters(), lr=lr, momentum=momentum)
        x = held.contiguous(memory_format=layout)

        def step():
            optimizer.zero_grad(set_to_none=True)
            loss = nn.functional.cross_entropy(net(x[rows]), classes)
            loss.backward()
            optimizer.step()
            return loss.detach()

        return step

    first = eager(torch.contiguous_format)
    losses = [first().item() for _ in range(3)]
    layouts = {"channels first": torch.contiguous_format, "channels last": torch.channels_last}
    forms = {name: lambda layout=layout: eager(layout) for name, layout in layouts.items()}
    return fastest(forms, losses, batch, device)


serve(prepare)
