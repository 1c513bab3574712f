import type { Section, StudyResults } from '../../study.js';
import { AMPLITUDE, DROPOUT } from './arms.js';
import { claims } from './claims.js';
import { figures } from './figures.js';
import { losses } from './losses.js';
import { conditionsOf } from './measures.js';
import { LEVELS } from './noise.js';
import { levelsTable, noisyTable, sbmpTable } from './tables.js';

export const report = (results: StudyResults): Section => ({
  markdown: markdown(results),
  figures: figures(results),
  claims: claims(results),
  losses: losses(results),
});

const markdown = (results: StudyResults): string =>
  [
    INTRODUCTION,
    FIXED,
    ...conditionsOf(results).flatMap((condition) => [
      `### ${condition}`,
      levelsTable(results, condition),
      `Under noise, the mean over σ > 0:`,
      noisyTable(results, condition),
      SBMP_TABLE,
      sbmpTable(results, condition),
    ]),
    ...offs(results),
    HOW_TO_READ,
  ].join('\n\n');

/** Arms of which nothing is left but plain training. */
function offs(results: StudyResults): string[] {
  const off = results.filter(({ chosen }) => / = 0$/.test(chosen));
  return off.length === 0
    ? []
    : [
        `Validation chose to switch off ${off.map(({ arm, condition }) => `${arm} (${condition})`).join(', ')}. There the arm is the plain one.`,
      ];
}

const [, ...noisyLevels] = LEVELS;

const INTRODUCTION = `Networks that classify images train on clean images. They are tested on images with Gaussian noise of deviation σ = ${noisyLevels.join(', ')} at every
pixel. The range of a pixel is 1, and nothing is clipped. The noise of a seed is one draw, the same for all arms, scaled to each level. No arm sees noise of this kind
in training: NEFTune's noise is uniform, that of SymNoise and SBMP has random signs, and R-Drop has no noise at the input. Each knob has the value with the lowest error on
validation images, averaged over the same levels, σ = 0 among them, because the aim is accuracy under noise.`;

const FIXED = `The pixels are the embeddings; m is their number. One knob is tuned for each arm. For NEFTune and SymNoise it is the size α of the noise, given as α/√m,
the bound or the deviation at a pixel. For R-Drop it is the weight α of the divergence, with a dropout of ${100 * DROPOUT} % of the hidden features. For SBMP it is the weight λ, with
α/√m = ${AMPLITUDE}, about the root mean square of the tested deviations. The effect of noise grows with λ and with α², so all grids are equally fine. 0 is
plain training. SymNoise trains on twice as many images per step. R-Drop and SBMP run a second pass, and SBMP with a quarter batch runs a quarter of one.`;

const SBMP_TABLE = `SBMP minus each of the others. For accuracy more is better, for cross-entropy less:`;

const HOW_TO_READ = `NEFTune and SymNoise train noisy images on their labels. SBMP asks for the same prediction with and without noise, whatever the label is. With label
noise these are different aims. The study has one kind of noise, small images and small networks. We did not test how it carries over to the embeddings of a language
model.`;
