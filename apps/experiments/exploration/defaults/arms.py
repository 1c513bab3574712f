"""What was tried: forms of Φ and of λ, each with a few λ. `name: (arm, λs)`; γ is the confidence, L the loss, n the tensors."""

HUBER, LOG = dict(form="root(c+T)-root(c)"), dict(form="log(1+T/c)")
CONFIDENT = dict(factor="confidence")
FAN_MEAN = dict(fan=1.0, mean=True)
GRID = [0.125, 0.25, 0.5, 1, 2, 4]
FAN = [0.07, 0.14, 0.28, 0.56]


def scaled(unit):
    return [unit * g for g in GRID]


FORMS_TRIED = {
    # by the force at T = 1, the λs of one column are equal
    "√T": ({}, GRID),
    "T": (dict(form="T"), scaled(0.5)),
    "log(1+T)": (LOG, GRID),
    "log(1+10T)": (LOG | dict(c=0.1), scaled(0.55)),
    "√(1+T)−1": (HUBER, scaled(1.41)),
    "T/(1+√T)": (dict(form="T/(c+root T)"), scaled(1.33)),
    "log(1+√T)": (dict(form="log(1+root(T/c))"), scaled(2)),
    "L√T": (dict(factor="loss"), GRID),
    "L log(1+T)": (LOG | dict(factor="loss"), GRID),
    "L(√(1+T)−1)": (HUBER | dict(factor="loss"), scaled(1.41)),
    "(1−L/L₀)√T": (dict(factor="1-loss/start"), scaled(2)),
    "√(T/n)": (dict(mean=True), scaled(2)),
    "√T, × √fan-in": (dict(fan=0.5), scaled(0.4)),
    "√T, × fan-in": (dict(fan=1.0), scaled(0.14)),
    "log(1+T/4), × √fan-in": (LOG | dict(fan=0.5, c=4.0), GRID),
    "√T, warm-up of 30 %": (dict(warm=0.3), GRID),
    "√(32+T)−√32, × fan-in": (HUBER | dict(fan=1.0, c=32.0), [0.05, 0.1, 0.2, 0.4, 0.8]),
    "√(4+T/n)−2, × fan-in": (HUBER | FAN_MEAN | dict(c=4.0), [0.1, 0.2, 0.4, 0.8, 1.6]),
    "√(16+T/n)−4, × fan-in": (HUBER | FAN_MEAN | dict(c=16.0), [0.1, 0.2, 0.4, 0.8, 1.6]),
    "√(1+T/n)−1, × √fan-in": (HUBER | dict(fan=0.5, mean=True), [0.4, 0.8, 1.6, 3.2]),
    # a pace: by the loss, by the confidence
    "(1−L/L₀)√T, × fan-in": (dict(factor="1-loss/start", fan=1.0), FAN[:3]),
    "γ√T": (CONFIDENT, [0.5, 1, 2, 4]),
    "γ√T, × fan-in": (CONFIDENT | dict(fan=1.0), FAN),
    "γ²√T, × fan-in": (dict(factor="confidence²", fan=1.0), FAN[:3]),
    "γT": (CONFIDENT | dict(form="T"), [0.7, 1, 1.4, 2]),
    "γ log(1+T)": (CONFIDENT | LOG, [1, 2, 3]),
    "γ log(1+T/.3)": (CONFIDENT | LOG | dict(c=0.3), [0.5, 1, 2]),
    "γ log(1+T/.1)": (CONFIDENT | LOG | dict(c=0.1), [0.35, 0.7, 1.4]),
    "γ(√(1+T)−1)": (CONFIDENT | HUBER, [1.4, 2, 2.8, 4]),
    "γ(√(.1+T)−√.1)": (CONFIDENT | HUBER | dict(c=0.1), [1, 2]),
    "γ(√(.5+T/n)−√.5)": (CONFIDENT | HUBER | dict(mean=True, c=0.5), [2.8, 4]),
    "γ(√(16+T/n)−4), × fan-in": (CONFIDENT | HUBER | FAN_MEAN | dict(c=16.0), [0.2, 0.28, 0.4, 0.56, 0.8, 1.6]),
    "γ(√(8+T/n)−√8), × least side": (CONFIDENT | HUBER | dict(fan="least", mean=True, c=8.0), [0.4, 0.8, 1.6]),
    "½ln(T/V)": (dict(form="log(T/V)"), [0.25, 0.5, 1]),
    "γ½ln(T/V)": (CONFIDENT | dict(form="log(T/V)"), [0.25, 0.5, 1, 2]),
    "γ½ln(1+100T/V)": (CONFIDENT | dict(form="log(1+T/cV)", c=0.01), [0.25, 0.5, 1, 2, 4]),
    # the gradient of the penalty, of weight 10, at most κ of the loss's; λ stands for κ
    "10√T, gradient ≤ λ of the loss's": (dict(capped=True), [0.25, 0.5, 0.7, 0.9]),
}
RATIO = dict(form="log(1+T/cV)", c=0.01)
CHOSEN = RATIO | dict(factor="progress")
PACES = {
    factor: (RATIO | dict(factor=factor), lams)
    for factor, lams in {
        "information": [0.25, 0.5, 1, 2, 4],
        "information × loss": [1, 1.4, 2, 4, 8],
        "information × loss/(loss+.3)": [1, 2, 4],
        "information × nats": [1, 1.4, 2, 2.8, 4],
        "information × nats/(nats+.3)": [1, 1.4, 2, 2.8],
        "information × nats/(nats+1)": [2, 2.8, 4],
    }.items()
}
TABLE = {
    "every step": (CHOSEN, [1, 1.4, 2, 2.8, 4]),
    "every 4th step": (CHOSEN | dict(every=4), [1, 2]),
}
