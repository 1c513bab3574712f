"""Trains with sasp_network.py in two processes, under DistributedDataParallel on the CPU, and writes what the test of the
data-parallel example trains again: tools/testing/golden/sasp-network-ddp.json.

    pip install torch==2.15.0
    python apps/examples/python/sasp_network_ddp.py

Each setting is trained three times: in one process with the whole batch; in two with half of it each, T and what else Φ is
made of averaged before; and in two with a Φ of their own, gradients averaged by DDP and no more. The script fails unless the
first two agree to 1e-12. The probe and the noise are given, so that others can make the same steps.
"""

import json
import platform
import sys
from contextlib import nullcontext
from unittest.mock import patch

try:
    import torch
    import torch.distributed as dist
    from torch import nn
    from torch.nn import functional as F
    from torch.nn.parallel import DistributedDataParallel

    from processes import GOLDEN, expect_same, in_one_and_two, rounded, stepped
    from sasp_network import Penalized, sasp_stack, sasp_weights
except ImportError as error:
    sys.exit(f"{error.name} is missing: pip install torch==2.15.0")

FEATURES, LENGTH, HIDDEN, CLASSES, BATCH, STEPS = 5, 3, 4, 3, 8, 8


class Normed(nn.Module):
    """A residual block of ReLUs behind a layer normalization."""

    def __init__(self):
        super().__init__()
        self.enter, self.norm = nn.Linear(FEATURES, HIDDEN), nn.LayerNorm(HIDDEN)
        self.block, self.leave = nn.Linear(HIDDEN, HIDDEN), nn.Linear(HIDDEN, CLASSES)

    def forward(self, x):
        h = self.enter(x)
        return self.leave(h + F.relu(self.block(self.norm(h))))


