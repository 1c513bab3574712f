"""What the penalties of the Python package cost in PyTorch: the figures that the page puts beside ours.

    pip install torch==2.15.0 toploss==0.1.0
    python tools/bench/pytorch.py --seconds 20        # writes tools/bench/pytorch.json

Networks, batches, Adam and method are those of the suite `step`, on one thread: a round takes a sample of some steps
from every arm, in random order, and an arm is compared with the plain step of the same round.
"""

import argparse
import json
import platform
import random
import sys
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from statistics import median, quantiles

try:
    import toploss
    import torch
    from torch import Tensor, nn
    from torch.nn import functional as F
except ImportError as error:
    sys.exit(f"{error.name} is missing: pip install torch==2.15.0 toploss==0.1.0")

SIZES = [
    ([16, 32, 4], 32),
    ([64, 256, 256, 10], 128),
    ([128, 512, 1000], 256),
    ([784, 256, 10], 512),
]
FEWEST_ROUNDS = 7
SAMPLE = 0.02  # seconds, or longer

Step = Callable[[], None]


class Network(nn.Module):
    def __init__(self, widths: list[int]) -> None:
        super().__init__()
        *hidden, self.head = [nn.Linear(inputs, outputs) for inputs, outputs in pairwise(widths)]
        self.trunk = nn.Sequential(*(part for linear in hidden for part in (linear, nn.ReLU())))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        features = self.trunk(x)
        return self.head(features), features


def arms_of(widths: list[int], batch: int) -> dict[str, Step]:
    """A step each, with a network of its own; the first is what the others are compared with."""
    x = torch.randn(batch, widths[0])
    y = torch.randint(widths[-1], (batch,))

    def cross_entropy(net: Network) -> Tensor:
        return F.cross_entropy(net(x)[0], y)

    def make() -> tuple[Network, list[nn.Parameter], torch.optim.Optimizer]:
        net = Network(widths)
        params = list(net.parameters())
        return net, params, torch.optim.Adam(params, lr=1e-4, eps=1e-7)

    def step(
        penalty: Callable[[Network, Tensor, Tensor], Tensor] | None = None,
        correct: Callable[[list[nn.Parameter]], None] | None = None,
    ) -> Step:
        net, params, optimizer = make()

        def run() -> None:
            optimizer.zero_grad()
            logits, features = net(x)
            loss = F.cross_entropy(logits, y)
            if penalty:
                loss = loss + penalty(net, logits, features)
            loss.backward()
            if correct:
                correct(params)
            optimizer.step()

        return run

    def l2(net: Network, *_: Tensor) -> Tensor:
        return 0.5e-3 * sum(p.square().sum() for p in net.parameters() if p.dim() > 1)

    def sasp(_: Network, logits: Tensor, features: Tensor) -> Tensor:
        return 0.1 * toploss.sasp_penalty_closed_form(logits, features, y)

    def sbmp(net: Network, logits: Tensor, _: Tensor) -> Tensor:
        return toploss.sbmp_penalty(logits, lambda e: net(e)[0], x, alpha=1.0)

    def cvp(params: list[nn.Parameter]) -> None:
        toploss.apply_cvp_(params, lam=1e-2)

    def dmta() -> Step:
        net, params, optimizer = make()
        tracker = toploss.DMTATracker(sum(p.numel() for p in params))

        def run() -> None:
            optimizer.zero_grad()
            loss = cross_entropy(net)
            grads = torch.autograd.grad(loss, params, create_graph=True)
            grad = torch.cat([g.reshape(-1) for g in grads])
            (loss + tracker.penalty(grad)).backward()
            tracker.update(grad)
            optimizer.step()

        return run

    def sam(rho: float = 0.1) -> Step:
        net, params, optimizer = make()

        def run() -> None:
            grads = torch.autograd.grad(cross_entropy(net), params)
            scale = rho / (sum(g.square().sum() for g in grads).sqrt() + 1e-12)
            origin = [p.detach().clone() for p in params]
            with torch.no_grad():
                for p, g in zip(params, grads):
                    p.add_(g * scale)
            optimizer.zero_grad()
            cross_entropy(net).backward()
            with torch.no_grad():
                for p, start in zip(params, origin):
                    p.copy_(start)
            optimizer.step()

        return run

    return {
        "plain": step(),
        "plain, again": step(),
        "L2": step(l2),
        "SAM": sam(),
        "SASP": step(sasp),
        "CVP": step(correct=cvp),
        "SASP + CVP": step(sasp, cvp),
        "SBMP": step(sbmp),
        "DMTA cosine": dmta(),
    }


def sample(step: Step, steps: int) -> float:
    """Seconds of this process alone: there is one thread, which waits for nothing."""
    start = time.process_time()
    for _ in range(steps):
        step()
    return time.process_time() - start


def measure(arms: dict[str, Step], seconds: float) -> dict:
    first, *_ = arms
    sample(arms[first], 1)
    steps = 1
    while sample(arms[first], steps) < SAMPLE:
        steps *= 2

    def round_of() -> dict[str, float]:
        return {name: sample(arms[name], steps) for name in random.sample(list(arms), len(arms))}

    round_of()  # to warm up
    rounds = []
    end = time.perf_counter() + seconds
    while len(rounds) < FEWEST_ROUNDS or time.perf_counter() < end:
        rounds.append(round_of())

    def ratio(name: str) -> dict[str, float]:
        low, middle, high = quantiles((r[name] / r[first] for r in rounds), n=4, method="inclusive")
        return {"low": rounded(low), "median": rounded(middle), "high": rounded(high)}

    return {
        "rounds": len(rounds),
        "steps": steps,
        "milliseconds": rounded(1000 * median(r[first] for r in rounds) / steps),
        "ratios": {name: ratio(name) for name in arms},
    }


def rounded(value: float) -> float:
    return float(f"{value:.4g}")


def processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line.split(":")[1].strip() for line in lines if "model name" in line), "")


def main() -> None:
    parser = argparse.ArgumentParser(description="Measures toploss in PyTorch.")
    parser.add_argument("--seconds", type=float, default=20, help="for every size (default: 20)")
    seconds = parser.parse_args().seconds
    torch.set_num_threads(1)
    torch.manual_seed(0)
    cases = {}
    for widths, batch in SIZES:
        size = f"{'-'.join(map(str, widths))}, B {batch}"
        cases[size] = measure(arms_of(widths, batch), seconds)
        ratios = ", ".join(f"{a} {r['median']:.2f}" for a, r in cases[size]["ratios"].items())
        print(f"{size}: {cases[size]['milliseconds']} ms; {ratios}")
    result = {
        "torch": torch.__version__,
        "toploss": toploss.__version__,
        "python": platform.python_version(),
        "processor": processor(),
        "cases": cases,
    }
    Path(__file__).with_suffix(".json").write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
