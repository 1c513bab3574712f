import ts from 'typescript';

/** What has no type, as JavaScript has it. */
const IMPLICIT_ANY = [7005, 7006, 7031, 7034];

/** Types of tfjs that its own operations and gradients do not fit: TypeScript needs a cast there, whoever it calls. */
const OF_TFJS =
  /to parameter of type '(\(\) => Scalar|NamedVariableMap \| NamedTensor\[\])'|GradSaveFunc|^Type 'Scalar \| Scalar\[\]' must/;

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
        .filter(({ code }) => file.endsWith('.ts') || !IMPLICIT_ANY.includes(code));
      const errors = [...program.getSyntacticDiagnostics(source), ...semantic];
      const messages = errors.map(({ messageText }) =>
        ts.flattenDiagnosticMessageText(messageText, '\n'),
      );
      return [file, messages.filter((message) => !OF_TFJS.test(message))];
    }),
  );
}
