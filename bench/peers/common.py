"""What the peers in PyTorch share: arguments, IDX files, times."""
import argparse
import statistics
import time

import numpy as np
import torch


def arguments(*names):
    """The arguments of a peer; the named ones are paths or numbers of its own."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--seconds", type=float, required=True)
    for name in names:
        parser.add_argument(f"--{name}", type=int if name in ("batch", "seed") else str, required=True)
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    return given


def load_idx(images, labels):
    """Pixels as float32 in [0, 1], one image a row, and class indices."""
    pixels = np.fromfile(images, np.uint8, offset=16)
    y = np.fromfile(labels, np.uint8, offset=8).astype(np.int64)
    return torch.from_numpy(pixels.reshape(len(y), -1).astype(np.float32) / 255), torch.from_numpy(y)


def median_ms(action, seconds):
    """Median time of an action that is done for so many seconds, at least three times, after some unmeasured ones."""
    warm = time.perf_counter() + 0.2 * min(1, seconds)
    while True:
        action()
        if time.perf_counter() > warm:
            break
    times = []
    end = time.perf_counter() + seconds
    while len(times) < 3 or time.perf_counter() < end:
        start = time.perf_counter()
        action()
        times.append(time.perf_counter() - start)
    return statistics.median(times) * 1000
