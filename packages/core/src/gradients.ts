/**
 * Registers, as a side effect, the gradients of all TensorFlow.js operations, and the kernels that they
 * run and the wasm backend lacks: `import '@toploss/core/gradients'`.
 *
 * `@tensorflow/tfjs-core` alone has no gradients, and `tf.grad` throws. `@tensorflow/tfjs` and
 * `@tensorflow/tfjs-layers` register them too; with one of those, this module is for wasm only.
 *
 * This file serves bundlers, which then share the app's copy of `@tensorflow/tfjs-core`. Node gets
 * `gradients.node.js`, see `build-gradients.js`.
 *
 * @module
 */
import '@tensorflow/tfjs-core/dist/register_all_gradients.js';
import { registerKernels } from './kernels/register.js';

registerKernels('wasm');
