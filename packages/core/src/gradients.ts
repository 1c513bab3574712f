/**
 * Registers the gradients of all TensorFlow.js operations, as a side effect:
 * `import '@toploss/core/gradients'`. And the kernels for them that the wasm backend lacks: convolutions
 * and embeddings cannot be trained there without.
 *
 * `@tensorflow/tfjs-core` alone has no gradients, and `tf.grad` throws. `@tensorflow/tfjs` and
 * `@tensorflow/tfjs-layers` register them too; who imports one of those needs this module on wasm only.
 *
 * This file serves bundlers, which then share the app's copy of `@tensorflow/tfjs-core`. Node gets
 * `gradients.node.js`, see `build-gradients.js`.
 *
 * @module
 */
import '@tensorflow/tfjs-core/dist/register_all_gradients.js';
import { registerKernels } from './kernels/register.js';

registerKernels('wasm');
