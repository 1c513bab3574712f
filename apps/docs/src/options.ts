import { mkdirSync, writeFileSync } from 'node:fs';
import {
  type DeclarationReflection,
  type ProjectReflection,
  ReflectionKind,
  type SomeType,
} from 'typedoc';

/** The interfaces whose tables the pages include. */
const INTERFACES = [
  'SaspTermOptions',
  'SaspNetworkTermOptions',
  'CvpTermOptions',
  'NgerTermOptions',
  'SbmpTermOptions',
  'LinearDmtaOptions',
  'CosineDmtaOptions',
  'TrainStepOptions',
];

/** A table of the options of each interface, from the comments of the sources: `NAME.md` in `folder`. */
export function writeOptions(project: ProjectReflection, folder: URL): void {
  mkdirSync(folder, { recursive: true });
  const interfaces = project.getReflectionsByKind(ReflectionKind.Interface);
  for (const name of INTERFACES) {
    const found = interfaces.find((reflection) => reflection.name === name);
    if (found === undefined) {
      throw new Error(`docs: there is no interface ${name}`);
    }
    writeFileSync(new URL(`${name}.md`, folder), tableOf(found as DeclarationReflection));
  }
}

function tableOf({ children = [] }: DeclarationReflection): string {
  const rows = children.map(
    ({ name, type, comment }) =>
      `| \`${name}\` | ${code(type)} | ${(comment?.summary ?? [])
        .map(({ text }) => text)
        .join('')
        .replaceAll('\n', ' ')} |`,
  );
  return `${['| option | type | |', '| --- | --- | --- |', ...rows].join('\n')}\n`;
}

/** As code; a bar would end the cell of a table. */
const code = (type: SomeType | undefined) => `\`${String(type).replaceAll('|', '\\|')}\``;
