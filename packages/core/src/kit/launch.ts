import * as tf from '@tensorflow/tfjs-core';
import type { WithPullback } from './closed-form.js';
import { blocksOf, type Code, codeOf, type Program, variableOf } from './program.js';

/** The tensor that a program computes. For use inside `byPrograms`. */
export function launch<T extends tf.Tensor>(program: Program): T {
  const { inputs, numbers = {}, shape } = program;
  const code = codeOf(program);
  const views = code.inputs.map((name) => {
    const { dataId, shape, dtype } = inputs[name]!;
    return { dataId, shape: blocksOf(shape), dtype };
  });
  const values = code.numbers.map((name) => numbers[name]!);
  const run = tf.getBackend() === 'webgl' ? onWebGL : onWebGPU;
  const { dataId } = run(code, blocksOf(shape), views, values);
  launched.add(dataId);
  const result = { dataId, shape: [...shape], dtype: 'float32' as const };
  return tf.engine().makeTensorFromTensorInfo(result) as T;
}

/** The values that programs of our own computed. */
const launched = new WeakSet<object>();

export const isLaunched = ({ dataId }: tf.Tensor): boolean => launched.has(dataId);

type Run = (
  code: Code,
  outputShape: [number, number, number],
  inputs: tf.TensorInfo[],
  values: number[],
) => tf.TensorInfo;

/** What the packages use of the backends, which they do not import. */
interface Backend {
  runWebGLProgram(...args: unknown[]): tf.TensorInfo;
  runWebGPUProgram(...args: unknown[]): tf.TensorInfo;
  readonly pipelineCache: Record<string, unknown>;
}

const backend = () => tf.backend() as unknown as Backend;

const onWebGL: Run = ({ text, inputs: names, numbers }, outputShape, inputs, values) =>
  backend().runWebGLProgram(
    {
      variableNames: names.map(variableOf),
      outputShape,
      packedInputs: true,
      packedOutput: true,
      customUniforms: numbers.map((name) => ({ name, type: 'float' })),
      userCode: text,
    },
    inputs,
    'float32',
    values.map((value) => [value]),
  );

const THREADS = 64;

const onWebGPU: Run = ({ text, inputs: names, numbers }, outputShape, inputs, values) => {
  const compiled: Compiled = {
    variableNames: names.map(variableOf),
    outputShape,
    dispatchLayout: { x: [0, 1, 2] },
    dispatch: [Math.ceil(outputShape.reduce((size, axis) => size * axis) / THREADS), 1, 1],
    workgroupSize: [THREADS, 1, 1],
    size: true,
    uniforms: numbers.map((name) => `${name} : f32,`).join(' '),
    shaderKey: text,
    getUserCode: () => text,
  };
  const uniforms = values.map((value) => ({ type: 'float32', data: [value] }));
  const run = () => backend().runWebGPUProgram(compiled, inputs, 'float32', uniforms);
  if (compiling === undefined) {
    return run();
  }
  compiling.push(compiled);
  tf.env().set(COMPILE_ONLY, true);
  try {
    return run();
  } finally {
    tf.env().set(COMPILE_ONLY, false);
  }
};

const COMPILE_ONLY = 'WEBGPU_ENGINE_COMPILE_ONLY';

/** A program of the backend, which adds its pipeline: a promise, if it is only compiled. */
interface Compiled {
  readonly [field: string]: unknown;
  readonly shaderKey: string;
  readonly pipeline?: unknown;
}

/** The programs that are compiled and not run, while a formula is tried on webgpu. */
let compiling: Compiled[] | undefined;

type Verdicts = Map<string, boolean | undefined>;

/** By backend and formula: whether its programs compile; `undefined` until the device answers. */
const verdicts = new WeakMap<object, Verdicts>();

/**
 * f, which launches the programs of a formula, on webgl and webgpu. `undefined` on other backends, and on a device that
 * does not compile these programs:
 *
 *     inLoop([x, y], …) ?? byPrograms('name', () => …) ?? operations(x, y)
 *
 * The first call decides for the formula, and launches its pullback too, if it has one. WebGPU says later whether a program
 * compiles, so operations compute the first values there.
 *
 * @param name Of the formula, for all shapes and options.
 */
export function byPrograms<T>(name: string, f: () => T): T | undefined {
  const tryFirst = { webgl: tryOnWebGL, webgpu: tryOnWebGPU }[tf.getBackend()];
  if (tryFirst === undefined) {
    return undefined;
  }
  const known: Verdicts = verdicts.get(tf.backend()) ?? new Map();
  verdicts.set(tf.backend(), known);
  if (!known.has(name)) {
    return tryFirst(known, name, f);
  }
  return known.get(name) ? f() : undefined;
}

/** A pullback runs after the formula has been decided. */
const tryPullback = (result: unknown): void =>
  tf.tidy(() => {
    const { value, saved, pullback } = (result ?? {}) as WithPullback;
    pullback?.(value, saved);
  });

function tryOnWebGL<T>(known: Verdicts, name: string, f: () => T): T | undefined {
  try {
    const result = f();
    tryPullback(result);
    known.set(name, true);
    return result;
  } catch {
    known.set(name, false);
    return undefined;
  }
}

/** Compiles the programs only: one that does not compile would take all that is queued with it. */
function tryOnWebGPU(known: Verdicts, name: string, f: () => unknown): undefined {
  known.set(name, undefined);
  const { pipelineCache } = backend();
  const programs: Compiled[] = [];
  compileOnly(programs, f)
    .then((pipelines) => {
      for (const [k, { shaderKey }] of programs.entries()) {
        pipelineCache[shaderKey] = pipelines[k];
      }
      known.set(name, true);
    })
    .catch(() => {
      for (const { shaderKey } of programs) {
        delete pipelineCache[shaderKey];
      }
      known.set(name, false);
    });
}

async function compileOnly(programs: Compiled[], f: () => unknown): Promise<unknown[]> {
  const outer = compiling;
  compiling = programs;
  try {
    tf.tidy(() => tryPullback(f()));
  } finally {
    compiling = outer;
  }
  return Promise.all(programs.map(({ pipeline }) => pipeline));
}
