// The declarations, under the compilers that users have: an app that uses every export, strictly.
import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { packages } from './packages.js';
import { problem, run } from './report.js';

const versions = ['5.9', '6.0', '7.0'];
/** For npm, each under a name of its own. */
export const compilers = versions.map(
  (version) => `typescript-${version}@npm:typescript@${version}`,
);

/** Of each package an app that uses every export. */
const apps = packages.map(({ folder, manifest: { name } }) => ({
  source: join(folder, 'test/consumer.mts'),
  copy: `${name.replace('@toploss/', '')}.mts`,
}));

const resolutions = [
  '--module nodenext --moduleResolution nodenext',
  '--module esnext --moduleResolution bundler',
];

const flags = `${apps.map(({ copy }) => copy).join(' ')} --noEmit --strict --target es2022`;

/** @type {(consumer: string) => void} */
function copyApps(consumer) {
  for (const { source, copy } of apps) cpSync(source, join(consumer, copy));
}

/** Those of an older tfjs, by the oldest compiler. @type {(app: string) => Promise<void>} */
export async function checkTypesOf(app) {
  copyApps(app);
  const tsc = `node ../node_modules/typescript-${versions[0]}/bin/tsc`;
  await run(app, `${tsc} ${flags} --skipLibCheck ${resolutions[0]}`);
}

/** @type {(consumer: string) => Promise<void>} */
export async function checkTypes(consumer) {
  copyApps(consumer);
  const used = apps.map(({ source }) => readFileSync(source, 'utf8')).join('');
  for (const [name, exported] of exportsIn(consumer)) {
    const unused = exported.filter((one) => !new RegExp(`\\.${one}\\b`).test(used));
    if (unused.length > 0) problem(`no test/consumer.mts uses ${unused.join(', ')} of ${name}`);
  }
  const commands = versions.flatMap((version) => {
    const tsc = `node node_modules/typescript-${version}/bin/tsc`;
    return [
      `${tsc} --version | grep 'Version ${version}'`,
      ...resolutions.map((resolution) => `${tsc} ${flags} --skipLibCheck ${resolution}`),
    ];
  });
  // Without `skipLibCheck` those of TensorFlow.js fail; ours do not.
  const tsc = `node node_modules/typescript-${versions.at(-1)}/bin/tsc`;
  commands.push(`! ${tsc} ${flags} ${resolutions[0]} | grep node_modules/@toploss`);
  await Promise.all(commands.map((command) => run(consumer, command)));
}

/** Values and types, by entry. @type {(consumer: string) => [name: string, exported: string[]][]} */
function exportsIn(consumer) {
  const entries = [...packages.map(({ manifest: { name } }) => name), '@toploss/core/kit'];
  const files = entries.map((name) =>
    join(consumer, 'node_modules', name.replace(/^@toploss\/\w+/, '$&/dist'), 'index.d.ts'),
  );
  const program = ts.createProgram(files, {
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    noLib: true,
  });
  const checker = program.getTypeChecker();
  return entries.map((name, k) => {
    const source = program.getSourceFile(files[k] ?? '');
    const symbol = source && checker.getSymbolAtLocation(source);
    if (symbol === undefined) throw new Error(`${name} has no declarations`);
    return [name, checker.getExportsOfModule(symbol).map((one) => one.name)];
  });
}
