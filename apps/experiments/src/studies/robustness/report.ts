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
        `Validation chose to switch off ${off.map(({ arm, condition }) => `${arm} (${condition})`).join(', ')}: there the arm is the plain one.`,
      ];
}

const [, ...noisyLevels] = LEVELS;

const INTRODUCTION = `Networks that classify images are trained on clean ones and tested on images with Gaussian noise of the deviations σ =
${noisyLevels.join(', ')} at every pixel, the range of a pixel being 1; nothing is clipped. The noise of a seed is one draw, the same for all arms, scaled to every
level. No arm sees noise of this kind in training: NEFTune's is uniform, that of SymNoise and SBMP signs, and R-Drop has none at the
input. The value of each knob is the one of the least error on validation images, averaged over the same levels, σ = 0 among them: what is
wanted is accuracy under noise, so it is what they are tuned for.`;

const FIXED = `The pixels are the embeddings, m of them. One knob is tuned for each arm: the size α of the noise for NEFTune and SymNoise, given as α/√m, the bound
or the deviation at a pixel; the weight α of the divergence for R-Drop, with a dropout of ${100 * DROPOUT} % of the hidden features; the weight λ for SBMP, with
α/√m = ${AMPLITUDE}, about the root mean square of the deviations that are tested. What noise does grows with λ and with α², so all grids are equally fine. 0 is
plain training. SymNoise trains on twice as many images in a step, R-Drop and SBMP run a second pass, SBMP with a quarter batch a quarter of one.`;

const SBMP_TABLE = `SBMP less each of the others; for accuracy more is better, for cross-entropy less:`;

const HOW_TO_READ = `NEFTune and SymNoise are told the label of every noisy image; SBMP asks for the same prediction with and without noise, whatever the
label. Where labels are wrong, these are not the same wish. One kind of noise, small images and small networks: how any of this carries over to the embeddings of a language model is
not tested here.`;
