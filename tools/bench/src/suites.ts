import type { Arms, Size } from './arms/arms.js';
import { decayArms } from './arms/decay.js';
import { headArms, ownHeadArms } from './arms/head.js';
import { launchArms } from './arms/launches.js';
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
  /** Where it is measured; default everywhere. */
  backends?: string[];
  /** Launches are counted, and no time is measured. */
  counts?: boolean;
  /** What the ratio of an arm should not exceed, on cpu and on wasm, and for which sizes. */
  targets?: Record<string, [cpu: number, wasm: number]>;
  targetFor?: (size: string) => boolean;
  /** The same for the smallest network, on both. */
  smallTargets?: Record<string, number>;
}

const [SMALL, WIDE]: [Size, Size] = [
  { widths: [16, 32, 4], batch: 32 },
  { widths: [64, 256, 256, 10], batch: 128 },
];

const MLPS: Size[] = [
  SMALL,
  WIDE,
  { widths: [128, 512, 1000], batch: 256 },
  { widths: [784, 256, 10], batch: 512 },
];

const NETWORKS: Size[] = [
  SMALL,
  { widths: [64, 128, 128, 128, 10], batch: 64 },
  WIDE,
  { widths: [784, 256, 10], batch: 512 },
  { widths: [128, 256, 256, 256, 10], batch: 128 },
  { widths: [64, 512, 512, 10], batch: 128 },
];

const nameOf = ({ widths, batch }: Size) => `${widths.join('-')}, B ${batch}`;
const headOf = ({ widths, batch }: Size) => `${widths.slice(-2).join('-')}, B ${batch}`;
const over = <Case>(cases: Case[], name: (of: Case) => string, arms: (of: Case) => Arms) =>
  Object.fromEntries(cases.map((of) => [name(of), () => arms(of)]));

/** The sizes of the first table of the report. */
export const SHOWN = [nameOf(SMALL), nameOf(WIDE)];

export const SUITES: Record<string, Suite> = {
  head: {
    title: 'The loss of the head alone, forward and backward',
    notes: `With its values at hand, on cpu and wasm, the loss is one loop over the examples (\`head/loop.ts\`), so it
does not grow with the number of operations. On webgl and webgpu it is a few programs of our own (\`head/program.ts\`). "By operations" is the formula in
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
    smallTargets: { SASP: 0.95, CVP: 1.06, 'SASP + CVP': 1, 'DMTA linear': 1.06 },
  },
  launches: {
    title: 'Launches of a step on a GPU',
    notes: `A GPU takes a small network's step in the time of its launches: what the device is told to run, and not the kernels of
tfjs, of which each can be several programs or none. They are counted, so that they are the same on every GPU and on the
software that stands for one here. SASP, CVP, SBMP, DMTA linear and the quadratic forms run programs of our own.
L2 and SAM have our cross-entropy, and are to be compared with that.`,
    period: PERIOD,
    cases: over([SMALL, WIDE], nameOf, launchArms),
    backends: ['webgl', 'webgpu'],
    counts: true,
    targets: {
      SASP: [0.95, 0.95],
      CVP: [1.1, 1.1],
      'SASP + CVP': [1.05, 1.05],
      'network, every 4th step': [1.1, 1.1],
      'weight noise, every 4th step': [1.3, 1.3],
      'SBMP, ¼ of the batch': [1.6, 1.6],
      'DMTA linear': [1.1, 1.1],
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
    notes: `One backward pass of the heads serves the proxies and the step; what is left is to weigh its gradients.
\`ntkProxies\` takes a pass of its own.`,
    cases: over(MLPS, nameOf, taskArms),
    targets: { NGER: [1.1, 1.15] },
    smallTargets: { NGER: 1.25 },
  },
  decay: {
    title: 'Adam and CVP alone, by the number of parameters',
    notes: `On cpu CVP is two loops over the parameters: their scale; the gate and the sum. On wasm the scale is a loop, and the
rest operations of tfjs, which are faster there. On webgl and webgpu it is programs of our own. The hard gate has neither
a scale nor a sigmoid.`,
    cases: over([1e5, 1e6, 1e7], (n) => `${n.toExponential(0)} parameters`, decayArms),
  },
  network: {
    title: 'SASP of the whole network, whole steps with Adam',
    notes: `The default is every 4th step; a sample is a multiple of four. The target is for the networks of 256 and 512 units with
a batch of 128, and for the smallest.`,
    period: PERIOD,
    cases: over(NETWORKS, nameOf, networkArms),
    targets: { 'network, every 4th step': [1.05, 1.05] },
    targetFor: (size) => /^[^-]+(-256|-512)+-10, B 128$/.test(size),
    smallTargets: { 'network, every 4th step': 1.25 },
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
