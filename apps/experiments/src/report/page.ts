import { schematics } from '../figures/schematic.js';
import type { Figure, Section } from '../study.js';

export interface Reported {
  name: string;
  title: string;
  section: Section;
}

/** RESULTS.md: what was claimed and what came out, where penalties lose, then a section for each study. */
export function page(reported: readonly Reported[]): string {
  const parts = [
    '# Results',
    INTRODUCTION,
    '## Claims and aims, and what came out',
    claims(reported),
    '## Where a penalty loses',
    losses(reported),
    '## The recipe',
    recipe(),
    ...reported.map(({ title, section }) =>
      [`## ${title}`, section.markdown, ...section.figures.map(image)].join('\n\n'),
    ),
  ];
  return `${parts.join('\n\n')}\n`;
}

const INTRODUCTION = `\`pnpm experiments\` writes this page from [results.json](results.json). The [protocol](../../docs/pages/protocol.md) was
written before the runs. In short: the knob of every arm is chosen on validation data under three seeds. The chosen value is then tested
under twenty other seeds, which all arms share. Numbers are means with 95 % bootstrap intervals. Differences are between runs of the same
seed. A difference is bold if its interval excludes 0 and p < .05 (Wilcoxon, with Holm's correction over the arms of the table).`;

const image = ({ name, alt }: Figure) => `![${alt}](figures/${name}.svg)`;

function claims(reported: readonly Reported[]): string {
  const all = reported.flatMap(({ section }) => section.claims);
  const reached = all.filter(({ holds }) => holds).length;
  return [
    `${reached} of ${all.length} are reached. Some claims come from papers; the others are aims that we set before the runs.`,
    ...reported
      .filter(({ section }) => section.claims.length > 0)
      .map(({ title, section }) => [`**${title}**\n`, ...section.claims.map(claim)].join('\n')),
  ].join('\n\n');
}

const claim = ({ statement, found, holds }: Section['claims'][number]) =>
  `- ${holds ? 'Reached' : '**Not reached**'}: ${statement}. _Found:_ ${found}`;

function losses(reported: readonly Reported[]): string {
  const items = reported.flatMap(({ name, section }) =>
    section.losses.map((loss) => `- ${name}, ${loss}`),
  );
  return items.length > 0 ? items.join('\n') : 'Nowhere beyond chance.';
}

/** The overview; the others are a click away. */
function recipe(): string {
  const [overview, ...derivations] = schematics() as [Figure, ...Figure[]];
  const links = derivations.map(({ name, alt }) => `- [${alt}](figures/${name}.svg)`);
  return [image(overview), links.join('\n')].join('\n\n');
}
