"""The published protocol (protocol.py) on the CPU: how many mini-batches it looks at in so many seconds."""
import json
import time

import torch
from common import arguments, load_idx
from protocol import initialisation

given = arguments("images", "labels", "batch", "seed")
images, labels = load_idx(given.images, given.labels)
torch.manual_seed(given.seed)


def runs():
    """One run after the other; yields whether each mini-batch has shown a difference."""
    while True:
        yield from initialisation(images, labels, given.batch, [784, 256, 256, 256, 10])


looked_at = runs()
for _ in range(5):
    next(looked_at)
batches = different = 0
start = time.perf_counter()
while time.perf_counter() - start < given.seconds:
    different += next(looked_at)
    batches += 1
print(json.dumps({"batches": batches, "different": different, "seconds": time.perf_counter() - start}))
