"""Trains with the penalties of the Python package in two processes, under DistributedDataParallel on the CPU, and writes
what the test of the data-parallel example trains again: tools/testing/golden/ddp.json.

    pip install torch==2.15.0 toploss==0.1.0
    python apps/examples/python/ddp.py

Each setting is trained three times: in one process with the whole batch; in two with half of it each, averaging what
the terms need; and in two as one would write it without a thought, gradients of the loss averaged by DDP and no more.
The script fails unless the first two agree to 1e-12.
"""

import json
import platform
import sys

try:
    import toploss
    import torch
    import torch.distributed as dist
    from torch import nn
    from torch.nn import functional as F
    from torch.nn.parallel import DistributedDataParallel

    from processes import GOLDEN, expect_same, in_one_and_two, rounded, stepped
    from sasp_network import mean, with_mean
except ImportError as error:
    sys.exit(f"{error.name} is missing: pip install torch==2.15.0 toploss==0.1.0")

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
    """Known noise instead of what `sbmp_penalty` draws: each example has its own."""

    def __init__(self, noise):
        self.noise = noise

    def __enter__(self):
        self.draw = torch.randint
        torch.randint = lambda low, high, shape, **kinds: ((self.noise + 1) / 2).reshape(shape)

    def __exit__(self, *_):
        torch.randint = self.draw


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
    return stepped(history)


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


def train_all(ways):
    data = draw()
    return {
        name: {way: train(weights, name.endswith("Adam"), data, needed) for way, needed in ways.items()}
        for name, weights in SETTINGS.items()
    }


def main():
    one, two = in_one_and_two(train_all)
    data = draw()
    cases = []
    for name, weights in SETTINGS.items():
        expect_same(name, one, two)
        cases.append({
            "name": name,
            "weights": weights,
            "optimizer": "adam" if name.endswith("Adam") else "sgd",
            "learningRate": 0.01 if name.endswith("Adam") else 0.1,
            "history": [rounded(step) for step in two[name]["needed"]],
            "naive": rounded(two[name]["naive"][-1]),
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
    (GOLDEN / "ddp.json").write_text(json.dumps([golden]) + "\n")


if __name__ == "__main__":
    main()
