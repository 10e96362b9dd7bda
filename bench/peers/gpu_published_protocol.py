"""
The published protocol (protocol.py) with the images held on the device: initialisations in a second, each up to its first
difference or the end of a pass.
"""
import time

import numpy as np
import torch
from gpu_common import DTYPES, median_seconds, serve
from protocol import initialisation


def prepare(images, labels, widths, batch, seed, format, device):
    pixels = torch.from_numpy(np.fromfile(images, np.uint8)).to(device)
    x = (pixels.float() / 255).to(DTYPES[format]).reshape(-1, widths[0])
    y = torch.from_numpy(np.fromfile(labels, np.uint8)).long().to(device)
    torch.manual_seed(seed)
    draw = lambda: initialisation(x, y, batch, widths)

    def one():
        """One mini-batch of a network that has not decided yet."""
        nonlocal trial
        if next(trial, None) is None:
            trial = draw()

    trial = draw()
    milliseconds = 1000 * median_seconds(one, 0.3)

    def measure(seconds):
        start, done = time.perf_counter(), 0
        while done == 0 or time.perf_counter() - start < seconds:
            for _ in draw():
                pass
            done += 1
        return done / (time.perf_counter() - start)

    return {"form": "the published protocol in PyTorch", "ms": {"a mini-batch": milliseconds}, "errors": []}, measure


serve(prepare)
