import * as Plot from '@observablehq/plot';

/** The title of a panel, so many dots above its frame. */
export const heading = (title: string, dy: number) =>
  Plot.text([title], {
    text: (name: string) => name,
    frameAnchor: 'top',
    dy,
    fontWeight: 600,
    fontSize: 13,
    fill: '#1f2937',
  });
