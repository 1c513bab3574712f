import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Application, type ProjectReflection } from 'typedoc';
import { root } from './markdown/files.js';

const path = (relative: string) => fileURLToPath(new URL(relative, root));

/** Folder and name of every package that is published. */
export function publicPackages(): { folder: string; name: string; description: string }[] {
  return readdirSync(path('packages'))
    .map((name) => `packages/${name}`)
    .filter((folder) => existsSync(path(`${folder}/package.json`)))
    .map((folder) => ({
      folder,
      ...JSON.parse(readFileSync(path(`${folder}/package.json`), 'utf8')),
    }));
}

/** What the plugin for Markdown adds to the options of typedoc. */
const MARKDOWN = {
  router: 'module',
  hidePageHeader: true,
  hideBreadcrumbs: true,
  entryFileName: 'index',
  parametersFormat: 'table',
  interfacePropertiesFormat: 'table',
  tableColumnSettings: { hideSources: true, hideInherited: true },
  useCodeBlocks: true,
  useHTMLEncodedBrackets: true,
  sanitizeComments: true,
};

/** The reference from the doc comments of the sources: a page for each package and for the kit, in `folder`. */
export async function writeReference(folder: URL): Promise<ProjectReflection> {
  const packages = publicPackages();
  const app = await Application.bootstrapWithPlugins({
    plugin: ['typedoc-plugin-markdown'],
    tsconfig: path('tsconfig.json'),
    entryPoints: [
      ...packages.map(({ folder }) => path(`${folder}/src/index.ts`)),
      path('packages/core/src/kit/index.ts'),
    ],
    skipErrorChecking: true, // `pnpm typecheck` does
    logLevel: 'Warn',
    validation: { notExported: false },
    readme: 'none',
    excludePrivate: true,
    excludeInternal: true,
    excludeExternals: true,
    sort: ['source-order'],
    groupOrder: ['Functions', 'Interfaces', '*'],
    disableGit: true,
    basePath: path('.'),
    sourceLinkTemplate: 'https://github.com/toploss/toploss/blob/main/packages/{path}#L{line}',
    out: fileURLToPath(folder),
  });
  for (const [option, value] of Object.entries(MARKDOWN)) {
    app.options.setValue(option as never, value as never);
  }
  const project = await app.convert();
  if (project === undefined) {
    throw new Error('docs: the sources do not convert to a reference');
  }
  for (const module of project.children ?? []) {
    module.name = module.name.replace(/^packages\/(.*)\/src(?=$|\/)/, '@toploss/$1');
  }
  await app.generateOutputs(project);
  return project;
}
