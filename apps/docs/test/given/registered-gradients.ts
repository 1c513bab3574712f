// `@toploss/core/gradients` in Node is a bundle that the build makes; tf.layers registers the same.
import '@tensorflow/tfjs-layers';
