import ts from 'typescript';

/**
 * What is wrong in JavaScript too: a name, an export, a property or an option that does not exist, too few or too many
 * arguments. Whether a tensor is a scalar is not: the operations of tfjs do not say it.
 */
const WRONG_ANYWHERE = [2304, 2305, 2307, 2339, 2353, 2451, 2551, 2552, 2554, 2561, 2724];

/** What TypeScript finds wrong, by file. */
export function typeErrors(
  files: readonly string[],
  modules: Readonly<Record<string, string>>,
): Map<string, string[]> {
  const program = ts.createProgram([...files], {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    lib: ['lib.es2022.d.ts', 'lib.dom.d.ts'],
    types: ['node'],
    typeRoots: ['node_modules/@types'],
    customConditions: ['@toploss/source'],
    paths: Object.fromEntries(Object.entries(modules).map(([name, file]) => [name, [file]])),
    allowJs: true,
    checkJs: true,
    strict: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: true,
    noEmit: true,
  });
  return new Map(
    files.map((file) => {
      const source = program.getSourceFile(file);
      const semantic = program
        .getSemanticDiagnostics(source)
        .filter(({ code }) => file.endsWith('.ts') || WRONG_ANYWHERE.includes(code));
      const errors = [...program.getSyntacticDiagnostics(source), ...semantic];
      return [
        file,
        errors.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n')),
      ];
    }),
  );
}
