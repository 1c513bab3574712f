import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import {
  chain,
  compiled,
  concatenate,
  custom,
  dense,
  flatten,
  functional,
  gru,
  input,
  lstm,
  type Specimen,
  type Specimens,
  sequence,
  simpleRNN,
  stack,
} from './kit.js';

const { layers } = tfl;
const of = (...inputShape: number[]) => ({ inputShape });
const overTime = (layer: tfl.layers.Layer) => layers.timeDistributed({ layer });
const both = (layer: tfl.layers.Layer) =>
  layers.bidirectional({ layer: layer as tfl.RNN, mergeMode: 'concat' });
const last = () =>
  custom(
    (x) => tf.squeeze(tf.gather(x, [(x.shape[1] as number) - 1], 1), [1]),
    ([rows, , units]) => [rows ?? null, units as number],
  );

/** Embeds words out of 7, five of them. */
const embedding = (rest: Partial<Parameters<typeof layers.embedding>[0]> = {}) =>
  layers.embedding({ inputDim: 7, outputDim: 4, inputLength: 5, ...rest });
const onWords = (make: () => tfl.LayersModel): Specimen => ({ make, indices: 7, notOnWasm: true });
const ofSentiment = (...parts: tfl.layers.Layer[]) =>
  onWords(() => compiled(stack(embedding(), ...parts, dense(1, 'sigmoid')), 'binaryCrossentropy'));

const addition = (recurrent: typeof gru): Specimen => ({
  make: () =>
    compiled(
      stack(
        recurrent(4, of(5, 3)),
        layers.repeatVector({ n: 3 }),
        recurrent(4, sequence),
        overTime(dense(3)),
        layers.activation({ activation: 'softmax' }),
      ),
      undefined,
      'adam',
    ),
});

/** Of tfjs-examples. */
export const examples: Specimens = {
  'addition: simple': addition(simpleRNN),
  'addition: GRU': addition(gru),
  'addition: LSTM': addition(lstm),
  'date conversion with attention': {
    make: () => {
      const [x, y] = [input(5), input(4)];
      const words = { inputDim: 7, outputDim: 4, maskZero: true };
      const encoded = chain(x, layers.embedding({ ...words, inputLength: 5 }), lstm(4, sequence));
      const state = chain(encoded, last());
      const embedded = chain(y, layers.embedding({ ...words, inputLength: 4 }));
      const decoded = lstm(4, sequence).apply(embedded, {
        initialState: [state, state],
      }) as tfl.SymbolicTensor;
      const attention = chain(
        [decoded, encoded],
        layers.dot({ axes: [2, 2] }),
        layers.activation({ activation: 'softmax' }),
      );
      const context = chain([attention, encoded], layers.dot({ axes: [2, 1] }));
      const outputs = chain(
        [context, decoded],
        concatenate(),
        overTime(dense(4, 'tanh')),
        overTime(dense(6, 'softmax')),
      );
      return functional([x, y], outputs);
    },
    indices: [7, 7],
    notOnWasm: true,
  },
  'intent classifier: a tag for each token, LSTM': {
    make: () =>
      compiled(
        stack(
          layers.inputLayer({ inputShape: [5, 3] }),
          lstm(4, sequence),
          overTime(dense(3)),
          layers.activation({ activation: 'softmax' }),
        ),
      ),
  },
  'intent classifier: a tag for each token, both directions': {
    make: () =>
      compiled(
        stack(
          layers.inputLayer({ inputShape: [5, 3] }),
          both(lstm(4, sequence)),
          overTime(dense(3)),
          layers.activation({ activation: 'softmax' }),
        ),
      ),
  },
  'intent classifier: a tag for each token, dense': {
    make: () => compiled(stack(layers.inputLayer({ inputShape: [5, 3] }), dense(3, 'softmax'))),
  },
  'jena weather: simple recurrence': {
    make: () => compiled(stack(simpleRNN(4, of(5, 3)), dense(1)), 'meanAbsoluteError'),
  },
  'jena weather: GRU': {
    make: () => compiled(stack(gru(4, of(5, 3)), dense(1)), 'meanAbsoluteError', 'rmsprop'),
  },
  'jena weather: GRU with recurrent dropout': {
    make: () =>
      compiled(
        stack(gru(4, { ...of(5, 3), dropout: 0.2, recurrentDropout: 0.2 }), dense(1)),
        'meanAbsoluteError',
      ),
  },
  'text generation: one LSTM': {
    make: () => compiled(stack(lstm(4, of(5, 6)), dense(6, 'softmax')), undefined, 'rmsprop'),
  },
  'text generation: two LSTMs': {
    make: () =>
      compiled(stack(lstm(4, { ...of(5, 6), ...sequence }), lstm(3), dense(6, 'softmax'))),
  },
  'sentiment: words side by side': ofSentiment(flatten()),
  'sentiment: convolutions': ofSentiment(
    layers.dropout({ rate: 0.5 }),
    layers.conv1d({ filters: 4, kernelSize: 2, activation: 'relu' }),
    layers.globalMaxPool1d({}),
    dense(4, 'relu'),
  ),
  'sentiment: simple recurrence': ofSentiment(simpleRNN(4)),
  'sentiment: LSTM': ofSentiment(lstm(4)),
  'sentiment: LSTM in both directions': ofSentiment(both(lstm(3))),
  'translation: states of the encoder': {
    make: () => {
      const [x, y] = [input(5, 4), input(4, 3)];
      const [, ...states] = lstm(4, { returnState: true }).apply(x) as tfl.SymbolicTensor[];
      const [decoded] = lstm(4, { returnState: true, ...sequence }).apply([
        y,
        ...states,
      ] as tfl.SymbolicTensor[]) as tfl.SymbolicTensor[];
      return functional([x, y], chain(decoded as tfl.SymbolicTensor, dense(3, 'softmax')));
    },
  },
};

