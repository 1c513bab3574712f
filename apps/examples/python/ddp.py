"""Trains with the penalties of the Python package in two processes, under DistributedDataParallel on the CPU, and writes
what the test of the data-parallel example trains again: packages/testing/golden/ddp.json.

    pip install torch==2.15.0 toploss==0.1.0
    python apps/examples/python/ddp.py

Each setting is trained three times: in one process with the whole batch; in two with half of it each, averaging what
the terms need; and in two as one would write it without a thought, gradients of the loss averaged by DDP and no more.
The script fails unless the first two agree to 1e-12.
"""

import json
import math
import os
import platform
import sys
import tempfile
from pathlib import Path

try:
    import toploss
    import torch
    import torch.distributed as dist
    from torch import nn
    from torch.nn import functional as F
    from torch.nn.parallel import DistributedDataParallel
except ImportError as error:
    sys.exit(f"{error.name} is missing: pip install torch==2.15.0 toploss==0.1.0")

GOLDEN = Path(__file__).parents[3] / "packages/testing/golden/ddp.json"
FEATURES, HIDDEN, CLASSES, BATCH, STEPS = 6, 5, 3, 8, 10
ALPHA, BETA, MU = 1.0, 50.0, 0.9  # as the terms of the example have them

# DMTA is not beside NGER and SBMP: their stop-gradients are constants to PyTorch's second derivative, and not to the
# difference of gradients that tfjs takes in its place.
EVERYTHING = {"nger": 1.0, "sasp": 0.1, "sbmp": 0.5, "cvp": 0.2}
SETTINGS = {
    "sasp": {"sasp": 0.1},
    "cvp": {"cvp": 0.2},
    "sbmp": {"sbmp": 0.5},
    "nger": {"nger": 1.0},
    "dmta": {"dmta": 0.1},
    "dmta, sasp, cvp": {"sasp": 0.1, "dmta": 0.1, "cvp": 0.2},
    "all but dmta": EVERYTHING,
    "all but dmta, Adam": EVERYTHING,
}


class Network(nn.Module):
    """logits = tanh(x W + b) V + c, rating = tanh(x W + b) u."""

    def __init__(self, parameters):
        super().__init__()
        self.W, self.b, self.V, self.c, self.u = (nn.Parameter(p.clone()) for p in parameters)

    def forward(self, x):
        h = torch.tanh(x @ self.W + self.b)
        return h @ self.V + self.c, h, h @ self.u


class Given:
    """Noise that is known in the place of that which `sbmp_penalty` draws: of each example its own."""

    def __init__(self, noise):
        self.noise = noise

    def __enter__(self):
        self.draw = torch.randint
        torch.randint = lambda low, high, shape, **kinds: ((self.noise + 1) / 2).reshape(shape)

    def __exit__(self, *_):
        torch.randint = self.draw


def mean(x):
    """Of x over the processes."""
    total = x.detach().clone()
    dist.all_reduce(total)
    return total / dist.get_world_size()


def with_mean(x):
    """The mean over the processes, differentiated as the part that this process has: DDP averages the gradients."""
    return x + (mean(x) - x).detach()


def train(weights, adam, data, needed):
    """The parameters after each step. `needed`: averages what the terms need, else only what DDP does."""
    rank, world = dist.get_rank(), dist.get_world_size()
    across = with_mean if needed else lambda x: x
    model = Network(data["parameters"])
    parallel = DistributedDataParallel(model)
    params = list(model.parameters())
    optimizer = torch.optim.Adam(params, lr=0.01, eps=1e-7) if adam else torch.optim.SGD(params, lr=0.1)
    weighter = toploss.NGERWeighter(2)
    tracker = toploss.DMTATracker(sum(p.numel() for p in params), mu=MU, lam=weights.get("dmta", 0)).double()
    criterion = toploss.TopologicalLoss(
        lambda_sasp=weights.get("sasp", 0), lambda_sbmp=weights.get("sbmp", 0), sbmp_alpha=ALPHA
    )
    history = []
    for batch in data["batches"]:
        x, y, ratings, noise = (part.chunk(world)[rank] for part in batch)
        logits, h, rating = parallel(x)
        losses = [F.cross_entropy(logits, y), ((rating - ratings) ** 2).mean()]
        if "nger" in weights:
            grads = [torch.autograd.grad(loss, h, retain_graph=True)[0] for loss in losses]
            proxies = [(g * g).sum() for g in grads]
            if needed:  # of each example 1/B of the gradient by its own representation, here 1/(B/world)
                proxies = [mean(kappa) / world for kappa in proxies]
            base = weighter([across(loss) for loss in losses], proxies)
        else:
            base = losses[0] + losses[1]
        with Given(noise):
            loss = criterion(
                base, logits=logits, features=h, targets=y,
                clean_logits=logits, model_fn=lambda e: model(e)[0], embeddings=x,
            )
        if "dmta" in weights:
            # Past DDP, whose hooks `autograd.grad` does not call.
            own = torch.autograd.grad(loss, params, create_graph=True)
            g = across(torch.cat([piece.reshape(-1) for piece in own]))
            loss = loss + tracker.penalty(g)
        optimizer.zero_grad()
        if "cvp" in weights and not needed:
            loss = loss + weights["cvp"] * toploss.cvp_penalty(params, beta=BETA)
        loss.backward()
        if "dmta" in weights:
            tracker.update(g)  # in place, of what `backward` reads
        if "cvp" in weights and needed:
            toploss.apply_cvp_(params, lam=weights["cvp"], beta=BETA)  # of .grad, which DDP has averaged
        optimizer.step()
        history.append(torch.cat([p.detach().reshape(-1) for p in params]))
    others = [torch.empty_like(history[-1]) for _ in range(world)]
    dist.all_gather(others, history[-1])
    assert all(torch.equal(other, history[-1]) for other in others), "the replicas have drifted apart"
    return torch.stack(history)


