import * as tf from '@tensorflow/tfjs-core';
import { holdBack } from '@toploss/core/kit';

/** f, all of it on one tape, so that what it computes once can be differentiated several times in it. */
export function onOneTape(f: () => tf.Scalar[]): tf.Scalar[] {
  let kept: tf.Scalar[] = [];
  const tape = holdBack(() => {
    kept = f().map((x) => tf.keep(x));
    return tf.scalar(0);
  });
  tf.engine().gradients(tape.f, [tf.scalar(0)], undefined, true);
  tape.rethrow();
  const results = kept.map((x) => tf.clone(x)); // which the caller's scope owns
  tf.dispose(kept);
  return results;
}
