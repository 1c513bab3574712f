import * as tf from '@tensorflow/tfjs-core';

/** Statements or an expression in the language of programs, which `Program` describes. */
export type Text = string;

/**
 * A formula as a program of webgl and webgpu: one launch, where operations of tfjs take tens of them.
 *
 * A program sees a tensor as blocks of matrices, [b, i, j]: a vector is one row, a matrix one block.
 */
export interface Program {
  /** By the names under which the formula reads their entries: `x(b, i, j)`. At most 7, for the limits of WebGPU. */
  readonly inputs: Readonly<Record<string, tf.Tensor>>;
  /** The numbers that the formula reads by name. A new number does not compile the program again. */
  readonly numbers?: Readonly<Record<string, number>>;
  /** The shape of the result. */
  readonly shape: readonly number[];
  /**
   * The statements that return the entry [b, i, j] of the result, in the common part of GLSL and WGSL: `float x = …;`,
   * `int k = …;`, loops whose bounds are literals, `select(no, yes, condition)`, and functions that both languages have.
   */
  readonly entry: Text;
}

/** [blocks, rows, columns]: the shape in which a program sees a tensor. */
export function blocksOf(shape: readonly number[]): [number, number, number] {
  const blocks = shape.slice(0, -2).reduce((product, size) => product * size, 1);
  return [blocks, shape.at(-2) ?? 1, shape.at(-1) ?? 1];
}

/** The variable of an input; the name itself is that of the function that reads its entries. */
export const variableOf = (name: string): string => `in_${name}`;

const reader = (name: string) => `get${variableOf(name).replace(/^i/, 'I')}`;

/** The code of a program, and the names that it reads. */
export interface Code {
  readonly text: string;
  readonly inputs: readonly string[];
  readonly numbers: readonly string[];
}

/** A backend keeps the compiled programs as long. */
const codes = new Map<string, Code>();

/** Written once for programs that differ in values alone. */
export function codeOf({ inputs, numbers = {}, shape, entry }: Program): Code {
  const [backend, names] = [tf.getBackend(), [Object.keys(inputs), Object.keys(numbers)]];
  const key = `${backend} ${shape.slice(-2)} ${names.join(' ')} ${entry}`;
  const known = codes.get(key);
  if (known !== undefined) {
    return known;
  }
  // WebGPU refuses an input that is not read; WebGL takes programs of one text for one, whatever their numbers.
  const [read = [], constants = []] = names.map((list) =>
    list.filter((name) => new RegExp(`\\b${name}\\b`).test(entry)),
  );
  const text = backend === 'webgl' ? glslOf(read, shape, entry) : wgslOf(read, constants, entry);
  const code = { text, inputs: read, numbers: constants };
  codes.set(key, code);
  return code;
}

/** A texel holds 2 × 2 entries. Those beyond the edge of a matrix are 0. */
function glslOf(inputs: readonly string[], shape: readonly number[], entry: Text): string {
  const [, rows, columns] = blocksOf(shape);
  const readers = inputs.map(
    (name) => `float ${name}(int b, int i, int j) {
      return getChannel(${reader(name)}(b, i, j), vec2(i, j));
    }`,
  );
  return `
    ${readers.join('\n')}
    float select(float no, float yes, bool condition) { return condition ? yes : no; }
    float entry(int b, int i, int j) { ${entry} }
    void main() {
      ivec3 at = getOutputCoords();
      bool right = at.z + 1 < ${columns};
      bool below = at.y + 1 < ${rows};
      setOutput(vec4(
        entry(at.x, at.y, at.z),
        right ? entry(at.x, at.y, at.z + 1) : 0.,
        below ? entry(at.x, at.y + 1, at.z) : 0.,
        right && below ? entry(at.x, at.y + 1, at.z + 1) : 0.));
    }`;
}

function wgslOf(inputs: readonly string[], numbers: readonly string[], entry: Text): string {
  const readers = inputs.map(
    (name) => `fn ${name}(b: i32, i: i32, j: i32) -> f32 { return ${reader(name)}(b, i, j); }`,
  );
  const constants = numbers.map((name) => `let ${name} = uniforms.${name};`);
  const translated = entry
    .replace(/\b(?:float|int|bool) (\w+) =/g, 'var $1 =')
    .replace(/\bfloat\(/g, 'f32(')
    .replace(/\bint\(/g, 'i32(');
  return `
    ${readers.join('\n')}
    fn entry(b: i32, i: i32, j: i32) -> f32 { ${constants.join(' ')} ${translated} }
    fn main(index: i32) {
      if (index < uniforms.size) {
        let at = getCoordsFromIndex(index);
        setOutputAtIndex(index, entry(at.x, at.y, at.z));
      }
    }`;
}
