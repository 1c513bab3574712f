import type { Arms, Size } from './arms/arms.js';
import { decayArms } from './arms/decay.js';
import { headArms, ownHeadArms } from './arms/head.js';
import { MODELS, modelArms } from './arms/models.js';
import { networkArms, PERIOD } from './arms/network.js';
import { cvpByParameters, saspBy } from './arms/scaling.js';
import { convolutionArms, stepArms } from './arms/step.js';
import { taskArms } from './arms/tasks.js';

export const BACKENDS = ['cpu', 'wasm', 'webgl', 'webgpu'];

export interface Suite {
  title: string;
  /** What bounds the figures. */
  notes: string;
  cases: Record<string, () => Arms>;
  /** A sample is a multiple of so many steps; default 1. */
  period?: number;
  /** Not all backends have the gradients. */
  backends?: string[];
  /** What the ratio of an arm should not exceed, on cpu and on wasm, and for which sizes. */
  targets?: Record<string, [cpu: number, wasm: number]>;
  targetFor?: (size: string) => boolean;
}

const MLPS: Size[] = [
  { widths: [16, 32, 4], batch: 32 },
  { widths: [64, 256, 256, 10], batch: 128 },
  { widths: [128, 512, 1000], batch: 256 },
  { widths: [784, 256, 10], batch: 512 },
];

const NETWORKS: Size[] = [
  { widths: [16, 32, 4], batch: 32 },
  { widths: [64, 128, 128, 128, 10], batch: 64 },
  { widths: [64, 256, 256, 10], batch: 128 },
  { widths: [784, 256, 10], batch: 512 },
  { widths: [128, 256, 256, 256, 10], batch: 128 },
  { widths: [64, 512, 512, 10], batch: 128 },
];

const nameOf = ({ widths, batch }: Size) => `${widths.join('-')}, B ${batch}`;
const headOf = ({ widths, batch }: Size) => `${widths.slice(-2).join('-')}, B ${batch}`;
const over = <Case>(cases: Case[], name: (of: Case) => string, arms: (of: Case) => Arms) =>
  Object.fromEntries(cases.map((of) => [name(of), () => arms(of)]));

export const SUITES: Record<string, Suite> = {
  head: {
    title: 'The loss of the head alone, forward and backward',
    notes: `With its values at hand, on cpu and wasm, the loss is one loop over the examples (\`head/loop.ts\`), so it
does not grow with the number of operations. On webgl and webgpu it is operations of tfjs, more of them than in
\`tf.losses.softmaxCrossEntropy\`: those that keep the digits of 1 − p where p is near 1. "By operations" is the formula in
operations of tfjs that lose them, differentiated by tfjs.`,
    cases: over(MLPS, headOf, headArms),
    targets: { 'SASP, fisher': [0.25, 0.95], 'SASP, hessian': [0.25, 0.95] },
  },
  own: {
    title: 'The same, beside our own cross-entropy',
    notes: `SASP reads the features, and writes a gradient by them beside that by the logits: B × D numbers more than B × C.
Where the features are much wider than the logits, that is what it costs beside the loss without it, whatever the code:
the bound is 1 + D/C times what an entry of the features costs beside one of the logits, which has an exponential. Making
the array alone takes a good part of it, as a fresh one is zeroed. Where the logits are wider, it is a sum and a product
more for each of them.`,
    cases: over(MLPS, headOf, ownHeadArms),
    targets: { 'SASP, fisher': [1.15, 1.15], 'SASP, hessian': [1.15, 1.15] },
  },
  step: {
    title: 'Whole steps with Adam',
    notes: `SASP is \`saspCrossEntropy\`, so its step has a faster loss than the plain one. SBMP runs the model a second time,
forward and backward: its bound is 2 less what Adam and the loss take, and nearer to 1 on a part of the batch. The
cosine of DMTA takes two more gradients: its bound is 3, and 2 by a forward difference, which takes one. In the
smallest network a step is a hundred operations of a few microseconds, so that each one more is seen.`,
    cases: over(MLPS, nameOf, stepArms),
    targets: {
      SASP: [1.01, 1.01],
      CVP: [1.03, 1.05],
      'SASP + CVP': [1.03, 1.05],
      SBMP: [1.75, 1.75],
      'SBMP, ¼ of the batch': [1.75, 1.75],
      'DMTA linear': [1.03, 1.05],
      'DMTA cosine': [2.1, 2.1],
      'DMTA cosine, forward': [2.1, 2.1],
    },
  },
  convolution: {
    title: 'A small convolutional network, whole steps with Adam',
    notes:
      '28×28, 8 kernels of 3×3, pooled, 32 units, 10 classes. On wasm tfjs has no gradient of a convolution.',
    cases: { 'B 32': () => convolutionArms(32) },
    backends: ['cpu', 'webgl', 'webgpu'],
    targets: { SASP: [1.01, 1.01], CVP: [1.03, 1.05], 'SASP + CVP': [1.03, 1.05] },
  },
  tasks: {
    title: 'Two tasks, whole steps with Adam',
    notes: `The backward pass of the heads that the proxies need is that of the step; what is left is the slope of each loss
by its logits, once more. \`ntkProxies\` takes a pass of its own. In the smallest network it is the number of operations.`,
    cases: over(MLPS, nameOf, taskArms),
    targets: { NGER: [1.1, 1.15] },
  },
  decay: {
    title: 'Adam and CVP alone, by the number of parameters',
    notes: `On cpu CVP is two loops over the parameters: their scale; the gate and the sum. On wasm the scale is a loop, and the
rest operations of tfjs, which are faster there. On webgl and webgpu all of it is operations. The hard gate has neither
a scale nor a sigmoid.`,
    cases: over([1e5, 1e6, 1e7], (n) => `${n.toExponential(0)} parameters`, decayArms),
  },
  network: {
    title: 'SASP of the whole network, whole steps with Adam',
    notes: `The default is every 4th step; a sample is a multiple of four. The target is for the networks of 256 and 512 units with
a batch of 128; for 16-32-4 it is 1.3.`,
    period: PERIOD,
    cases: over(NETWORKS, nameOf, networkArms),
    targets: { 'network, every 4th step': [1.05, 1.05] },
    targetFor: (size) => /^[^-]+(-256|-512)+-10, B 128$/.test(size),
  },
  models: {
    title: 'SASP of any model by weight noise, whole steps with Adam',
    notes: `The models of the study of flat minima: images of 8 × 8, batches of 32. A sample is a multiple of four steps. Weight
noise runs the model a second time, forward and backward: its bound is 2 less what Adam and the loss take, and at every fourth
step a quarter of that beyond the plain step.`,
    period: PERIOD,
    cases: over(MODELS, String, modelArms),
    targets: { 'weight noise, every 4th step': [1.3, 1.3] },
  },
  scaling: {
    title: 'How the costs grow',
    notes: `SASP is O(B(C + D)), from B = C = D = 256, and CVP is O(P), from 250 000 parameters: what is t times as large costs
at most t times as much. Of C and D alone the other stays, so that they cost less; a class, its exponential, costs more
than a feature.`,
    cases: {
      'SASP, by B': () => saspBy('B'),
      'SASP, by C': () => saspBy('C'),
      'SASP, by D': () => saspBy('D'),
      'SASP, by C and D': () => saspBy('C', 'D'),
      'CVP, by P': cvpByParameters,
    },
  },
};