def draw():
    """Numbers that float32 holds exactly, so that both sides start from the same."""
    generator = torch.Generator().manual_seed(20)
    normal = lambda *shape: torch.randn(*shape, generator=generator).double()
    signs = lambda *shape: 2.0 * torch.randint(0, 2, shape, generator=generator).double() - 1
    label = lambda: torch.randint(0, CLASSES, (BATCH,), generator=generator)
    shapes = [(FEATURES, HIDDEN), (HIDDEN,), (HIDDEN, CLASSES), (CLASSES,), (HIDDEN, 1)]
    parameters = [(0.5 * normal(*shape)).float().double() for shape in shapes]
    batches = [
        (normal(BATCH, FEATURES), label(), normal(BATCH, 1), signs(BATCH, FEATURES)) for _ in range(STEPS)
    ]
    return {"parameters": parameters, "batches": batches}


def process(rank, world, folder):
    dist.init_process_group("gloo", init_method=f"file://{folder}/{world}", rank=rank, world_size=world)
    data = draw()
    ways = {"needed": True} if world == 1 else {"needed": True, "naive": False}
    result = {
        name: {way: train(weights, name.endswith("Adam"), data, needed) for way, needed in ways.items()}
        for name, weights in SETTINGS.items()
    }
    if rank == 0:
        torch.save(result, f"{folder}/{world}.pt")
    dist.barrier()
    dist.destroy_process_group()


def rounded(x):
    return [float(f"{value:.9g}") for value in x.reshape(-1).tolist()]


def main():
    os.environ["OMP_NUM_THREADS"] = "1"
    with tempfile.TemporaryDirectory() as folder:
        for world in (1, 2):
            torch.multiprocessing.spawn(process, args=(world, folder), nprocs=world)
        one, two = (torch.load(f"{folder}/{world}.pt") for world in (1, 2))
    data = draw()
    distance = lambda a, b: ((a - b)[-1].norm() / a[-1].norm()).item()
    cases = []
    for name, weights in SETTINGS.items():
        whole, parted, naive = one[name]["needed"], two[name]["needed"], two[name]["naive"]
        print(f"{name:10} {distance(whole, parted):.0e} {distance(whole, naive):.0e}")
        assert distance(whole, parted) < 1e-12
        cases.append({
            "name": name,
            "weights": weights,
            "optimizer": "adam" if name.endswith("Adam") else "sgd",
            "learningRate": 0.01 if name.endswith("Adam") else 0.1,
            "history": [rounded(step) for step in parted],
            "naive": rounded(naive[-1]),
        })
    golden = {
        "versions": {"toploss": toploss.__version__, "torch": torch.__version__.split("+")[0], "python": platform.python_version()},
        "processes": 2,
        "parameters": [{"shape": list(p.shape), "data": rounded(p)} for p in data["parameters"]],
        "batches": [
            {
                "inputs": [rounded(row) for row in x],
                "labels": y.tolist(),
                "ratings": rounded(ratings),
                "noise": [[int(sign) for sign in row] for row in noise.tolist()],
                "probe": [[1] * CLASSES] * BATCH,
            }
            for x, y, ratings, noise in data["batches"]
        ],
        "cases": cases,
    }
    GOLDEN.write_text(json.dumps([golden]) + "\n")


if __name__ == "__main__":
    main()
