import { armsOf, SIZES, type Size } from './networks.js';
import { type Arms, decayArms, headArms, stepArms, taskArms } from './penalties.js';

export interface Suite {
  title: string;
  /** What bounds the figures. */
  notes: string;
  /** How many steps a sample is. */
  steps: number;
  cases: Record<string, () => Arms>;
}

const MLPS: Size[] = [
  { widths: [16, 32, 4], batch: 32 },
  { widths: [64, 256, 256, 10], batch: 128 },
  { widths: [128, 512, 1000], batch: 256 },
  { widths: [784, 256, 10], batch: 512 },
];

const nameOf = ({ widths, batch }: Size) => `${widths.join('-')}, B ${batch}`;
const over = <Case>(cases: Case[], name: (of: Case) => string, arms: (of: Case) => Arms) =>
  Object.fromEntries(cases.map((of) => [name(of), () => arms(of)]));

export const SUITES: Record<string, Suite> = {
  head: {
    title: 'The loss of the head alone, forward and backward',
    notes: `With its values at hand, on cpu and wasm, the loss is one loop over the examples (\`host-head-loss.ts\`). SASP
writes a gradient by the features beside that by the logits, B × D numbers beside B × C: where the features are much
wider than the logits, that is what it costs beside the loss without it, whatever the code.`,
    steps: 1,
    cases: over(MLPS, ({ widths, batch }) => `${widths.slice(-2).join('-')}, B ${batch}`, headArms),
  },
  step: {
    title: 'Whole steps with Adam',
    notes: `SASP is \`saspCrossEntropy\`, so its step has a faster loss than the plain one. SBMP runs the model a second time,
forward and backward: its bound is 2 less what Adam and the loss take. The cosine of DMTA takes two more gradients: its
bound is 3.`,
    steps: 1,
    cases: over(MLPS, nameOf, stepArms),
  },
  tasks: {
    title: 'Two tasks, whole steps with Adam',
    notes: `The backward pass of the heads that the proxies need is that of the step; what is left is the slope of each loss
by its logits, once more. \`ntkProxies\` takes a pass of its own.`,
    steps: 1,
    cases: over(MLPS, nameOf, taskArms),
  },
  decay: {
    title: 'Adam and CVP alone, by the number of parameters',
    notes: `On cpu CVP is three loops over the parameters: their scale, the gate, the sum. On wasm it is operations of
tfjs, which are faster there than a loop of JavaScript.`,
    steps: 1,
    cases: over([1e5, 1e6], (n) => `${n.toExponential(0)} parameters`, decayArms),
  },
  network: {
    title: 'SASP of the whole network, whole steps with Adam',
    notes: 'A sample is four steps, as one of the methods does its work at every fourth.',
    steps: 4,
    cases: over(SIZES, nameOf, armsOf),
  },
};
