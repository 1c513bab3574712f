import type { Section, StudyResults } from '../../study.js';
import { claims } from './claims.js';
import { CONDITIONS } from './conditions.js';
import { adamFigure, curlFigure, ordersFigure, pathsFigure } from './figures.js';
import { partings } from './partings.js';
import { adamTable, curlTable, differencesTable, iteratesTable, ordersTable } from './tables.js';

export function report(results: StudyResults): Section {
  return {
    markdown: [
      `What an optimizer adds to the gradient, \`u = −η(g + c(θ))\`, is descent on \`L + Φ\` where \`∇Φ = c\`. Here that is taken
literally: in float64, on random quadratics of five dimensions and on nets 2-3-2 with tanh, one for each seed; and with the packages in
float32. The quadratics are so flat that their iterates are still on their way at the end, for at g = 0 neither ‖g‖ nor a cosine with g
has a derivative.`,
      '### Iterates',
      `The largest \`‖θₖ − θ′ₖ‖/‖θₖ‖\` over 200 steps, in the middle one of the runs and in the one that has most of it. One side has c in closed form; the other sees the scalar \`L + Φ\` alone
and differentiates it numerically. Where no Φ exists it descends on the surrogate, another function at every step, which is all
that can be had.`,
      iteratesTable(results),
      partings(results),
      'A penalty that comes to mind for a method but is not its own makes other steps, on the net:',
      differencesTable(results, CONDITIONS.lookalikes),
      'And the packages, in float32, beside the float64 of the method:',
      differencesTable(results, CONDITIONS.packages),
      '### Order of convergence',
      `Fitted slopes of the error at T = 1 against η = 1/16 … 1/256, least and largest over the seeds, for \`f = g + c\`. Against the flow of \`−f\` the
error is O(η); against that of \`−(f + (η/2)Jf)\` it is O(η²), which for \`f = ∇F\` is the flow of \`F + (η/4)‖∇F‖²\`
([Barrett and Dherin](https://arxiv.org/abs/2009.11162)). Where f is no gradient, \`Jf\` and \`½∇‖f‖² = Jᵀf\` differ, and no function
takes the place of the second. That is measured where a Jacobian is cheap.`,
      ordersTable(results),
      '### Curl',
      `\`‖J − Jᵀ‖/‖J‖\` of c at random points, its mean; how far the integral of c along a detour is from the straight one, as a part of what is
integrated; and how far that is from Φ, where there is one. A gate that jumps has a symmetric Jacobian wherever it has one: only
the integrals see that its decay is nobody's gradient.`,
      curlTable(results),
      '### Adaptive optimizers',
      `\`½(θ − 1)²\` with λ = ½, 3000 steps of Adam at a rate of .01 from random starts, by the packages. What the loss adds is divided by the root of
the second moment with all the rest, and so it moves the minimum, here to 2/3, wherever a gate lets it pass there. A decoupled step goes around
the optimizer. The cautious gate closes between 0 and 1, and so keeps the minimum in the loss too; the expansion gate opens there, and
is closed beyond 1, so that a path which comes down from far above may end before it opens.`,
      adamTable(results),
    ]
      .filter((part) => part !== '')
      .join('\n\n'),
    figures: [
      pathsFigure(),
      ordersFigure(results),
      curlFigure(results),
      adamFigure(results),
    ].flatMap((figure) => figure ?? []),
    claims: claims(results),
    losses: [],
  };
}
