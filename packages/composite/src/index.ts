export { type Components, type Composite, composite } from './composite.js';
export {
  type TopologicalLoss,
  type TopologicalLossInputs,
  type TopologicalLossOptions,
  topologicalLoss,
} from './topological-loss.js';
