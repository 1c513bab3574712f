"""Trains every arm under every seed and label noise of one network, all at once."""

import functools
import time

import jax
import jax.numpy as jnp
import numpy as np

from data import TRAINING, split
from phi import FACTORS, FORMS, closed_form, signal, units, weight_noise

BATCH, STEPS = 50, 600
CHUNK = 56
ARM = dict(lam=0.0, form="root", c=1.0, fan=0.0, mean=False, factor="1", kappa=0.0, warm=0.0, every=1, fraction=1.0, rho=0.0)


def cross_entropy(z, y):
    return -jnp.take_along_axis(jax.nn.log_softmax(z), y[:, None], 1).mean()


def adam(rate):
    def update(t, p, g, m, v):
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
        return p - rate * (m / (1 - 0.9**t)) / (jnp.sqrt(v / (1 - 0.999**t)) + 1e-7), m, v

    return update


def momentum(rate):
    def update(t, p, g, m, v):
        m = 0.9 * m + g
        return p - rate * (1 - (t - 1) / STEPS) * m, m, v

    return update


def norm(tree):
    return jnp.sqrt(sum((x * x).sum() for x in jax.tree.leaves(tree)) + 1e-24)


def trainer(network, optimizer, trace, separate, sam):
    """One run. `separate`: the two gradients one by one, for arms that cap the penalty's; `sam`: a second one uphill."""

    def run(sets, lane):
        x_all, y_all = sets["x"][lane["set"]], sets["y"][lane["set"]]
        params = network.init(jax.random.key(lane["seed"]))

        def losses(params, x, y, key, t, start):
            z = network.apply(params, x)
            ce, p = cross_entropy(z, y), jax.nn.softmax(z)
            counts = (jnp.arange(BATCH) < jnp.ceil(BATCH * lane["fraction"])).astype(jnp.float32)
            T = trace(network, params, x, key, lane["unit"], counts)
            phi = jnp.stack([f(T, signal(z), lane["c"]) for f in FORMS.values()])[lane["form"]]
            level, p = jax.lax.stop_gradient((ce, p))
            factor = jnp.stack([jnp.asarray(f(level, start, p)) for f in FACTORS.values()])[lane["factor"]]
            ramp = jnp.minimum(1.0, t / jnp.maximum(1.0, lane["warm"] * STEPS))
            now = jnp.where(t % lane["every"] == 0, lane["every"], 0)
            return ce, now * ramp * factor * lane["lam"] * phi, T

        def gradient(p, x, y, key, t, start):
            if not separate:
                plain = lambda p: cross_entropy(network.apply(p, x), y)
                if sam:
                    g = jax.grad(plain)(p)
                    e = jax.tree.map(lambda a: lane["rho"] / norm(g) * a, g)
                    return jax.grad(plain)(jax.tree.map(jnp.add, p, e))
                return jax.grad(lambda p: sum(losses(p, x, y, key, t, start)[:2]))(p)
            a = jax.grad(lambda p: losses(p, x, y, key, t, start)[0])(p)
            b = jax.grad(lambda p: losses(p, x, y, key, t, start)[1])(p)
            limit = lane["kappa"] * norm(a) / norm(b)
            share = jnp.where(lane["kappa"] > 0, jnp.minimum(1.0, limit), 1.0)
            return jax.tree.map(lambda a, b: a + share * b, a, b)

        start = cross_entropy(network.apply(params, x_all), y_all)

        def step(state, inputs):
            p, m, v = state
            t, key, ix = inputs
            g = gradient(p, x_all[ix], y_all[ix], key, t, start)
            new = {n: optimizer(t, p[n], g[n], m[n], v[n]) for n in p}
            return tuple({n: new[n][k] for n in p} for k in range(3)), None

        zeros = jax.tree.map(jnp.zeros_like, params)
        keys = jax.random.split(jax.random.key(lane["seed"] + 77), STEPS)
        at = lambda p: trace(network, p, x_all, keys[0], lane["unit"], jnp.ones(len(x_all)))
        (end, _, _), _ = jax.lax.scan(step, (params, zeros, zeros), (jnp.arange(1, STEPS + 1), keys, sets["order"][lane["set"]]))
        evaluate = getattr(network, "evaluate", lambda p, x, training: network.apply(p, x))
        z = {k: evaluate(end, sets[k + "_x"][lane["set"]], x_all) for k in ("val", "test")}
        ce = {k: cross_entropy(z[k], sets[k + "_y"][lane["set"]]) for k in z}
        accuracy = {k: (z[k].argmax(-1) == sets[k + "_y"][lane["set"]]).mean() for k in z}
        fit = cross_entropy(evaluate(end, x_all, x_all), y_all)
        return dict(val=ce["val"], test=ce["test"], val_acc=accuracy["val"], acc=accuracy["test"], fit=fit, T0=at(params), T=at(end))

    return run


def order(seed):
    """The batches, by step: a permutation for each epoch."""
    rng = np.random.default_rng(5000 + seed)
    epochs = [rng.permutation(TRAINING) for _ in range(STEPS * BATCH // TRAINING)]
    return np.concatenate(epochs).reshape(STEPS, BATCH)


def lanes_of(network, arms, noises, seeds):
    params = network.init(jax.random.key(0))
    lanes = []
    for arm in arms:
        arm = ARM | arm
        for i in range(len(noises)):
            for j, seed in enumerate(seeds):
                lane = {k: arm[k] for k in ("lam", "c", "kappa", "warm", "every", "fraction", "rho")}
                lane |= {"form": list(FORMS).index(arm["form"]), "factor": list(FACTORS).index(arm["factor"])}
                lanes.append(lane | {"unit": units(params, arm["fan"], arm["mean"]), "set": i * len(seeds) + j, "seed": seed})
    return {k: np.array([lane[k] for lane in lanes], None if k in ("form", "factor", "set", "seed", "every") else np.float32) for k in lanes[0]}


def train(setting, arms, noises=(0.2,), seeds=(0, 1, 2), via=None):
    """Figures by [arm, noise, seed]."""
    network, source = setting["network"], setting["source"]
    parts = [split(source, noise, seed) for noise in noises for seed in seeds]
    sets = {}
    for k, name in enumerate(("", "val_", "test_")):
        sets[name + "x"], sets[name + "y"] = (jnp.stack([p[k][i] for p in parts]) for i in (0, 1))
    sets["order"] = jnp.stack([order(seed) for _ in noises for seed in seeds])
    closed = hasattr(network, "shares") and via != "weights"
    optimizer = {"adam": adam, "momentum": momentum}[setting["optimizer"]](setting["rate"])
    sam = any(arm.get("rho") for arm in arms)
    separate = any(arm.get("kappa") for arm in arms)
    run = trainer(network, optimizer, closed_form if closed else weight_noise, separate, sam)
    step = jax.jit(functools.partial(jax.vmap(run, (None, 0)), sets))
    lanes = lanes_of(network, arms, noises, seeds)
    n, began, out = len(lanes["lam"]), time.time(), []
    size = min(CHUNK, n)
    for i in range(0, n, size):
        ix = np.minimum(np.arange(i, i + size), n - 1)  # the last chunk repeats its last run
        out.append({k: np.asarray(v)[: n - i] for k, v in step({k: v[ix] for k, v in lanes.items()}).items()})
    figures = {k: np.concatenate([o[k] for o in out]).reshape(len(arms), len(noises), len(seeds)) for k in out[0]}
    return figures, time.time() - began
