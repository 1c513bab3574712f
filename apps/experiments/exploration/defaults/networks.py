"""The networks: each is `init(key) -> params` and `apply(params, x) -> logits`. Entries of rank 2 have a share in the trace."""

import jax
import jax.numpy as jnp

from data import CLASSES, VOCABULARY

ACTIVATIONS = {
    "relu": (jax.nn.relu, lambda a: (a > 0).astype(a.dtype), 2.0),
    "tanh": (jnp.tanh, lambda a: 1 - a * a, 1.0),
}


def kernels(key, shapes, gain=1.0):
    keys = jax.random.split(key, len(shapes))
    gains = gain if isinstance(gain, list) else [gain] * len(shapes)
    return {
        name: jax.random.normal(k, shape) * jnp.sqrt(g / shape[0])
        for k, (name, shape), g in zip(keys, shapes.items(), gains)
    }


class Mlp:
    """`widths` of the hidden layers; the only one with the closed form of the trace."""

    def __init__(self, widths, act="relu", inputs=64):
        self.sizes, self.act = [inputs, *widths, CLASSES], act

    def init(self, key):
        shapes = {f"W{i}": s for i, s in enumerate(zip(self.sizes, self.sizes[1:]))}
        biases = {f"b{i}": jnp.zeros(n) for i, n in enumerate(self.sizes[1:])}
        return kernels(key, shapes, ACTIVATIONS[self.act][2]) | biases

    def run(self, p, x):
        outputs = [x]
        for i in range(len(self.sizes) - 1):
            s = outputs[-1] @ p[f"W{i}"] + p[f"b{i}"]
            outputs.append(ACTIVATIONS[self.act][0](s))
        return s, outputs[:-1]

    def apply(self, p, x):
        return self.run(p, x)[0]

    def shares(self, p, x, key):
        """Each layer's ‖δ‖²‖a‖², by row: [B, layers]; the head's is exact, the others by one probe for each row."""
        z, inputs = self.run(p, x)
        log_p = jax.nn.log_softmax(z)
        r = jnp.exp(log_p / 2) * jax.random.rademacher(key, z.shape, z.dtype)
        delta = r - jnp.exp(log_p) * r.sum(-1, keepdims=True)
        size = lambda a: (a * a).sum(-1)
        shares = [(1 - jnp.exp(2 * log_p).sum(-1)) * size(inputs[-1])]
        for i in range(len(self.sizes) - 2, 0, -1):
            delta = (delta @ p[f"W{i}"].T) * ACTIVATIONS[self.act][1](inputs[i])
            shares.insert(0, size(delta) * size(inputs[i - 1]))
        return jnp.stack(shares, -1)


def patches(x, stride=1):
    """3 × 3 windows, padded: [B, H, W, C] to [B, H', W', 9 C]. A convolution is then a matrix product."""
    n = x.shape[1]
    x = jnp.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)))
    return jnp.concatenate([x[:, i : i + n : stride, j : j + n : stride] for i in range(3) for j in range(3)], -1)


