// What `@tensorflow/tfjs` is to the examples; tools/check-packages runs one with the package itself.
import '@tensorflow/tfjs-backend-cpu';

export * from '@tensorflow/tfjs-core';
export * from '@tensorflow/tfjs-layers';
