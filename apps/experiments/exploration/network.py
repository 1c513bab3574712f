"""What was tried for `saspNetwork` before it was built: forms, weights, fractions, optimizers, shapes.

Runs many networks at once, as batched matrix products, which tfjs does not; needs PyTorch. One network for each arm and
seed, on digits with a fifth of the training labels wrong; 500 images, batches of 50, 60 epochs. Prints validation and
test figures; `ts` is the cross-entropy at the temperature that suits the validation set best.

    python network.py forms | noise | rates
"""

import json
import math
import pathlib
import sys

import torch

F = torch.nn.functional
torch.set_num_threads(1)
DIGITS = json.loads((pathlib.Path(__file__).parents[2] / "examples/data/digits.json").read_text())
X, Y = torch.tensor(DIGITS["pixels"]) / 16.0, torch.tensor(DIGITS["labels"])
CLASSES, TRAINING, VALIDATION, BATCH, EPOCHS = 10, 500, 300, 50, 60

ACTIVATIONS = {
    "relu": (torch.relu, lambda a: (a > 0).float(), 2.0),
    "tanh": (torch.tanh, lambda a: 1 - a * a, 1.0),
}


def split(seed):
    g = torch.Generator().manual_seed(1000 + seed)
    p = torch.randperm(len(Y), generator=g)
    train, validate, test = p[:TRAINING], p[TRAINING : TRAINING + VALIDATION], p[TRAINING + VALIDATION :]
    y = Y[train].clone()
    wrong = torch.randperm(TRAINING, generator=g)[: TRAINING // 5]
    y[wrong] = (y[wrong] + torch.randint(1, CLASSES, (len(wrong),), generator=g)) % CLASSES
    return (X[train], y), (X[validate], Y[validate]), (X[test], Y[test])


def forward(x, kernels, biases, act):
    outputs = [x]
    for kernel, bias in zip(kernels, biases):
        s = torch.baddbmm(bias, outputs[-1], kernel)
        outputs.append(ACTIVATIONS[act][0](s))
    return s, outputs[:-1]


def trace(z, inputs, kernels, act, xi):
    """T of every run: the head's share exactly, the others by the probe."""
    log_p = torch.log_softmax(z, -1)
    p, r = log_p.exp(), (0.5 * log_p).exp() * xi
    size = lambda a: (a * a).sum(-1) + 1
    shares = [(1 - (p * p).sum(-1)) * size(inputs[-1])]
    delta = r - p * r.sum(-1, keepdim=True)
    for l in range(len(kernels) - 1, 0, -1):
        delta = torch.bmm(delta, kernels[l].transpose(1, 2)) * ACTIVATIONS[act][1](inputs[l])
        shares.append((delta * delta).sum(-1) * size(inputs[l - 1]))
    return sum(shares).mean(-1)


FORMS = {
    "root": lambda T, ce: (T + 1e-8).sqrt(),
    "T": lambda T, ce: T,
    "log(1+T)": lambda T, ce: torch.log1p(T),
    "root, times sg(CE)": lambda T, ce: (T + 1e-8).sqrt() * ce.detach(),
    "root of T sg(CE)": lambda T, ce: (T * ce.detach() + 1e-8).sqrt(),
}


def run(widths, act, optimizer, rate, arms, seeds, fraction=0.25, probes=1, every=1, decay=False):
    """`arms`: (name, strength, warm-up); every arm under every seed in one batch of networks."""
    sets = [split(seed) for seed in seeds]
    R, S = len(arms) * len(seeds), len(seeds)
    names = [name for name, _, _ in arms]
    spread = lambda values: torch.tensor(values).repeat_interleave(S)
    strength, warm = spread([float(a[1]) for a in arms]), spread([float(a[2]) for a in arms])
    is_arm = {name: spread([n == name for n in names]) for name in set(names)}
    sizes = [X.shape[1], *widths, CLASSES]
    gain = ACTIVATIONS[act][2]
    normal = lambda s, i, a, b: torch.randn(a, b, generator=torch.Generator().manual_seed(7 * s + i)) * math.sqrt(gain / a)
    kernels = [
        torch.stack([normal(s, i, a, b) for _ in arms for s in seeds]).requires_grad_()
        for i, (a, b) in enumerate(zip(sizes, sizes[1:]))
    ]
    biases = [torch.zeros(R, 1, b, requires_grad=True) for b in sizes[1:]]
    params = kernels + biases
    averages = [(torch.zeros_like(p), torch.zeros_like(p)) for p in params]
    x_all, y_all = (torch.stack([sets[i][0][k] for i in range(S)]) for k in (0, 1))
    g = torch.Generator().manual_seed(5)
    steps, t = EPOCHS * TRAINING // BATCH, 0
    column = lambda v: v.reshape(-1, 1, 1)

    def cross_entropy(z, y, reduce=True):
        losses = F.cross_entropy(z.reshape(-1, CLASSES), y.reshape(-1), reduction="none").reshape(R, -1)
        return losses.mean(1)

    for _ in range(EPOCHS):
        order = torch.stack([torch.randperm(TRAINING, generator=g) for _ in range(S)])
        for start in range(0, TRAINING, BATCH):
            ix = order[:, start : start + BATCH]
            x = torch.gather(x_all, 1, ix[:, :, None].expand(-1, -1, X.shape[1])).repeat(len(arms), 1, 1)
            y = torch.gather(y_all, 1, ix).repeat(len(arms), 1)
            t += 1
            z, inputs = forward(x, kernels, biases, act)
            ce = cross_entropy(z, y)
            loss = ce.sum()
            forms = [name for name in is_arm if name in FORMS]
            if forms and t % every == 0:
                m = math.ceil(fraction * BATCH)
                rows = [a[:, :m] for a in inputs]
                signs = lambda: torch.randint(0, 2, (R, m, CLASSES), generator=g).float() * 2 - 1
                T = sum(trace(z[:, :m], rows, kernels, act, signs()) for _ in range(probes)) / probes
                ramp = torch.where(warm > 0, t / (warm * steps).clamp(min=1), torch.ones(R)).clamp(max=1)
                for name in forms:
                    phi = every * strength * ramp * FORMS[name](T, ce)
                    loss = loss + torch.where(is_arm[name], phi, torch.zeros(R)).sum()
            grads = torch.autograd.grad(loss, params)
            if "SAM" in is_arm:
                norm = sum((q * q).flatten(1).sum(1) for q in grads).sqrt()
                rho = torch.where(is_arm["SAM"], strength, torch.zeros(R))
                ascent = [column(rho / (norm + 1e-12)) * q for q in grads]
                with torch.no_grad():
                    for p, e in zip(params, ascent):
                        p += e
                second = torch.autograd.grad(cross_entropy(forward(x, kernels, biases, act)[0], y).sum(), params)
                with torch.no_grad():
                    for p, e in zip(params, ascent):
                        p -= e
                grads = [torch.where(column(is_arm["SAM"]), b, a) for a, b in zip(grads, second)]
            with torch.no_grad():
                if "L2" in is_arm:
                    weight = column(torch.where(is_arm["L2"], strength, torch.zeros(R)))
                    grads = [q + weight * p if k < len(kernels) else q for k, (p, q) in enumerate(zip(params, grads))]
                eta = rate * (1 - (t - 1) / steps) if decay else rate
                for p, q, (m1, m2) in zip(params, grads, averages):
                    if optimizer == "adam":
                        m1.mul_(0.9).add_(q, alpha=0.1)
                        m2.mul_(0.999).addcmul_(q, q, value=0.001)
                        p -= eta * (m1 / (1 - 0.9**t)) / ((m2 / (1 - 0.999**t)).sqrt() + 1e-7)
                    else:
                        m1.mul_(0.9).add_(q)
                        p -= eta * m1

    with torch.no_grad():
        logits, labels = [], []
        for k in (1, 2):
            x = torch.stack([sets[i][k][0] for i in range(S)]).repeat(len(arms), 1, 1)
            labels.append(torch.stack([sets[i][k][1] for i in range(S)]).repeat(len(arms), 1))
            logits.append(forward(x, kernels, biases, act)[0])
        scales = torch.exp(torch.linspace(-3, 3, 121))
        curve = torch.stack([cross_entropy(s * logits[0], labels[0]) for s in scales])
        best = column(scales[curve.argmin(0)])
        accuracy = lambda k: (logits[k].argmax(-1) == labels[k]).float().mean(1)
        columns = [
            cross_entropy(logits[0], labels[0]), curve.min(0).values,
            cross_entropy(logits[1], labels[1]), cross_entropy(best * logits[1], labels[1]), accuracy(1),
        ]
    label = f"{act} {'-'.join(map(str, widths))} {optimizer} {rate}{' falling' if decay else ''}, fraction {fraction:g}, probes {probes}, every {every}"
    print(f"\n{label}, seeds {seeds}: validation ce, ts; test ce, ts, accuracy")
    for i, (name, value, ramp) in enumerate(arms):
        means = [c.reshape(len(arms), S)[i].mean().item() for c in columns]
        warmed = f", warm-up {ramp}" if ramp else ""
        print(f"{name} {value}{warmed}".ljust(32), " ".join(f"{m:.3f}" for m in means), flush=True)


BASE = [("plain", 0, 0)] + [("SAM", r, 0) for r in (0.2, 0.5, 1)] + [("L2", l, 0) for l in (0.003, 0.01, 0.02)]
SHAPES = [
    ([16], "relu"), ([512], "relu"), ([128] * 2, "tanh"), ([128] * 3, "relu"), ([256] * 3, "relu"),
    ([32] * 4, "tanh"), ([128] * 6, "relu"),
]


def forms():
    arms = BASE + [("root", l, w) for w in (0, 0.3) for l in (0.05, 0.1, 0.2, 0.4)]
    arms += [("T", l, 0) for l in (0.003, 0.01, 0.03, 0.1)] + [("log(1+T)", l, 0) for l in (0.1, 0.3, 1)]
    arms += [(name, l, 0) for name in ("root, times sg(CE)", "root of T sg(CE)") for l in (0.1, 0.2, 0.4)]
    for widths, act in SHAPES:
        for optimizer, rate in (("adam", 2e-3), ("momentum", 0.05)):
            run(widths, act, optimizer, rate, arms, [1, 2])


def noise():
    for (widths, act), (optimizer, rate) in zip(SHAPES[3:], [("momentum", 0.05), ("adam", 2e-3), ("momentum", 0.05), ("momentum", 0.05)]):
        for options in ({}, {"probes": 4}, {"fraction": 1}, {"fraction": 1, "every": 4}, {"fraction": 1, "probes": 4}):
            run(widths, act, optimizer, rate, [("root", 0.1, 0), ("root", 0.2, 0)], [1, 2, 3, 4], **options)


def rates():
    for widths, act in (([128] * 3, "relu"), ([32] * 4, "tanh")):
        for rate, decay in ((0.05, False), (0.05, True), (0.02, False), (0.02, True)):
            arms = BASE + [("root", l, 0) for l in (0.1, 0.2, 0.3)]
            run(widths, act, "momentum", rate, arms, [1, 2, 3, 4], decay=decay)
            run(widths, act, "momentum", rate, arms[-3:], [1, 2, 3, 4], decay=decay, fraction=1)


{"forms": forms, "noise": noise, "rates": rates}[sys.argv[1]]()
