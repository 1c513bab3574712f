import { table } from '@toploss/examples/table';
import { meanWithInterval } from '../../report/comparison.js';
import type { Section, StudyResults } from '../../study.js';

/** A row for each network and number of epochs. */
export function report(results: StudyResults): Section {
  const rows = results.flatMap(({ arm, test }) => {
    const lists = (measure: string) => test[measure] as number[][];
    return (lists('epochs')[0] as number[]).map((epochs, k) => {
      const cell = (measure: string, scale: number, decimals: number) =>
        meanWithInterval(
          lists(measure).map((list) => scale * (list[k] as number)),
          decimals,
        );
      return [
        `${arm}, after ${epochs} epochs`,
        cell('exact', 1, 1),
        cell('tail', 100, 0),
        cell('positions', 100, 0),
      ];
    });
  });
  return {
    markdown: [
      `What the trace of the Gauss–Newton matrix is made of in small convolutional networks on 8×8 digits, a fifth of the labels
wrong, and what two cheaper forms would see of it: the dense layers behind the convolutions alone, and with these the sum over the
positions of a convolution, as if each had a kernel of its own. Nothing is chosen here and nothing compared: it says why
[SASP of the network](../../../docs/sasp-network.md) sums over the positions first.`,
      table(
        ['', 'exact trace', 'dense tail alone, % of it', 'tail and sums over positions, % of it'],
        rows,
      ),
      `Where the positions are flattened into a dense layer, each is weighted by itself; under a global average all share one δ, and
their patches add up before they are squared.`,
    ].join('\n\n'),
    figures: [],
    claims: [],
    losses: [],
  };
}
