import * as tfl from '@tensorflow/tfjs-layers';
import type { Draw } from './draw.js';
import { type Kind, type Layer, shapes, stacked } from './layers.js';
import { type Head, headKinds, type Targets } from './objectives.js';
import { Applied, drawn, hidden, named, type Path, type Symbolic, toVector } from './paths.js';

export interface Network {
  readonly model: tfl.LayersModel;
  /** Of the inputs, in their order. */
  readonly kinds: Kind[];
  /** Of the outputs, in their order. */
  readonly heads: Head[];
  /** That a batch must have, where a layer is stateful. */
  readonly batchSize?: number;
}

const kindOf = (draw: Draw): Kind => draw.one('vector', 'vector', 'sequence', 'image', 'tokens');

/** @param fill Adds the layers between the input and the head. */
function chain(draw: Draw, kind: Kind, fill: (path: Path) => void): Network {
  const head = headOf(draw);
  const model = tfl.sequential();
  model.add(tfl.layers.inputLayer({ inputShape: shapes[kind], name: 'input' }));
  fill(model);
  addHead(draw, model, head);
  model.build();
  return { model, kinds: [kind], heads: [head] };
}

function sequentialOf(draw: Draw): Network {
  const kind = kindOf(draw);
  return chain(draw, kind, (path) => toVector(draw, path, kind));
}

/** Dense layers and dropout alone, which `saspNetwork` reads to the bottom. */
const stackOf = (draw: Draw): Network =>
  chain(draw, 'vector', (path) => {
    for (let k = draw.integer(1, 4); k > 0; k--) {
      path.add(drawn(draw, stacked));
    }
  });

/** Its state goes from batch to batch. */
function statefulOf(draw: Draw): Network {
  const head = headOf(draw);
  const layer = tfl.layers.simpleRNN({
    ...{ units: 2, stateful: true, recurrentInitializer: 'glorotNormal' },
    ...{ name: 'stateful', batchInputShape: [2, ...shapes.sequence] },
  });
  const model = tfl.sequential({ layers: [layer] });
  addHead(draw, model, head);
  model.build();
  return { model, kinds: ['sequence'], heads: [head], batchSize: 2 };
}

const dense = (draw: Draw, units: number, useBias = true) =>
  named(draw, tfl.layers.dense({ units, useBias, activation: 'tanh' }));

/** Two ways from here, and one again. */
function branched(draw: Draw, x: Symbolic): Symbolic {
  const [left, right] = [new Applied(x), new Applied(x)];
  hidden(draw, left);
  hidden(draw, right);
  return merged(draw, [left.x, right.x]);
}

function merged(draw: Draw, both: Symbolic[]): Symbolic {
  if (draw.chance(0.4)) {
    return named(draw, tfl.layers.concatenate()).apply(both) as Symbolic;
  }
  const alike = both.map((x) => dense(draw, 2).apply(x) as Symbolic);
  const { add, multiply, average, maximum } = tfl.layers;
  const layer = draw.one<() => Layer>(add, multiply, average, maximum)();
  return named(draw, layer).apply(alike) as Symbolic;
}

/** The same layer twice, one after the other. */
function shared(draw: Draw, x: Symbolic): Symbolic {
  const layer = dense(draw, 3, draw.chance(0.5));
  return layer.apply(layer.apply(dense(draw, 3).apply(x))) as Symbolic;
}

/** A model instead of a layer. */
function nested(draw: Draw, x: Symbolic): Symbolic {
  const shape = x.shape.slice(1);
  if (draw.chance(0.5)) {
    const inner = tfl.sequential({ name: draw.name('inner') });
    inner.add(tfl.layers.inputLayer({ inputShape: shape, name: draw.name('input') }));
    hidden(draw, inner);
    inner.add(dense(draw, 2));
    return inner.apply(x) as Symbolic;
  }
  const input = tfl.input({ shape, name: draw.name('input') });
  const path = new Applied(input);
  hidden(draw, path);
  path.add(dense(draw, 2));
  const inner = tfl.model({ inputs: input, outputs: path.x, name: draw.name('inner') });
  inner.trainable = draw.chance(0.8);
  return inner.apply(x) as Symbolic;
}

function functionalOf(draw: Draw): Network {
  const kinds = draw.chance(0.3) ? [kindOf(draw), kindOf(draw)] : [kindOf(draw)];
  const inputs = kinds.map((kind) => tfl.input({ shape: shapes[kind], name: draw.name(kind) }));
  const vectors = inputs.map((input, k) => {
    const path = new Applied(input);
    toVector(draw, path, kinds[k] as Kind);
    return path.x;
  });
  let x = vectors.length > 1 ? merged(draw, vectors) : (vectors[0] as Symbolic);
  for (let k = draw.integer(0, 1); k > 0; k--) {
    x = draw.one(branched, shared, nested)(draw, x);
  }
  const heads = Array.from({ length: draw.one(1, 1, 2, 3) }, (_, k) => headOf(draw, k > 0));
  const outputs: Symbolic[] = [];
  for (const head of heads) {
    // An output may be computed from another one.
    const path = new Applied(outputs[0] !== undefined && draw.chance(0.2) ? outputs[0] : x);
    hidden(draw, path, 1);
    addHead(draw, path, head);
    outputs.push(path.x);
  }
  return { model: tfl.model({ inputs, outputs }), kinds, heads };
}

/** @param idle Whether it may be one whose loss reaches nothing. */
function headOf(draw: Draw, idle = false): Head {
  const targets = draw.one(
    ...(Object.keys(headKinds) as Targets[]).filter((targets) => idle || targets !== 'nothing'),
  );
  return { targets, units: headKinds[targets].units(draw) };
}

/** Its activation within, or in a layer after it. */
function addHead(draw: Draw, path: Path, { targets, units }: Head): void {
  const { activation } = headKinds[targets];
  const useBias = draw.chance(0.7);
  if (draw.chance(0.7)) {
    path.add(named(draw, tfl.layers.dense({ units, activation, useBias })));
    return;
  }
  path.add(named(draw, tfl.layers.dense({ units, useBias })));
  path.add(named(draw, tfl.layers.activation({ activation })));
}

export const networkOf = (draw: Draw): Network =>
  draw.chance(0.03)
    ? statefulOf(draw)
    : draw.one(sequentialOf, sequentialOf, functionalOf, functionalOf, stackOf)(draw);
