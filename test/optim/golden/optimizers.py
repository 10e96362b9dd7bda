"""Golden numbers for optimizers and learning-rate schedules.

Writes optimizers.json and schedules.json beside this file.

Each optimizer takes five steps on one parameter, with gradients that are drawn here (one element's is always zero) and a
learning rate that changes from step to step. Two results:

- `torch`: the optimizer of PyTorch in f64 and f32. Its CPU kernels may fuse products with sums.
- `numpy`: the same formulas with every operation rounded to f16 or f32, as the graph has them. numpy computes f16
  through f32, which rounds to the same number for + - * / and the square root.

    /usr/bin/python3 test/optim/golden/optimizers.py      (PyTorch 1.13, numpy 1.24)
"""
import json
import math
import os

import numpy as np
import torch

STEPS, SIZE = 5, 6
rng = np.random.default_rng(7)
half = lambda x: x.astype(np.float16).astype(np.float64)  # starts from the same numbers in every format
start = half(rng.normal(size=SIZE))
gradients = [half(rng.normal(size=SIZE) * 0.5) for _ in range(STEPS)]
for g in gradients:
    g[3] = 0
rates = [0.1 * 0.8**t for t in range(STEPS)]

cases = [
    ("sgd", {}),
    ("sgd", {"weightDecay": 5e-4}),
    ("sgd", {"momentum": 0.9}),
    ("sgd", {"momentum": 0.9, "weightDecay": 5e-4}),
    ("sgd", {"momentum": 0.9, "nesterov": True}),
    ("sgd", {"momentum": 0.8, "nesterov": True, "weightDecay": 0.01}),
    ("adam", {}),
    ("adam", {"betas": [0.8, 0.95]}),
    ("adam", {"eps": 1e-3}),
    ("adam", {"weightDecay": 0.1}),
    ("adamw", {}),
    ("adamw", {"betas": [0.5, 0.9], "eps": 1e-4, "weightDecay": 0.2}),
    ("adamw", {"weightDecay": 0}),
]
torch_class = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam, "adamw": torch.optim.AdamW}
torch_name = {"weightDecay": "weight_decay"}
torch_state = {"momentum": "momentum_buffer", "m": "exp_avg", "v": "exp_avg_sq"}


def with_torch(name, options, dtype):
    p = torch.nn.Parameter(torch.tensor(start, dtype=dtype))
    optimizer = torch_class[name]([p], lr=0.1, **{torch_name.get(k, k): v for k, v in options.items()})
    steps = []
    for g, lr in zip(gradients, rates):
        optimizer.param_groups[0]["lr"] = lr
        p.grad = torch.tensor(g, dtype=dtype)
        optimizer.step()
        kept = optimizer.state[p]
        state = {k: listed(kept[t].numpy()) for k, t in torch_state.items() if kept.get(t) is not None}
        steps.append({"parameter": listed(p.detach().numpy()), "state": state})
    return steps


def numpy_sgd(f, momentum=0, nesterov=False, weightDecay=0):
    p, b = start.astype(f), np.zeros(SIZE, f)
    for g, lr in zip(gradients, rates):
        d = g.astype(f)
        if weightDecay:
            d = d + f(weightDecay) * p
        if momentum:
            b = f(momentum) * b + d
            d = d + f(momentum) * b if nesterov else b
        p = p - f(lr) * d
        yield p, {"momentum": b} if momentum else {}


def numpy_adam(f, decoupled, betas=(0.9, 0.999), eps=1e-8, weightDecay=0):
    p, m, v = start.astype(f), np.zeros(SIZE, f), np.zeros(SIZE, f)
    for t, (g, lr) in enumerate(zip(gradients, rates), 1):
        g = g.astype(f)
        if decoupled:
            p = f(1 - lr * weightDecay) * p
        elif weightDecay:
            g = g + f(weightDecay) * p
        m = f(betas[0]) * m + f(1 - betas[0]) * g
        v = f(betas[1]) * v + (f(1 - betas[1]) * g) * g
        root = np.sqrt(v) / f(math.sqrt(1 - betas[1] ** t)) + f(eps)
        p = p - f(lr / (1 - betas[0] ** t)) * m / root
        yield p, {"m": m, "v": v}


def with_numpy(name, options, f):
    if name == "sgd":
        steps = numpy_sgd(f, **options)
    else:
        options = {"weightDecay": 0.01 if name == "adamw" else 0, **options}
        steps = numpy_adam(f, name == "adamw", **options)
    with np.errstate(all="ignore"):
        return [{"parameter": listed(p), "state": {k: listed(x) for k, x in s.items()}} for p, s in steps]


def listed(x):
    # the shortest digits that round to the number; a NaN is null, since JSON has none
    assert not np.isinf(x).any()
    return [None if np.isnan(y) else float(str(y)) for y in x]


versions = {"torch": torch.__version__, "numpy": np.__version__}
out = {
    **versions,
    "start": start.tolist(),
    "gradients": [g.tolist() for g in gradients],
    "rates": rates,
    "cases": [
        {
            "name": name,
            "options": options,
            "torch": {"f64": with_torch(name, options, torch.float64), "f32": with_torch(name, options, torch.float32)},
            "numpy": {f: with_numpy(name, options, t) for f, t in (("f16", np.float16), ("f32", np.float32))},
        }
        for name, options in cases
    ],
}

S = torch.optim.lr_scheduler
schedules = [
    ({"kind": "constant"}, lambda o: S.ConstantLR(o, factor=1.0)),
    ({"kind": "cosine", "epochs": 12}, lambda o: S.CosineAnnealingLR(o, 12)),
    ({"kind": "cosine", "epochs": 5, "floor": 0.1}, lambda o: S.CosineAnnealingLR(o, 5, eta_min=0.1 * 0.05)),
    ({"kind": "step", "every": 4}, lambda o: S.StepLR(o, 4)),
    ({"kind": "step", "every": 3, "gamma": 0.5}, lambda o: S.StepLR(o, 3, gamma=0.5)),
    (
        {"kind": "warmup", "epochs": 4, "schedule": {"kind": "cosine", "epochs": 12}},
        lambda o: S.ChainedScheduler([S.LinearLR(o, total_iters=4), S.CosineAnnealingLR(o, 12)]),
    ),
    (
        {"kind": "warmup", "epochs": 5, "start": 0.1, "schedule": {"kind": "step", "every": 3, "gamma": 0.5}},
        lambda o: S.ChainedScheduler([S.LinearLR(o, start_factor=0.1, total_iters=5), S.StepLR(o, 3, gamma=0.5)]),
    ),
]


def rates_of(make):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.05)
    scheduler = make(optimizer)
    rates = []
    for _ in range(13):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return rates


scheduled = {**versions, "lr": 0.05, "cases": [{"schedule": s, "rates": rates_of(make)} for s, make in schedules]}
here = os.path.dirname(__file__)
for name, content in (("optimizers.json", out), ("schedules.json", scheduled)):
    with open(os.path.join(here, name), "w") as f:
        json.dump(content, f)
        f.write("\n")