class Recurrent(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru, self.leave = nn.GRU(FEATURES, HIDDEN, batch_first=True), nn.Linear(HIDDEN, CLASSES)

    def forward(self, x):
        return self.leave(self.gru(x)[0][:, -1])


def stack(activation):
    return nn.Sequential(
        nn.Linear(FEATURES, HIDDEN), activation(), nn.Linear(HIDDEN, HIDDEN), activation(), nn.Linear(HIDDEN, CLASSES)
    )


NETWORKS = {"tanh": lambda: stack(nn.Tanh), "relu": lambda: stack(nn.ReLU), "normed": Normed, "recurrent": Recurrent}
LOSSES = {"softmax": F.cross_entropy, "sigmoid": F.binary_cross_entropy_with_logits, "linear": F.mse_loss}
PENALTIES = {"layers": sasp_stack, "weights": sasp_weights}
OPTIMIZERS = {
    "sgd": lambda params: torch.optim.SGD(params, lr=0.1),
    "momentum": lambda params: torch.optim.SGD(params, lr=0.05, momentum=0.9),
    "adam": lambda params: torch.optim.Adam(params, lr=0.01, eps=1e-7),  # ε as tfjs has it
}


def setting(network, head, via, optimizer="sgd", every=1, scale="relative", sigma=None, root=True):
    given = {"network": network, "head": head, "via": via, "scale": scale, "root": root, "lambda": 0.5, "every": every}
    return {**given, "optimizer": optimizer, **({"sigma": sigma} if sigma else {})}


# Of σ = 2⁻⁴ float32 keeps six digits, of the default 2⁻¹³ three.
SETTINGS = {
    "closed form": setting("tanh", "softmax", "layers"),
    "closed form, ReLU, Adam": setting("relu", "sigmoid", "layers", "adam"),
    "weight noise": setting("tanh", "softmax", "weights", sigma=2**-4),
    "weight noise, layer normalization, momentum": setting("normed", "linear", "weights", "momentum", sigma=2**-4),
    "weight noise, GRU, every 4th step, Adam": setting("recurrent", "softmax", "weights", "adam", 4, sigma=2**-4),
    "weight noise, ReLU, absolute": setting("relu", "sigmoid", "weights", scale="absolute", sigma=2**-4),
    "weight noise, default σ": setting("tanh", "softmax", "weights"),
    "weight noise, layer normalization, default σ": setting("normed", "linear", "weights"),
    "ratio, closed form": setting("tanh", "softmax", "layers", root="ratio"),
    "ratio, closed form, ReLU, Adam": setting("relu", "sigmoid", "layers", "adam", root="ratio"),
    "ratio, weight noise, GRU, every 4th step, Adam": setting(
        "recurrent", "softmax", "weights", "adam", 4, sigma=2**-4, root="ratio"
    ),
    "ratio, weight noise, ReLU": setting("relu", "sigmoid", "weights", sigma=2**-4, root="ratio"),
    "ratio, weight noise, layer normalization, momentum": setting(
        "normed", "linear", "weights", "momentum", sigma=2**-4, root="ratio"
    ),
}


def train(given, data, needed):
    """The parameters after each step. `needed`: what Φ is made of is averaged before, else the gradients alone, by DDP."""
    rank, world = dist.get_rank(), dist.get_world_size()
    model = network_of(given, data)
    options = {key: given[key] for key in ("head", "scale", "sigma", "root") if key in given}
    flat = Penalized(model, PENALTIES[given["via"]], **options)
    parallel = DistributedDataParallel(flat)
    optimizer = OPTIMIZERS[given["optimizer"]](parallel.parameters())
    history = []
    for step, batch in enumerate(data["batches"]):
        x, y, xi = (part.chunk(world)[rank] for part in batch)
        v = dict(zip(dict(model.named_parameters()), data["noise"][step]))
        if step % given["every"] == 0:
            with nullcontext() if needed else patch("sasp_network.mean", torch.Tensor.detach):
                logits, penalty = parallel(x, **({"probe": xi} if given["via"] == "layers" else {"noise": v}))
            loss = LOSSES[given["head"]](logits, y) + given["every"] * given["lambda"] * penalty
        else:
            loss = LOSSES[given["head"]](parallel(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        history.append(torch.cat([p.detach().reshape(-1) for p in model.parameters()]))
    return stepped(history)


def network_of(given, data):
    model = NETWORKS[given["network"]]().double()
    with torch.no_grad():
        for p, value in zip(model.parameters(), data["parameters"]):
            p.copy_(value)
    return model


def draw(given):
    """Numbers that float32 holds exactly, so that both sides start from the same."""
    generator = torch.Generator().manual_seed(22)
    normal = lambda *shape: (8 * torch.randn(*shape, generator=generator).double()).round() / 8
    signs = lambda *shape: 2.0 * torch.randint(0, 2, shape, generator=generator).double() - 1
    label = lambda: torch.randint(0, CLASSES, (BATCH,), generator=generator)
    targets = {
        "softmax": lambda: F.one_hot(label(), CLASSES).double(),
        "sigmoid": lambda: (signs(BATCH, CLASSES) + 1) / 2,
        "linear": lambda: normal(BATCH, CLASSES),
    }[given["head"]]
    shape = (BATCH, LENGTH, FEATURES) if given["network"] == "recurrent" else (BATCH, FEATURES)
    shapes = [p.shape for p in NETWORKS[given["network"]]().parameters()]
    return {
        "parameters": [normal(*each) / 2 for each in shapes],
        "batches": [(normal(*shape), targets(), signs(BATCH, CLASSES)) for _ in range(STEPS)],
        "noise": [[normal(*each) for each in shapes] for _ in range(STEPS)],
    }


def train_all(ways):
    return {
        name: {way: train(given, draw(given), needed) for way, needed in ways.items()}
        for name, given in SETTINGS.items()
    }


def written(given, histories):
    data, optimizer = draw(given), OPTIMIZERS[given["optimizer"]]([torch.zeros(1)])
    return {
        **given,
        "learningRate": optimizer.param_groups[0]["lr"],
        "parameters": [{"shape": list(p.shape), "data": rounded(p)} for p in data["parameters"]],
        "batches": [
            {"inputs": x.tolist(), "targets": y.tolist(), "probe": xi.int().tolist()} for x, y, xi in data["batches"]
        ],
        "noise": [[rounded(v) for v in step] for step in data["noise"]] if given["via"] == "weights" else [],
        "history": [rounded(step) for step in histories["needed"]],
        "naive": rounded(histories["naive"][-1]),
    }


def main():
    one, two = in_one_and_two(train_all)
    cases = []
    for name, given in SETTINGS.items():
        expect_same(name, one, two)
        cases.append({"name": name, **written(given, two[name])})
    versions = {"torch": torch.__version__.split("+")[0], "python": platform.python_version()}
    (GOLDEN / "sasp-network-ddp.json").write_text(json.dumps([{"versions": versions, "processes": 2, "cases": cases}]) + "\n")


if __name__ == "__main__":
    main()
