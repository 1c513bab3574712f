"""The networks that a default has to serve."""

from data import digits, tokens
from networks import Cnn, Embedding, Gru, Mlp, ResidualCnn, Transformer


def setting(network, optimizer="adam", rate=None, source=digits):
    return dict(network=network, optimizer=optimizer, rate=rate or {"adam": 0.003, "momentum": 0.05}[optimizer], source=source)


SETTINGS = {
    "relu 16": setting(Mlp([16])),
    "relu 16, momentum": setting(Mlp([16]), "momentum"),
    "relu 512": setting(Mlp([512])),
    "relu 512, momentum": setting(Mlp([512]), "momentum"),
    "relu 64×2": setting(Mlp([64] * 2)),
    "relu 128×3": setting(Mlp([128] * 3)),
    "relu 32×4": setting(Mlp([32] * 4)),
    "relu 32×4, momentum": setting(Mlp([32] * 4), "momentum"),
    "relu 16×6": setting(Mlp([16] * 6)),
    "relu 128×6": setting(Mlp([128] * 6), rate=0.001),
    "relu 128×6, momentum": setting(Mlp([128] * 6), "momentum"),
    "tanh 32×4": setting(Mlp([32] * 4, "tanh")),
    "tanh 128×2, momentum": setting(Mlp([128] * 2, "tanh"), "momentum"),
    "CNN": setting(Cnn()),
    "CNN, momentum": setting(Cnn(), "momentum"),
    "residual CNN": setting(ResidualCnn()),
    "residual CNN, momentum": setting(ResidualCnn(), "momentum"),
    "GRU": setting(Gru()),
    "transformer": setting(Transformer()),
    "transformer, momentum": setting(Transformer(), "momentum"),
    "embeddings": setting(Embedding(), source=tokens),
    "embeddings, momentum": setting(Embedding(), "momentum", rate=0.2, source=tokens),
}
