// Two copies of TensorFlow.js in one app: one that the packages import, and another that makes the model. `fit` ends, and
// trains as with one copy.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundleAndTrain, compare } from './peers.js';
import { run } from './report.js';

const other = 'tfjs-other';
/** For npm. */
export const otherCopy = `${other}@npm:@tensorflow/tfjs@4.21.0`;

/** After `checkPeers`, whose numbers it compares with. @type {(consumer: string) => Promise<void>} */
export async function checkCopies(consumer) {
  const train = readFileSync(join(consumer, 'train.mjs'), 'utf8');
  const script = train.replace("'@tensorflow/tfjs'", `'${other}'`);
  writeFileSync(join(consumer, 'train-other.mjs'), script);
  await Promise.all([
    run(consumer, 'node train-other.mjs other.json cpu', 120),
    bundleAndTrain(
      consumer,
      'page',
      'cpu',
      '--alias:@tensorflow/tfjs=./page.cjs',
      'node --require ./page.cjs',
    ),
  ]);
  for (const out of ['other.json', 'page.json']) {
    compare(join(consumer, out), join(consumer, 'node.json'));
  }
}
