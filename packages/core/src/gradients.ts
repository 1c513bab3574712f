/**
 * Registers the gradients of all TensorFlow.js operations, as a side effect:
 * `import '@toploss/core/gradients'`.
 *
 * `@tensorflow/tfjs-core` alone has none, and `tf.grad` throws. `@tensorflow/tfjs` and
 * `@tensorflow/tfjs-layers` register them too; who imports one of those does not need this module.
 *
 * This file serves bundlers, which then share the app's copy of `@tensorflow/tfjs-core`. Node gets
 * `gradients.node.js`, see `build-gradients.js`.
 *
 * @module
 */
import '@tensorflow/tfjs-core/dist/register_all_gradients.js';
