// What the recipes of a package, `test/calls.ts`, are made of.
export * from './call.js';
export * from './documented.js';
export * from './judge.js';
export * from './models.js';
export * from './numbers.js';
export * from './penalty.js';
export * from './subject.js';
export * from './tensors.js';
