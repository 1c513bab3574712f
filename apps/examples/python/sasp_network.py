"""The flatness of a whole network as a loss term, for PyTorch: how far the predictions move when the weights do, in the
metric of the loss's own curvature. One file that needs PyTorch alone, tried with 2.15: copy it.

    G = mean_i Jᵢᵀ Aᵢ Jᵢ,   J = ∂z/∂θ,   A = ∂²ℓ/∂z²
    T = tr(D G D),   D = diag(s),   V = mean_i zᵢᵀ Aᵢ zᵢ + 1e-6
    Φ = γ ½ ln(1 + 100 T/V),   γ = (h(p̄) − h) h/(h + ¼)

`root="ratio"`: the trace in proportion to the signal. γ, of the entropies of the predictions, says how far training has come.
`root=True`: Φ = √(T + 1e-8). `root=False`: Φ = T.
`scale="relative"`: s is ρ, the root mean square of each tensor of rank ≥ 2, and 0 for the others (biases, gains).
`scale="absolute"`: s is 1 for all. The gradient takes s and γ for constants.

    flat, lam = Penalized(model, sasp_weights), 1
    for step, (x, y) in enumerate(batches):
        if step % 4 == 0:
            logits, penalty = flat(x, noise=weight_noise(model, seed=step))
            loss = F.cross_entropy(logits, y) + 4 * lam * penalty
        else:
            loss = F.cross_entropy(flat(x), y)

Under DistributedDataParallel, wrap `Penalized(model, …)` and give every process the same noise. T, V, p̄ and h are averaged
over the processes before Φ is made of them; DDP averages the gradients.
"""

import math

import torch
import torch.distributed as dist
from torch import nn
from torch.func import functional_call
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode


class Penalized(nn.Module):
    """`flat(x)` is `model(x)`. With a keyword, such as `flat(x, noise=v)`, it is the logits and the penalty."""

    def __init__(self, model, penalty, **options):
        super().__init__()
        self.model, self.penalty, self.options = model, penalty, options

    def forward(self, *inputs, **given):
        return self.penalty(self.model, inputs, **given, **self.options) if given else self.model(*inputs)


def sasp_weights(model, inputs, noise, *, head="softmax", scale="relative", sigma=2**-13, root="ratio"):
    """The logits, and Φ by weight noise: of any model, by one more pass, with first derivatives only.

        Δ = (f(θ + σ s∘v) − f(θ))/σ,   T̂ = mean_i Δᵢᵀ Aᵢ Δᵢ,   E_v[T̂] → T as σ → 0

    inputs: the arguments of `model`, a tuple; it returns logits of shape […, C].
    noise: v ~ N(0, I) by the names of the parameters, one for the whole batch, as `weight_noise` draws it.
    """
    shaken = {
        name: p + sigma * size(p, scale) * noise[name]
        for name, p in model.named_parameters()
        if p.requires_grad and (scale == "absolute" or p.dim() >= 2)
    }
    if not shaken:
        raise ValueError("sasp: expected trainable parameters of rank ≥ 2; use scale='absolute'")
    devices = list({p.device for p in shaken.values() if p.is_cuda})
    choices = KeptChoices()
    with torch.random.fork_rng(devices), choices:  # so that dropout draws the same in both passes
        z = model(*inputs)
    # Copies of the buffers, so that the averages of batch normalization move once.
    buffers = {name: buffer.clone() for name, buffer in model.named_buffers()}
    choices.is_second = True
    with choices:
        moved = functional_call(model, (shaken, buffers), inputs)
    return z, phi(quadratic(head, z, (moved - z) / sigma).mean(), root, head, z)


class KeptChoices(TorchFunctionMode):
    """The second pass goes back through the choices of the first one.

    A ReLU whose input changes its sign between the passes would add its slope, divided by σ, to the gradient of their
    difference; the limit σ → 0 has no such jumps. So do maxima and clipping.
    """

    CHOOSING = {
        *(F.relu, F.relu6, F.leaky_relu, F.hardtanh, F.max_pool1d, F.max_pool2d, F.max_pool3d),
        *(torch.relu, torch.abs, torch.clamp, torch.amax, torch.amin),
        *(torch.Tensor.relu, torch.Tensor.abs, torch.Tensor.clamp, torch.Tensor.amax, torch.Tensor.amin),
    }

    def __init__(self):
        super().__init__()
        self.made, self.is_second = [], False

    def __torch_function__(self, func, types, args=(), kwargs=None):
        kwargs = dict(kwargs or {})
        if func not in self.CHOOSING:
            return func(*args, **kwargs)
        kwargs.pop("inplace", None)  # what it would overwrite is still to be differentiated
        x, *others = args
        if self.is_second:
            return AsBefore.apply(x, func(x.detach(), *others, **kwargs), *self.made.pop(0))
        with torch.enable_grad():
            at = x.detach().requires_grad_()
            self.made.append((at, func(at, *others, **kwargs)))
        return func(x, *others, **kwargs)


class AsBefore(torch.autograd.Function):
    """y of x, which goes back to x as `out` does to `at`."""

    @staticmethod
    def forward(ctx, x, y, at, out):
        ctx.at, ctx.out = at, out
        return y.clone()

    @staticmethod
    def backward(ctx, dy):
        return *torch.autograd.grad(ctx.out, ctx.at, dy, retain_graph=True), None, None, None


