/** @type {import('../reasons.js').Reason[]} */
export default [
  {
    because:
      'A loop over the values and operations of tfjs give the same, to which the tests hold both; which of them runs is a choice of speed.',
    faults: { 'elementwise.ts': ['!isLooped(x.size) → true'] },
  },
  {
    because: 'dy · grad, where dy is 1: a clone saves the product.',
    faults: { 'closed-form.ts': ['hostView(dy)?.[0] === 1 → false'] },
  },
  {
    because:
      'On cpu tfjs has all digits, elsewhere the series has: the tests find both right to 2e-6, and so either may run on cpu.',
    faults: {
      'near-zero.ts': [
        "tf.getBackend() === 'cpu' → false",
        "tf.getBackend() === 'cpu' → true",
        "tf.getBackend() === 'cpu' → tf.getBackend() !== 'cpu'",
        '\'cpu\' → ""',
        '{ return tf.log1p(x); } → {}',
        '{ return tf.expm1(x); } → {}',
      ],
    },
  },
  {
    because:
      'A constant has no inputs, so that tfjs never asks for its gradient and saves nothing.',
    faults: { 'closed-form.ts': ['() => [] → () => undefined', '[] → ["Stryker was here"]'] },
  },
  {
    because: 'One step past the end of a typed array, where nothing is written.',
    faults: {
      'elementwise.ts': [
        'k < sum.length → k <= sum.length',
        'k < product.length → k <= product.length',
      ],
      'rademacher.ts': ['k < signs.length → k <= signs.length'],
    },
  },
  {
    because: 'Four products at a time or one by one: the same sum, slower.',
    faults: { 'host-values.ts': ['k + 3 < end → false'] },
  },
  {
    because:
      'Where the wasm backend has no such method, or is not asked, `dataSync` gives the same values, copied.',
    faults: {
      'host-values.ts': [
        'backend.typedArrayFromHeap !== undefined && backend.dataIdMap?.has(x.dataId) → false',
        'backend.typedArrayFromHeap !== undefined → true',
        'backend.typedArrayFromHeap !== undefined → backend.typedArrayFromHeap === undefined',
        'backend.dataIdMap?.has → backend.dataIdMap.has',
      ],
    },
  },
  {
    because: 'What is left over is nothing: 0 is added.',
    faults: {
      'sum.ts': ['x.size % BLOCK === 0 → false', 'x.size % BLOCK → x.size * BLOCK'],
    },
  },
  {
    because: 'Of two tensors on one backend both can be read or neither.',
    faults: {
      'sum.ts': [
        'x === undefined || y === undefined → x === undefined && y === undefined',
        'x === undefined → false',
        'x === undefined → x !== undefined',
        'y === undefined → false',
        'y === undefined → y !== undefined',
        'views.every((pair) => pair.every((x) => x !== undefined)) → views.some(pair => pair.every(x => x !== undefined))',
        'pair.every((x) => x !== undefined) → pair.some(x => x !== undefined)',
      ],
    },
  },
  {
    because:
      'Above 709 it is Math.exp that is called, and below it gives the same twelve digits, slower.',
    faults: { 'exponential.ts': ['x > 709 → true', 'x > 709 → x >= 709'] },
  },
  {
    because: 'No step has exactly this length in float32.',
    faults: {
      'hessian.ts': ['length > 1e-35 → length >= 1e-35', 'length < 1e35 → length <= 1e35'],
    },
  },
  {
    because: 'A word among the tensors is disposed of without effect, and has no tensors in it.',
    faults: { 'kept.ts': ['[] → ["Stryker was here"]'] },
  },
  {
    because: 'A number then is an instance without tensors in it: it stays as it is.',
    faults: { 'kept.ts': ["typeof x !== 'object' → false"] },
  },
  {
    because: 'On WebGL alone, where `padding.test.ts` finds it in Chromium; elsewhere x/1 is x.',
    faults: {
      'padding.ts': [
        "tf.getBackend() === 'webgl' → true",
        "tf.getBackend() === 'webgl' → false",
        "tf.getBackend() === 'webgl' → tf.getBackend() !== 'webgl'",
        '\'webgl\' → ""',
      ],
    },
  },
  {
    because:
      'tfjs rounds what is to be of another type than float32: to 1 what is at least ½, and the rest to 0, of the same signs.',
    faults: { 'rademacher.ts': ['\'float32\' → ""'] },
  },
  {
    because: 'Of the numbers that are drawn one in billions is exactly ½.',
    faults: { 'rademacher.ts': ['(u[k] as number) >= 0.5 → u[k] as number > 0.5'] },
  },
  {
    because: 'Of so few numbers the sum is the same in stages and in one.',
    faults: {
      'sum.ts': ['blocks < 2 → false', 'blocks < 2 → blocks <= 2', '{ return tf.sum(x); } → {}'],
    },
  },
  {
    because:
      'The operations give the same as the loop in double precision, to which the tests hold both: the choice is one of speed and of digits beyond those that are promised.',
    faults: {
      'sum.ts': [
        '[hostView(a), hostView(b)] → []',
        'x === undefined || y === undefined → true',
        '(x) => hostView(x) as Float32Array | undefined → () => undefined',
        '(x) => x !== undefined → () => undefined',
        'x !== undefined → false',
      ],
    },
  },
  {
    because: '`Number.isFinite` takes numbers alone; the type is asked for TypeScript.',
    faults: { 'update.ts': ["typeof rate === 'number' → true"] },
  },
];