def pool(x):
    b, h, w, c = x.shape
    return x.reshape(b, h // 2, 2, w // 2, 2, c).max((2, 4))


def image(x):
    return x.reshape(-1, 8, 8, 1)


class Cnn:
    def init(self, key):
        shapes = {"K0": (9, 8), "K1": (72, 16), "W": (64, CLASSES)}
        return kernels(key, shapes, 2.0) | {"b0": jnp.zeros(8), "b1": jnp.zeros(16), "b": jnp.zeros(CLASSES)}

    def apply(self, p, x):
        a = pool(jax.nn.relu(patches(image(x)) @ p["K0"] + p["b0"]))
        a = pool(jax.nn.relu(patches(a) @ p["K1"] + p["b1"]))
        return a.reshape(len(a), -1) @ p["W"] + p["b"]


class ResidualCnn:
    """With batch normalization by the rows at hand; at the end those are all training images."""

    batch_norm = True

    def init(self, key):
        shapes = {"K0": (9, 16), "K1": (144, 16), "K2": (144, 16), "W": (16, CLASSES)}
        gains = {f"g{i}": jnp.ones(16) for i in range(3)} | {f"b{i}": jnp.zeros(16) for i in range(3)}
        return kernels(key, shapes, 2.0) | gains | {"b": jnp.zeros(CLASSES)}

    def apply(self, p, x, statistics=None):
        averages = []

        def conv(x, i, stride=1):
            s = patches(x, stride) @ p[f"K{i}"]
            m, v = statistics[i] if statistics else (s.mean((0, 1, 2)), s.var((0, 1, 2)))
            averages.append((m, v))
            return (s - m) / jnp.sqrt(v + 1e-3) * p[f"g{i}"] + p[f"b{i}"]

        a = jax.nn.relu(conv(image(x), 0, 2))
        a = jax.nn.relu(a + conv(jax.nn.relu(conv(a, 1)), 2))
        self.averages = averages
        return a.mean((1, 2)) @ p["W"] + p["b"]

    def evaluate(self, p, x, training):
        self.apply(p, training)
        return self.apply(p, x, list(self.averages))


class Gru:
    units = 32

    def init(self, key):
        n = self.units
        return kernels(key, {"U": (8, 3 * n), "R": (n, 3 * n), "W": (n, CLASSES)}) | {
            "b": jnp.zeros(3 * n),
            "c": jnp.zeros(CLASSES),
        }

    def apply(self, p, x):
        n, rows = self.units, x.reshape(-1, 8, 8)
        h = jnp.zeros((len(x), n))
        for t in range(8):
            s, r = rows[:, t] @ p["U"] + p["b"], h @ p["R"]
            z, u = jax.nn.sigmoid(s[:, : 2 * n] + r[:, : 2 * n]).reshape(-1, 2, n).transpose(1, 0, 2)
            h = z * h + (1 - z) * jnp.tanh(s[:, 2 * n :] + u * r[:, 2 * n :])
        return h @ p["W"] + p["c"]


def layer_norm(x, g, b):
    x = x - x.mean(-1, keepdims=True)
    return x / jnp.sqrt((x * x).mean(-1, keepdims=True) + 1e-5) * g + b


class Transformer:
    """One block over the eight rows of a digit; two heads, layer norm before each part."""

    width, heads = 32, 2

    def init(self, key):
        d = self.width
        shapes = {"E": (8, d), "Q": (d, d), "K": (d, d), "V": (d, d), "O": (d, d), "M": (d, 2 * d), "N": (2 * d, d), "W": (d, CLASSES)}
        small = {"P": jax.random.normal(jax.random.fold_in(key, 1), (8 * d,)) * 0.3, "m": jnp.zeros(2 * d), "n": jnp.zeros(d), "c": jnp.zeros(CLASSES)}
        norms = {f"g{i}": jnp.ones(d) for i in range(3)} | {f"h{i}": jnp.zeros(d) for i in range(3)}
        return kernels(key, shapes) | small | norms

    def apply(self, p, x):
        d, k = self.width, self.heads
        a = x.reshape(-1, 8, 8) @ p["E"] + p["P"].reshape(8, d)
        h = layer_norm(a, p["g0"], p["h0"])
        q, key, v = ((h @ p[n]).reshape(-1, 8, k, d // k).transpose(0, 2, 1, 3) for n in "QKV")
        weights = jax.nn.softmax(q @ key.transpose(0, 1, 3, 2) / jnp.sqrt(d / k))
        a = a + (weights @ v).transpose(0, 2, 1, 3).reshape(-1, 8, d) @ p["O"]
        h = layer_norm(a, p["g1"], p["h1"])
        a = a + jax.nn.relu(h @ p["M"] + p["m"]) @ p["N"] + p["n"]
        return layer_norm(a.mean(1), p["g2"], p["h2"]) @ p["W"] + p["c"]


class Embedding:
    """Mean of the embeddings, a hidden layer, logits."""

    def init(self, key):
        shapes = {"E": (VOCABULARY, 16), "W0": (16, 32), "W1": (32, CLASSES)}
        return kernels(key, shapes, [float(VOCABULARY), 2.0, 2.0]) | {"b0": jnp.zeros(32), "b1": jnp.zeros(CLASSES)}

    def apply(self, p, x):
        # a product with one-hot rows: under vmap it is faster than a gather and its gradient
        counts = jax.nn.one_hot(x.astype(int), VOCABULARY).mean(1)
        return jax.nn.relu(counts @ p["E"] @ p["W0"] + p["b0"]) @ p["W1"] + p["b1"]
