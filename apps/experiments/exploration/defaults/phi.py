"""The relative trace of a network, and the forms of Φ that were tried."""

import jax
import jax.numpy as jnp

FORMS = {
    "root": lambda T, V, c: jnp.sqrt(T + 1e-8),
    "T": lambda T, V, c: T,
    "log(1+T/c)": lambda T, V, c: jnp.log1p(T / c),
    "root(c+T)-root(c)": lambda T, V, c: T / (jnp.sqrt(T + c) + jnp.sqrt(c)),
    "root(1+T/c)-1": lambda T, V, c: T / c / (jnp.sqrt(1 + T / c) + 1),
    "log(T/V)": lambda T, V, c: jnp.log((T + 1e-6) / (V + 1e-6)) / 2,
    "log(1+T/cV)": lambda T, V, c: jnp.log1p(T / (V + 1e-6) / c) / 2,
    "T/(c+root T)": lambda T, V, c: T / (c + jnp.sqrt(T + 1e-8)),
    "log(1+root(T/c))": lambda T, V, c: jnp.log1p(jnp.sqrt(T / c + 1e-8)),
}
FACTORS = {
    "1": lambda loss, start, p: 1.0,
    "loss": lambda loss, start, p: loss,
    "1-loss/start": lambda loss, start, p: jnp.maximum(0.0, 1 - loss / start),
    "confidence": lambda loss, start, p: 1 - entropy(p).mean(),
    "confidence²": lambda loss, start, p: (1 - entropy(p).mean()) ** 2,
    "information": lambda loss, start, p: information(p),
    "information × loss": lambda loss, start, p: information(p) * loss,
    "information × loss/(loss+.3)": lambda loss, start, p: information(p) * loss / (loss + 0.3),
    "information × nats": lambda loss, start, p: information(p) * nats(p),
    "information × nats/(nats+.3)": lambda loss, start, p: information(p) * nats(p) / (nats(p) + 0.3),
    "information × nats/(nats+1)": lambda loss, start, p: information(p) * nats(p) / (nats(p) + 1),
    "progress": lambda loss, start, p: information(p) * entropy(p).mean() / (entropy(p).mean() + 0.25),
}


def entropy(p):
    """In units of ln C."""
    return -(p * jnp.log(p + 1e-30)).sum(-1) / jnp.log(p.shape[-1])


def nats(p):
    return entropy(p).mean() * jnp.log(p.shape[-1])


def information(p):
    """What the predictions say about their examples, in units of ln C."""
    return entropy(p.mean(0)) - entropy(p).mean()


def names_of(params):
    return sorted(name for name, value in params.items() if value.ndim == 2)


def units(params, fan, mean):
    """What each tensor's share is multiplied by: a power of its fan-in, and, for the mean over tensors, one over their number."""
    shapes = [params[name].shape for name in names_of(params)]
    sizes = [min(shape) if fan == "least" else shape[0] ** fan for shape in shapes]
    return [float(n) / (len(sizes) if mean else 1) for n in sizes]


def signal(z):
    """V = mean_i zᵢᵀAᵢzᵢ: what scaling all logits by 1 + ε changes, over ε², in the metric that T has."""
    p = jax.nn.softmax(z)
    return ((p * z * z).sum(-1) - (p * z).sum(-1) ** 2).mean()


def mean_square(kernel):
    return jax.lax.stop_gradient((kernel * kernel).mean())


def closed_form(network, params, x, key, unit, counts):
    rho = jnp.stack([mean_square(params[name]) for name in names_of(params)])
    rows = (network.shares(params, x, key) * (rho * unit)).sum(-1)
    return (rows * counts).sum() / counts.sum()


def weight_noise(network, params, x, key, unit, counts):
    """By the derivative along the noise: the limit σ → 0 of the difference."""
    names = names_of(params)
    keys = jax.random.split(key, len(names))
    v = {name: jnp.zeros_like(value) for name, value in params.items()}
    for name, k, u in zip(names, keys, unit):
        v[name] = jax.random.normal(k, v[name].shape) * jnp.sqrt(mean_square(params[name]) * u)
    z, delta = jax.jvp(lambda p: network.apply(p, x), (params,), (v,))
    p = jax.nn.softmax(z)
    rows = (p * delta * delta).sum(-1) - (p * delta).sum(-1) ** 2
    return (rows * counts).sum() / counts.sum()
