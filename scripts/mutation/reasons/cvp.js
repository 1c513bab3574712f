/** @type {import('../reasons.js').Reason[]} */
export default [
  {
    because:
      'A loop and operations give the same, to which the tests hold both: of large tensors on wasm which of them runs is a choice of speed, and the bounds of what the operations can do have room to spare.',
    faults: {
      'decay.ts': [
        'x === 0 || (Math.abs(x) > 1e-35 && Math.abs(x) < 1e35) → false',
        'x === 0 || (Math.abs(x) > 1e-35 && Math.abs(x) < 1e35) → x === 0 && Math.abs(x) > 1e-35 && Math.abs(x) < 1e35',
        'x === 0 → false',
        'Math.abs(x) > 1e-35 && Math.abs(x) < 1e35 → false',
        'Math.abs(x) > 1e-35 → true',
        'Math.abs(x) > 1e-35 → Math.abs(x) >= 1e-35',
        'Math.abs(x) > 1e-35 → Math.abs(x) <= 1e-35',
        'Math.abs(x) < 1e35 → Math.abs(x) <= 1e35',
        'isLooped(theta.size) || !isInRange(slope) → true',
      ],
    },
  },
  {
    because: 'Without the slope that the loop has found, the operations find it themselves.',
    faults: {
      'decay.ts': [
        '{ const [x, y] = [hostView(theta), hostView(u)] as [Float32Array?, Float32Array… → {}',
        'x === undefined || y === undefined → true',
      ],
      'gate.ts': [
        'slope !== undefined → false',
        '{ return tf.sigmoid(tf.mul(theta, tf.mul(slope, u))); } → {}',
      ],
    },
  },
  {
    because: 'Of two tensors on one backend both can be read or neither.',
    faults: {
      'decay.ts': [
        'x === undefined || y === undefined → x === undefined && y === undefined',
        'x === undefined → false',
        'x === undefined → x !== undefined',
        'y === undefined → false',
        'y === undefined → y !== undefined',
      ],
    },
  },
  {
    because: 'Only the sign counts; it differs for a weight of 0, and the decay of that is 0.',
    faults: { 'decay.ts': ['slope * weight → slope / weight'] },
  },
  {
    because: "It is compared with 'required' only.",
    faults: { 'parameters.ts': ['\'optional\' → ""'] },
  },
  {
    because:
      'A factor of u changes neither the hard gate nor one in units of its root mean square.',
    faults: {
      'term.ts': [
        '!isHard && !isNormalized → true',
        '!isHard && !isNormalized → !isHard || !isNormalized',
      ],
    },
  },
];
