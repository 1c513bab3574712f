import type { Condition } from './conditions.js';

export const INTRODUCTION = `DMTA adds to the gradients a slow average of them (linear), or a pull toward its direction (cosine). Both are
trained with Adam, beside Adam alone, Adam with its β₁ chosen, which is the cheapest way to a longer or shorter memory, and
AdEMAMix ([arXiv:2409.03137](https://arxiv.org/abs/2409.03137)), where the linear form comes from. The average keeps .99 of itself in a
step, a half-life of 69 steps; in AdEMAMix and DMTA linear α and the half-life rise over the first task, as in the
paper. The learning rate is the same for all and was chosen for Adam alone, on validation data. Losses are cross-entropies less
the entropy of the answers, in nats: 0 is the best that any model can do.`;

export const SETTING: Record<Condition, string> = {
  digits: `800 images, right labels, 400 steps of 16 images; two hidden layers of 64 units. The knobs are chosen by the validation
loss at the end.`,
  'a language': `The next of twelve symbols of a random Markov chain of the second order, another one for each seed, from the last
three: an embedding, a hidden layer of 64 units; 400 steps of 32 places in a text that is read once. The test is exact: all contexts
with their probabilities, and the entropy rate of the chain is known.`,
  'digits 0–4, then 5–9': `300 steps on the digits 0 to 4 (A), then 100 on the others (B), with one head of ten classes. The knobs are
chosen by the mean of both validation losses at the end. As that may be to leave a method off, the slow average is also shown with
α = 1. _B learned alike_: where the loss on B first reaches what, under the same seed, all arms reach, so that
nothing is gained by learning B less.`,
  'one language, then another': `300 steps on one chain (A), then 200 on another (B), whose symbols are others; otherwise as before.`,
};

export const READING = `DMTA linear is AdEMAMix's slow term exactly under plain SGD, where both are θ ← θ − η (g + α m). Under Adam they
are two methods: DMTA's sum g + α m passes through both of Adam's averages, so that the second moment takes out most of what α
adds to its length, while AdEMAMix adds α m behind the first moment and leaves it out of the second.

An average can keep to A or run past what B needs: at a switch the gradients are far above what Adam's second moment
remembers, the first steps are long, and a long average repeats them. Which of the two it is, the losses on A show, with Adam's own β₁
as the shortest and the longest memory beside. What a method forgets less because it learned A less sharply is in the first column,
because it learned B less in the third. The last figure shows for every candidate, on validation data, what it forgets for
what it learns; the numbers are α, λ and 1/(1−β₁). One that lies below and to the left of Adam does better in both. AdEMAMix's paper measures another forgetting,
of a single batch among others of its kind; that is not tested here.`;
