"""Chooses the defaults of `saspNetwork`: what was tried, on which networks, and what came out.

    python defaults.py forms    what was tried before the choice, on a few networks: forms.csv
    python defaults.py table    the chosen form over a grid of λ, on all networks:    table.csv
    python defaults.py paces    the ratio with other weights γ over a grid of λ:      paces.csv
    python defaults.py summary 1  its table at λ = 1, every 4th step, from table.csv

Names of networks may follow the first three. Needs JAX. 500 training and 300 validation examples, both with label noise; the test labels
are clean. Batches of 50, 600 steps. Lines are appended; each is the mean over the seeds.
"""

import csv
import pathlib
import sys

import numpy as np

from arms import FORMS_TRIED, PACES, TABLE
from settings import SETTINGS
from training import train

SEEDS = (0, 1)
HERE = pathlib.Path(__file__).parent
FORM_NETWORKS = ["relu 16", "relu 32×4", "relu 512", "relu 128×3", "embeddings"]
COLUMNS = ["network", "noise", "arm", "lambda", "val", "test", "accuracy", "val accuracy", "training", "T at start", "T", "worst test"]
BESIDE = ["network", "arm", "lambda", "val", "test", "test, clean labels"]


def rows_of(name, tried, noises, seeds):
    """Trains every arm of `tried`; the figures of one network, a row for each label noise and arm."""
    named = [("plain", 0.0, {})] + [(n, lam, arm) for n, (arm, lams) in tried.items() for lam in lams]
    weights = lambda arm, lam: {"lam": 10.0, "kappa": lam} if arm.get("capped") else {"lam": float(lam)}
    arms = [arm | weights(arm, lam) for _, lam, arm in named]
    figures, seconds = train(SETTINGS[name], arms, noises, seeds)
    print(name, round(seconds), "s", flush=True)
    for i, (label, lam, _) in enumerate(named):
        for j, noise in enumerate(noises):
            mean = [figures[k][i, j].mean() for k in ("val", "test", "acc", "val_acc", "fit", "T0", "T")]
            yield [name, noise, label, f"{lam:g}", *(f"{m:.3f}" for m in mean), f"{figures['test'][i, j].max():.3f}"]


def beside(rows):
    """One line for each arm: with label noise, and the test data of the networks that had clean labels."""
    clean = {(row[2], row[3]): row for row in rows if row[1] == 0}
    return [[row[0], *row[2:6], clean[row[2], row[3]][5]] for row in rows if row[1] > 0]


def append(file, rows, columns):
    path = HERE / file
    is_new = not path.exists()
    with path.open("a", newline="") as f:
        out = csv.writer(f, lineterminator="\n")
        out.writerows([columns] * is_new)
        out.writerows(rows)


def read(file):
    with (HERE / file).open() as f:
        return list(csv.DictReader(f))


def summary(default, arm):
    """Each network: cross-entropy of validation and of test data of plain training, at the best λ on validation data, at the default."""
    lines = read("table.csv")
    print("| network | label noise | plain: validation, test | best λ | there | default | default / best: validation, test |")
    print("|---|---|---|---|---|---|---|")
    for name, noise in dict.fromkeys((row["network"], row["noise"]) for row in lines):
        grid = [row for row in lines if (row["network"], row["noise"]) == (name, noise)]
        chosen = next(r for r in grid if r["arm"] == arm and float(r["lambda"]) == default)
        best = min(grid, key=lambda r: float(r["val"]))
        of = lambda row: f"{row['val']}, {row['test']}"
        ratios = ", ".join(f"{float(chosen[k]) / float(best[k]):.2f}" for k in ("val", "test"))
        print(f"| {name} | {float(noise):.0%} | {of(grid[0])} | {best['lambda']} | {of(best)} | {of(chosen)} | {ratios} |")


def main():
    command, names = sys.argv[1], sys.argv[2:]
    if command == "summary":
        return summary(float((names or [1])[0]), "every 4th step")
    tried, networks, noises = {
        "forms": (FORMS_TRIED, FORM_NETWORKS, (0.0, 0.2)),
        "table": (TABLE, list(SETTINGS), (0.0, 0.2)),
        "paces": (PACES, FORM_NETWORKS, (0.0, 0.2)),
    }[command]
    for name in names or networks:
        rows = list(rows_of(name, tried, noises, SEEDS))
        if command == "forms":
            append("forms.csv", beside(rows), BESIDE)
        else:
            append(command + ".csv", rows, COLUMNS)


if __name__ == "__main__":
    main()
