export const INTRODUCTION = `One network learns two tasks by Adam. It has two shared layers of 32 tanh units, and a linear head for each task. The second task is noise, so
all that the shared layers learn for it is useless. The methods weight the losses. Only the oracle is told which task is clean. The tuned weights know it
indirectly: like every knob, they are chosen by the validation error *of the clean task*. Known floors are the variance or the entropy of the noise, which
users rarely have either.

- **regression**: 200 examples of a smooth random function of 8 inputs, another one for every seed, with a variance of about 0.6 and noise of deviation
  0.1. The noisy task has targets of deviation 3 that are noise alone. The error is the mean square distance to the function itself.
- **digits**: the class of 200 images of 8×8 pixels. The noisy task has random labels of ten classes.
- **penguins**: the species of 100 penguins, by beak, flipper and mass. The noisy task is the mass of another penguin, in standard deviations.

*v* is the weight of the noisy task. *rate* is the learning rate of the log variances in uncertainty weighting. *p* is the exponent of NTKMTL, ½ in the
paper. *η* is the step of ExcessMTL. *γ* is the exponent of κ in NGER, 1 by default. v = .5, p = 0 and η = 0 are equal weights; where they are chosen,
the method has found nothing better. NTKMTL (with one gradient per task, as in its authors' experiments) and ExcessMTL use the gradients of the shared weights,
as published. NGER uses those of the shared representation. ${'`ema-min`'} is the default floor of NGER. We named it before the runs as the floor that the claims are about.`;

export const FIGURES = `The weights are drawn as the share of the noisy task, on a logarithmic scale; shares below 10⁻⁵ are drawn as 10⁻⁵. Adam divides by the size of the
gradient. So each head learns at its own rate however small its weight is, and the weights matter for the shared layers only. In the last figure the lines of several
floors coincide: there the exponent does the work, and the floor doesn't matter. NTKMTL is NGER without the excess, by the gradients of the shared weights. A known floor is
compared with the loss of a batch, which by chance is above the floor half of the time. The averages of ${'`ema-min`'} suffer less from that.`;
