/**
 * `import '@toploss/core/gradients'` registers the gradients of all TensorFlow.js operations. On wasm, the import also
 * registers the kernels that the gradients run and the backend lacks.
 *
 * `@tensorflow/tfjs-core` alone has no gradients, and `tf.grad` throws. `@tensorflow/tfjs` and
 * `@tensorflow/tfjs-layers` register the gradients too. With one of them, only wasm needs this module.
 *
 * Bundlers load this file, and so share the app's copy of `@tensorflow/tfjs-core`. Node loads `gradients.node.js`; see
 * `build-gradients.js`.
 *
 * @module
 */
import '@tensorflow/tfjs-core/dist/register_all_gradients.js';
import { registerKernels } from './kernels/register.js';

registerKernels('wasm');
