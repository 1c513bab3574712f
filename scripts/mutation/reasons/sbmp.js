/** @type {import('../reasons.js').Reason[]} */
export default [
  {
    because:
      'One step past the end of typed arrays: nothing is written there, and no later row reads what was computed.',
    faults: { 'host-divergence.ts': ['i < N → i <= N', 'k < p.length → k <= p.length'] },
  },
  {
    because:
      'At the border itself, δ = 0.01, the series and the closed form agree: that is where the one takes over from the other.',
    faults: { 'host-divergence.ts': ['Math.abs(delta) < 0.01 → Math.abs(delta) <= 0.01'] },
  },
  {
    because: 'A slice from the first row to the last is the tensor itself, at the cost of a copy.',
    faults: { 'sbmp.ts': ['size === x.shape[0] → false'] },
  },
  {
    because:
      'An option that is undefined is one that is left out; the types alone tell them apart.',
    faults: { 'term.ts': ['noise === undefined → false'] },
  },
];
