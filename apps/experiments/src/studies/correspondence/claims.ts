import { mean } from '../../statistics/mean.js';
import type { Claim, StudyResults } from '../../study.js';
import { adamClaim } from './adam-claim.js';
import { CONDITIONS } from './conditions.js';
import { lastOrder } from './flow.js';
import { EQUAL, type Found, largest, least, magnitude, NAMES, onBoth, under } from './found.js';
import { METHODS, type MethodName, methodOf } from './methods.js';

/** The rounding of float32 over a few hundred steps; that of an order. */
const EQUAL_IN_FLOAT32 = 1e-5;
const ORDER = 0.1;
/** A curl, or a difference between two paths, above rounding. */
const DIFFERENT = 1e-3;

/** On a quadratic SAM is its own first order. */
const isConservative = ({ kind, method }: Pick<Found, 'kind' | 'method'>): boolean =>
  methodOf(method as MethodName).penalty !== undefined ||
  (kind === 'quadratic' && methodOf(method as MethodName) === METHODS.SAM);

const jumps = ({ method }: { method: string }) => methodOf(method as MethodName).jumps === true;

export function claims(results: StudyResults): Claim[] {
  return [
    iterates(results),
    packages(results),
    lookalikes(results),
    orders(results),
    fieldOrders(results),
    curlFree(results),
    potentials(results),
    curls(results),
    pathDependence(results),
    adamClaim(results),
  ];
}

function iterates(results: StudyResults): Claim {
  const entries = onBoth(results, 'iterates', 'difference');
  const isApart = (value: number) => value >= EQUAL;
  const apart = entries.filter(({ values }) => values.some(isApart));
  const equal = largest(
    entries.map((entry) => ({
      ...entry,
      values: entry.values.filter((value) => !isApart(value)),
    })),
  );
  return {
    statement:
      'In float64 every optimizer-side update makes the steps of descent on its penalty, or its surrogate, at a finite η',
    found: [
      ...apart.map(
        ({ kind, method, values }) =>
          `${method} (${NAMES[kind]}): ${values.filter(isApart).length} of ${values.length} runs part, by up to ${magnitude(Math.max(...values))}`,
      ),
      `${apart.length === 0 ? '' : 'all other '}relative differences up to ${magnitude(equal.value)} (${equal.method})`,
    ].join('; '),
    holds: apart.length === 0,
  };
}

function packages(results: StudyResults): Claim {
  const { value, method } = largest(under(results, CONDITIONS.packages, 'difference'));
  return {
    statement: "The packages' own steps are these, to the rounding of float32",
    found: `relative differences up to ${magnitude(value)} (${method})`,
    holds: value < EQUAL_IN_FLOAT32,
  };
}

function lookalikes(results: StudyResults): Claim {
  const entries = under(results, CONDITIONS.lookalikes, 'difference');
  return {
    statement: "A penalty that is not the method's own makes other steps",
    found: entries
      .map(({ method, values }) => `${method}: ${magnitude(mean(values))} on average`)
      .join('; '),
    holds: least(entries) > 100 * EQUAL,
  };
}

const within = (entries: readonly Found[], order: number): boolean =>
  entries.every(({ values }) => values.every((value) => Math.abs(value - order) <= ORDER));

export function range(entries: readonly { values: number[] }[]): string {
  const values = entries.flatMap((entry) => entry.values);
  const [low, high] = [Math.min(...values), Math.max(...values)].map((x) => x.toFixed(2));
  return low === high ? `${low}` : `${low} to ${high}`;
}

function orders(results: StudyResults): Claim {
  const [first, second] = ['firstOrder', 'secondOrder'].map((quantity) =>
    onBoth(results, 'order', quantity).filter(isConservative),
  ) as [Found[], Found[]];
  return {
    statement:
      'The iterates follow the flow of F = L + Φ with order 1, and that of F + (η/4)‖∇F‖² with order 2',
    found: `${range(first)} and ${range(second)}`,
    holds: within(first, 1) && within(second, 2),
  };
}

function fieldOrders(results: StudyResults): Claim {
  const others = (quantity: string) =>
    onBoth(results, 'order', quantity).filter((found) => !isConservative(found));
  const field = others('secondOrder');
  const gradient = others('gradient').map(({ values, ...found }) => ({
    ...found,
    values: (values as unknown as number[][]).map(lastOrder),
  }));
  return {
    statement:
      'Where c is no gradient the second order needs (η/2)Jf; with (η/4)∇‖f‖², which a loss could add, it is nearer to the first',
    found: `${range(field)}, and ${range(gradient)} at the last halving of η`,
    holds: within(field, 2) && gradient.every(({ values }) => values.every((order) => order < 1.5)),
  };
}

function curlFree(results: StudyResults): Claim {
  const entries = onBoth(results, 'conservative', 'curl').filter(isConservative);
  const { value, method } = largest(entries);
  return {
    statement:
      'L2, first-order SAM, SASP, NEFTune with its noise and AdEMAMix and DMTA with their average fixed, and SAM on quadratics, have no curl',
    found: `up to ${magnitude(value)} (${method})`,
    holds: value < EQUAL,
  };
}

function potentials(results: StudyResults): Claim {
  const { value, method } = largest(onBoth(results, 'conservative', 'potentialError'));
  return {
    statement: 'Where there is no curl, the line integral of c is Φ up to a constant',
    found: `relative differences up to ${magnitude(value)} (${method})`,
    holds: value < EQUAL,
  };
}

function curls(results: StudyResults): Claim {
  const entries = onBoth(results, 'conservative', 'curl').filter(
    (found) => !isConservative(found) && !jumps(found),
  );
  const onNet = entries.filter(({ kind }) => kind === 'network');
  return {
    statement:
      'SAM on a net, the soft gate of decay, the weights of NGER and an average that is a variable have curl: no Φ has these gradients',
    found: onNet.map(({ method, values }) => `${method} ${mean(values).toPrecision(2)}`).join(', '),
    holds: least(entries) > DIFFERENT,
  };
}

function pathDependence(results: StudyResults): Claim {
  const entries = onBoth(results, 'conservative', 'pathDependence').filter(jumps);
  return {
    statement:
      'The hard gate has no curl where it does not jump, and the integral of its decay depends on the path all the same',
    found: entries
      .map(({ kind, values }) => `${magnitude(mean(values))} of what is integrated (${kind})`)
      .join(', '),
    holds: entries.every(({ values }) => mean(values) > DIFFERENT),
  };
}
