"""Digits and a small token task, with label noise in the training and the validation labels, as a user's are."""

import json
import pathlib

import numpy as np

CLASSES, TRAINING, VALIDATION, TEST = 10, 500, 300, 997
VOCABULARY, LENGTH = 64, 12
DIGITS = pathlib.Path(__file__).parents[3] / "examples/data/digits.json"


def digits(rng):
    file = json.loads(DIGITS.read_text())
    x, y = np.array(file["pixels"], np.float32) / 16, np.array(file["labels"])
    order = rng.permutation(len(y))[: TRAINING + VALIDATION + TEST]
    return x[order], y[order]


def tokens(rng):
    """Each class has six tokens of its own; a third of the positions show one of them, the others any token."""
    own = np.random.default_rng(0).permutation(VOCABULARY)[: 6 * CLASSES].reshape(CLASSES, 6)
    n = TRAINING + VALIDATION + TEST
    y = rng.integers(CLASSES, size=n)
    informative = rng.random((n, LENGTH)) < 1 / 3
    drawn = own[y[:, None], rng.integers(6, size=(n, LENGTH))]
    x = np.where(informative, drawn, rng.integers(VOCABULARY, size=(n, LENGTH)))
    return x.astype(np.float32), y


def noisy(rng, y, noise):
    wrong = rng.permutation(len(y))[: round(noise * len(y))]
    y = y.copy()
    y[wrong] = (y[wrong] + rng.integers(1, CLASSES, size=len(wrong))) % CLASSES
    return y


def split(source, noise, seed):
    rng = np.random.default_rng(1000 + seed)
    x, y = source(rng)
    parts = np.split(np.arange(len(y)), [TRAINING, TRAINING + VALIDATION])
    labels = [noisy(rng, y[parts[0]], noise), noisy(rng, y[parts[1]], noise), y[parts[2]]]
    return [(x[part], label.astype(np.int32)) for part, label in zip(parts, labels)]
