import type { Condition } from './conditions.js';

export const INTRODUCTION = `DMTA adds to the gradients a slow average of them (linear), or a pull toward its direction (cosine). Both train with Adam. They are compared
with Adam alone, with Adam whose β₁ is chosen, which is the cheapest way to a longer or shorter memory, and with AdEMAMix
([arXiv:2409.03137](https://arxiv.org/abs/2409.03137)), the origin of the linear form. The average keeps .99 of itself in a step, a half-life of 69 steps. In AdEMAMix
and DMTA linear, α and the half-life rise over the first task, as in the paper. The learning rate is the same for all arms, and was chosen for Adam alone on
validation data. Losses are cross-entropies minus the entropy of the answers, in nats: 0 is the best that any model can reach.`;

export const SETTING: Record<Condition, string> = {
  digits: `800 images with clean labels, 400 steps of 16 images, two hidden layers of 64 units. The knobs are chosen by the validation
loss at the end.`,
  'a language': `The network predicts the next of twelve symbols from the last three. The symbols come from a random Markov chain of the second order, another
one for each seed. The network has an embedding and a hidden layer of 64 units. It makes 400 steps of 32 places in a text that is read once. The test is exact: it has
all contexts with their probabilities, and the entropy rate of the chain is known.`,
  'digits 0–4, then 5–9': `300 steps on the digits 0 to 4 (A), then 100 on the others (B), with one head of ten classes. The knobs are
chosen by the mean of both validation losses at the end. They may switch a method off, so the slow average is also shown with
α = 1. _At equal loss on B_: where the loss on B first reaches the level that all arms reach under the same seed, so that
an arm gains nothing by learning B less.`,
  'one language, then another': `300 steps on one chain (A), then 200 on another (B) with other symbols; otherwise as before.`,
};

export const READING = `Under plain SGD, DMTA linear is exactly AdEMAMix's slow term: both are θ ← θ − η (g + α m). Under Adam the two methods differ. DMTA's sum
g + α m passes through both of Adam's averages, so the second moment removes most of the length that α adds. AdEMAMix adds α m after the first moment, and
leaves it out of the second.

An average can hold on to A, or overshoot what B needs. At a switch the gradients are far above what Adam's second moment remembers. The
first steps are long, and a long average repeats them. The losses on A show which effect wins; compare them with Adam's own β₁ as the shortest and the longest memory. A
method may forget less only because it learned A less sharply, which the first column shows, or because it learned B less, which the third column shows. The last figure has every candidate, on validation data: how much it
forgets for what it learns. Its numbers are α, λ and 1/(1−β₁). A candidate below and to the left of Adam is better in both. AdEMAMix's paper measures another forgetting,
of a single batch among others of its kind, which we did not test.`;