/** softmax(q kᵀ) v over the words of a sequence. */
const attention = () =>
  custom((q, k, v) => {
    const scores = tf.matMul(q as tf.Tensor, k as tf.Tensor, false, true);
    return tf.matMul(tf.softmax(tf.div(scores, 2)), v as tf.Tensor);
  });

/** Of tutorials and papers. */
export const others: Specimens = {
  'a transformer block': onWords(() => {
    const x = input(5);
    const embedded = chain(x, embedding());
    const mixed = chain(
      [4, 4, 4].map((units) => chain(embedded, dense(units))),
      attention(),
      dense(4),
    );
    const first = chain([embedded, mixed], layers.add(), layers.layerNormalization({}));
    const second = chain(
      [first, chain(first, dense(6, 'relu'), layers.dropout({ rate: 0.1 }), dense(4))],
      layers.add(),
      layers.layerNormalization({}),
    );
    return functional(x, chain(second, layers.globalAveragePooling1d({}), dense(3, 'softmax')));
  }),
  'a language model: the next word at each place': onWords(() =>
    compiled(
      stack(embedding(), gru(4, sequence), dense(7, 'softmax')),
      'sparseCategoricalCrossentropy',
    ),
  ),
  'masked padding': onWords(() =>
    compiled(stack(embedding({ maskZero: true }), lstm(4), dense(3, 'softmax'))),
  ),
  'a masking layer, GRU in both directions': {
    make: () => compiled(stack(layers.masking(of(5, 3)), both(gru(3)), dense(3, 'softmax'))),
  },
  'strided convolutions and pools': {
    make: () =>
      compiled(
        stack(
          layers.conv1d({ filters: 3, kernelSize: 3, strides: 2, inputShape: [12, 2] }),
          layers.maxPooling1d({ poolSize: 2 }),
          layers.averagePooling1d({ poolSize: 2 }),
          flatten(),
          dense(3, 'softmax'),
        ),
      ),
    notOnWasm: true,
  },
  'gated convolutions': {
    make: () => {
      const x = input(6, 2);
      const gates = (['tanh', 'sigmoid'] as const).map((activation) =>
        chain(x, layers.conv1d({ filters: 3, kernelSize: 2, activation })),
      );
      const outputs = chain(
        gates,
        layers.multiply(),
        layers.globalAveragePooling1d(),
        dense(3, 'softmax'),
      );
      return functional(x, outputs);
    },
    notOnWasm: true,
  },
  'an autoencoder of sequences': {
    make: () =>
      compiled(
        stack(
          lstm(3, of(5, 2)),
          layers.repeatVector({ n: 5 }),
          lstm(3, sequence),
          overTime(dense(2)),
        ),
        'meanSquaredError',
      ),
  },
  'a forecast of several steps': {
    make: () =>
      compiled(
        stack(gru(4, of(5, 2)), dense(6), layers.reshape({ targetShape: [3, 2] })),
        'meanSquaredError',
      ),
  },
  'recurrent cells, stacked': {
    make: () =>
      compiled(
        stack(
          layers.rnn({
            cell: [3, 4].map((units) =>
              layers.gruCell({ units, recurrentInitializer: 'glorotNormal' }),
            ),
            ...of(5, 2),
          } as never),
          dense(3, 'softmax'),
        ),
      ),
  },
  'recurrence that ends in the values themselves': {
    make: () => compiled(stack(gru(2, { ...of(5, 3), ...sequence })), 'meanSquaredError'),
  },
  'spatial dropout and recurrent dropout': onWords(() =>
    compiled(
      stack(
        embedding(),
        layers.spatialDropout1d({ rate: 0.2 } as never),
        lstm(4, { dropout: 0.2, recurrentDropout: 0.2 }),
        dense(3, 'softmax'),
      ),
    ),
  ),
  'videos: convolutions over time, then a GRU': {
    make: () =>
      compiled(
        stack(
          layers.timeDistributed({
            layer: layers.conv2d({ filters: 2, kernelSize: 2, activation: 'relu' }),
            ...of(3, 4, 4, 1),
          } as never),
          overTime(flatten()),
          gru(3),
          dense(3, 'softmax'),
        ),
      ),
    notOnWasm: true,
  },
  'videos: recurrent convolutions': {
    make: () =>
      compiled(
        stack(
          layers.convLstm2d({
            ...{ filters: 2, kernelSize: 2, recurrentInitializer: 'glorotNormal' },
            ...of(3, 4, 4, 1),
          } as never),
          flatten(),
          dense(3, 'softmax'),
        ),
      ),
    notOnWasm: true,
  },
  'words pooled by attention': onWords(() => {
    const x = input(5);
    const words = chain(x, embedding());
    const weights = chain(words, dense(1), flatten(), layers.activation({ activation: 'softmax' }));
    const pooled = chain([weights, words], layers.dot({ axes: [1, 1] }));
    return functional(x, chain(pooled, dense(3, 'softmax')));
  }),
};
