"""What the peers on a GPU share: questions and answers as lines of JSON, times, and the fastest of several forms."""
import json
import math
import statistics
import sys
import time

import numpy as np
import torch

DTYPES = {"f16": torch.float16, "bf16": torch.bfloat16, "f32": torch.float32, "f64": torch.float64}

torch.backends.cuda.matmul.allow_tf32 = False
torch.backends.cudnn.allow_tf32 = False
torch.backends.cudnn.benchmark = True


def floats(path):
    return torch.from_numpy(np.fromfile(path, np.float32))


def whole(path):
    return torch.from_numpy(np.fromfile(path, np.int32)).long()


def serve(prepare):
    """Answers {"prepare": options} by `prepare`, which gives facts and a measurement, and {"measure": seconds} by that one."""
    measure = None
    for line in sys.stdin:
        question = json.loads(line)
        try:
            if "prepare" in question:
                measure = None
                if torch.cuda.is_available():
                    torch.cuda.empty_cache()
                answer, measure = prepare(**question["prepare"])
            else:
                answer = {"rate": measure(question["measure"])}
        except Exception as error:  # whatever it is, the one who asked is told
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)


def median_seconds(action, seconds):
    """Median time of an action that ends with a number in the host's memory; done for so many seconds, at least three times."""
    warm = time.perf_counter() + 0.2 * min(1, seconds)
    while True:
        action()
        if time.perf_counter() > warm:
            break
    times, end = [], time.perf_counter() + seconds
    while len(times) < 3 or time.perf_counter() < end:
        start = time.perf_counter()
        action()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def captured(step):
    """The same step, launched as one CUDA graph: its kernels cost the host one call. `step` gives the loss as a tensor."""
    side = torch.cuda.Stream()
    side.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(side):
        for _ in range(3):
            step()
    torch.cuda.current_stream().wait_stream(side)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        loss = step()

    def again():
        graph.replay()
        return loss

    # the graph's kernels read and write the tensors of the step, which nothing else holds
    again.step = step
    return again


def fastest(forms, losses, each, device, seconds=0.3):
    """
    Tries every form of a step, a function by name that makes a step from nothing: as a CUDA graph where there is a GPU, and launched
    one by one if no form can be captured. One that fails is left out.
    Gives the facts and the measurement of the fastest; `each` is how many things a step does.
    """
    found, errors = [], []

    def attempt(name, make):
        try:
            step = make()
            found.append((median_seconds(lambda: step().tolist(), seconds), name, step))
        except Exception as error:
            errors.append(f"{name}: {type(error).__name__}: {error}")

    if device == "cuda":
        for name, make in forms.items():
            attempt(f"{name}, as a CUDA graph", lambda: captured(make()))
    if not found:
        for name, make in forms.items():
            attempt(name, make)
    if not found:
        raise RuntimeError("; ".join(errors))
    times = {name: 1000 * taken for taken, name, _ in found}
    _, name, step = min(found, key=lambda one: one[0])
    losses = [x if math.isfinite(x) else None for x in losses]
    facts = {"losses": losses, "form": f"PyTorch, {name}", "ms": times, "errors": errors}
    return facts, lambda seconds: each / median_seconds(lambda: step().tolist(), seconds)
