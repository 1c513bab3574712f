/**
 * Normal numbers by the ziggurat method. The density is covered by 128 layers of equal area; for 98 of 100 points drawn from
 * them, no density needs to be computed. `tf.randomNormal` takes several times as long: as much as a pass through a small
 * network.
 *
 * @see G. Marsaglia and W. W. Tsang, The Ziggurat Method for Generating Random Variables, 2000.
 */
const LAYERS = 128;
/** Where the tail begins, and the area of each layer. */
const [TAIL, AREA] = [3.442619855899, 9.91256303526217e-3];

const density = (x: number) => Math.exp(-0.5 * x * x);

/** How far each layer reaches, from the base up. */
const REACH = new Float64Array(LAYERS + 1);
REACH[0] = AREA / density(TAIL);
REACH[1] = TAIL;
for (let i = 2; i < LAYERS; i++) {
  const below = REACH[i - 1]!;
  REACH[i] = Math.sqrt(-2 * Math.log(AREA / below + density(below)));
}
const HEIGHT = REACH.map(density);

/** The same numbers for the same seed, on every backend; `sfc32` of PractRand underneath. */
export class NormalStream {
  readonly #state: Int32Array;

  constructor(seed: number) {
    this.#state = Int32Array.of(0, seed, seed / 2 ** 32, 1);
    for (let k = 0; k < 15; k++) {
      this.#bits();
    }
  }

  next(): number {
    for (;;) {
      const bits = this.#bits();
      const i = bits & (LAYERS - 1);
      const x = ((bits >>> 8) / 2 ** 23 - 1) * REACH[i]!;
      if (Math.abs(x) < REACH[i + 1]!) {
        return x;
      }
      if (i === 0) {
        return x < 0 ? -this.#tail() : this.#tail();
      }
      const [low, high] = [HEIGHT[i]!, HEIGHT[i + 1]!];
      if (low + this.#uniform() * (high - low) < density(x)) {
        return x;
      }
    }
  }

  #tail(): number {
    for (;;) {
      const beyond = -Math.log(this.#uniform()) / TAIL;
      if (-2 * Math.log(this.#uniform()) > beyond * beyond) {
        return TAIL + beyond;
      }
    }
  }

  /** In (0, 1). */
  #uniform(): number {
    return (this.#bits() + 0.5) / 2 ** 32;
  }

  #bits(): number {
    const state = this.#state;
    const a = state[0]!;
    const b = state[1]!;
    const c = state[2]!;
    const d = state[3]!;
    const sum = (a + b + d) | 0;
    state[0] = b ^ (b >>> 9);
    state[1] = c + (c << 3);
    state[2] = ((c << 21) | (c >>> 11)) + sum;
    state[3] = d + 1;
    return sum >>> 0;
  }
}