def sasp_stack(stack, inputs, probe=None, *, head="softmax", scale="relative", root="ratio"):
    """The logits, and Φ in closed form: of an `nn.Sequential` of `nn.Linear` layers and activations.

        s_ℓ = a_{ℓ−1} W_ℓᵀ + b_ℓ,   a_ℓ = φ(s_ℓ),   z = s_L
        u = Rξ,   RRᵀ = A,   δ_ℓ = ∂⟨u, z⟩/∂s_ℓ
        T = mean_i [ tr(A) S_L + Σ_{ℓ<L} ‖δ_ℓ‖² S_ℓ ],   S_ℓ = ρ_ℓ² ‖a_{ℓ−1}‖²,   or absolute ‖a_{ℓ−1}‖² + 1

    probe: ξ with E[ξξᵀ] = I, for each example its own; None draws signs, by the seed of the process.
    """
    (a,) = inputs
    s, shares = [], []
    for module in stack:
        if isinstance(module, nn.Linear):
            shares.append(share(module, a, scale))
            s.append(module(a))
            a = s[-1]
        elif next(module.parameters(), next(module.buffers(), None)) is not None:
            raise TypeError(f"sasp: expected nn.Linear and activations, got {module}; use sasp_weights")
        elif getattr(module, "inplace", False):
            raise ValueError(f"sasp: expected an activation with inplace=False, got {module}")
        else:
            a = module(a)
    if not s or a is not s[-1]:
        raise TypeError("sasp: expected an nn.Linear that makes the logits at the end")
    *hidden, z = s
    if probe is None:
        probe = 2 * torch.randint(0, 2, z.shape, device=z.device).to(z.dtype) - 1
    u, trace = probed(head, z, probe)
    deltas = torch.autograd.grad(z, hidden, u, create_graph=True) if hidden else ()
    T = trace * shares[-1] + sum(delta.square().sum(-1) * S for delta, S in zip(deltas, shares))
    return z, phi(T.mean(), root, head, z)


def weight_noise(model, seed):
    """v ~ N(0, I), drawn on the CPU: the same for the same seed in every process and on every device."""
    generator = torch.Generator().manual_seed(seed)
    normal = lambda p: torch.randn(p.shape, generator=generator).to(p.device, p.dtype)
    return {name: normal(p) for name, p in model.named_parameters()}


def size(p, scale):
    """ρ or 1, a constant in the gradient."""
    if scale not in ("relative", "absolute"):
        raise ValueError(f"sasp: expected scale 'relative' or 'absolute', got {scale!r}")
    return p.detach().square().mean().sqrt() if scale == "relative" else 1


def share(linear, a, scale):
    """S of a layer, from its input: the derivative of ⟨δ, aWᵀ + b⟩ by W is δaᵀ, and by b it is δ."""
    squares = size(linear.weight, scale) ** 2 * a.square().sum(-1)
    return squares + 1 if scale == "absolute" and linear.bias is not None else squares


def quadratic(head, z, delta):
    """ΔᵀAΔ of every row."""
    if head == "softmax":  # Σ p (Δ − Σ pΔ)²
        p = z.softmax(-1)
        return (p * (delta - (p * delta).sum(-1, keepdim=True)).square()).sum(-1)
    if head == "sigmoid":  # Σ s(1−s) Δ²
        return (z.sigmoid() * (-z).sigmoid() * delta.square()).sum(-1)
    if head == "linear":  # ‖Δ‖²
        return delta.square().sum(-1)
    raise ValueError(f"sasp: expected head 'softmax', 'sigmoid' or 'linear', got {head!r}")


def probed(head, z, xi):
    """u = Rξ with RRᵀ = A, and tr A, of every row."""
    if head == "softmax":  # √p⊙ξ − p⟨√p, ξ⟩,   Σ p(1−p)
        p = z.softmax(-1)
        r = (0.5 * z.log_softmax(-1)).exp() * xi
        return r - p * r.sum(-1, keepdim=True), (p * (1 - p)).sum(-1)
    if head == "sigmoid":  # √(s(1−s))⊙ξ,   Σ s(1−s)
        deviation = (0.5 * (F.logsigmoid(z) + F.logsigmoid(-z))).exp()
        return deviation * xi, deviation.square().sum(-1)
    if head == "linear":  # ξ,   C
        return xi, z.new_full(z.shape[:-1], z.shape[-1])
    raise ValueError(f"sasp: expected head 'softmax', 'sigmoid' or 'linear', got {head!r}")


def phi(T, root, head, z):
    """Φ. T and V are means over examples, and DDP averages their gradients; their ratio and the root of T are none."""
    if root not in ("ratio", True, False):
        raise ValueError(f"sasp: expected root 'ratio', True or False, got {root!r}")
    if not root:
        return T
    T = with_mean(T)
    if root != "ratio":
        return (T + 1e-8).sqrt()
    shown = torch.where(z == -math.inf, 0, z)  # −∞ is what a class that is masked has
    V = with_mean(quadratic(head, z, shown).mean()) + 1e-6
    return progress(head, z.detach()) * torch.log1p(100 * T / V) / 2


def progress(head, z):
    """γ, with h = mean_i h(pᵢ) and h(p) = −Σ p ln p/ln C; of the sigmoid head, the mean over its logits, and ln 2."""
    if head == "linear":  # no probabilities
        return 1
    z = z.flatten(0, -2)
    p = z.softmax(-1) if head == "softmax" else torch.stack((z.sigmoid(), (-z).sigmoid()), -1)
    entropy = lambda p: torch.special.entr(p).sum(-1).mean() / math.log(max(p.shape[-1], 2))
    h = mean(entropy(p))
    return (entropy(mean(p.mean(0))) - h).relu() * h / (h + 0.25)


def with_mean(x):
    """The mean over the processes, differentiated as the part that this process has: DDP averages the gradients."""
    return x + (mean(x) - x).detach()


def mean(x):
    """Of x over the processes; x itself where there is no process group."""
    total = x.detach().clone()
    if not (dist.is_available() and dist.is_initialized()):
        return total
    dist.all_reduce(total)
    return total / dist.get_world_size()
