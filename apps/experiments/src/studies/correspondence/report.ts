import type { Section, StudyResults } from '../../study.js';
import { claims } from './claims.js';
import { CONDITIONS } from './conditions.js';
import { adamFigure } from './figures/adam.js';
import { curlFigure } from './figures/curl.js';
import { ordersFigure } from './figures/orders.js';
import { pathsFigure } from './figures/paths.js';
import { partings } from './partings.js';
import { adamTable, curlTable, differencesTable, iteratesTable, ordersTable } from './tables.js';

export const report = (results: StudyResults): Section => ({
  markdown: paragraphs(results)
    .filter((part) => part !== '')
    .join('\n\n'),
  figures: [pathsFigure(), ordersFigure(results), curlFigure(results), adamFigure(results)].flatMap(
    (figure) => figure ?? [],
  ),
  claims: claims(results),
  losses: [],
});

const paragraphs = (results: StudyResults): string[] => [
  `An optimizer that adds c to the gradient, \`u = −η(g + c(θ))\`, descends on \`L + Φ\` if \`∇Φ = c\`. This study checks that
literally: in float64, on random quadratics of five dimensions and on nets 2-3-2 with tanh, one for each seed; and with the packages in
float32. The quadratics are so flat that the iterates have not arrived at the end, because at g = 0 neither ‖g‖ nor a cosine with g
has a derivative.`,
  '### Iterates',
  `The table has the largest \`‖θₖ − θ′ₖ‖/‖θₖ‖\` over 200 steps: the median of the runs, and the largest. One side has c in closed form. The other
side has only the scalar \`L + Φ\`, and differentiates it numerically. If no Φ exists, it descends on the surrogate, another function at every
step.`,
  iteratesTable(results),
  partings(results),
  'A penalty that looks like that of a method, but is not, makes other steps on the net:',
  differencesTable(results, CONDITIONS.lookalikes),
  'The packages, in float32, compared with the method in float64:',
  differencesTable(results, CONDITIONS.packages),
  '### Order of convergence',
  `Fitted slopes of the error at T = 1 over η = 1/16 … 1/256, smallest and largest over the seeds, for \`f = g + c\`. The error to the flow of \`−f\` is
O(η); to that of \`−(f + (η/2)Jf)\` it is O(η²), which for \`f = ∇F\` is the flow of \`F + (η/4)‖∇F‖²\`
([Barrett and Dherin](https://arxiv.org/abs/2009.11162)). If f is not a gradient, \`Jf\` and \`½∇‖f‖² = Jᵀf\` differ, and no function
replaces \`Jf\`. We measured this where a Jacobian is cheap.`,
  ordersTable(results),
  '### Curl',
  `The table has the mean of \`‖J − Jᵀ‖/‖J‖\` of c at random points; the difference between the integrals of c along a detour and along the straight
line, relative to what is integrated; and the difference of the integral from Φ, if there is one. The Jacobian of a gate that jumps is symmetric wherever it
exists. Only the integrals show that its decay is not a gradient.`,
  curlTable(results),
  '### Adaptive optimizers',
  `\`½(θ − 1)²\` with λ = ½, 3000 steps of Adam at a rate of .01 from random starts, by the packages. Decay in the loss is divided by the root of
the second moment, together with the gradient. So it moves the minimum, here to 2/3, wherever the gate is open there. A decoupled step bypasses
the optimizer. The cautious gate is closed between 0 and 1, so it keeps the minimum in the loss too. The expansion gate is open there, and
closed above 1, so a path that comes down from far above may end before the gate opens.`,
  adamTable(results),
];
