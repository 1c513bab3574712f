import ts from 'typescript';
import type { Block } from '../../src/markdown/blocks.js';

/** What the comment before a block gives: the file, and the names that it exports. */
export interface Given {
  file: string;
  exported: readonly string[];
}

/** The block as a module. What is given lies around it, so that names of its own come first, and of what
 * is given the last. */
export function moduleOf({ code }: Block, given: readonly Given[]): string {
  if (given.length === 0) {
    return `${code}\nexport {};\n`;
  }
  const { statements } = ts.createSourceFile('block.ts', code, ts.ScriptTarget.ES2022);
  const imports = statements.filter(ts.isImportDeclaration);
  const own = new Set(imports.flatMap(namesOf));
  const around = given.map(({ file, exported }, k) => {
    const later = given.slice(k + 1).flatMap((other) => other.exported);
    const names = exported.filter((name) => !own.has(name) && !later.includes(name));
    return `import { ${names.join(', ')} } from '${file.replace(/\.ts$/, '.js')}';`;
  });
  const end = imports.at(-1)?.end ?? 0;
  return [code.slice(0, end), ...around, `{${code.slice(end)}}`, 'export {};\n'].join('\n');
}

/** The names that an import declares. */
function namesOf({ importClause }: ts.ImportDeclaration): string[] {
  const { name, namedBindings } = importClause ?? {};
  const bound = [name];
  if (namedBindings !== undefined && ts.isNamespaceImport(namedBindings)) {
    bound.push(namedBindings.name);
  } else if (namedBindings !== undefined) {
    bound.push(...namedBindings.elements.map((element) => element.name));
  }
  return bound.flatMap((identifier) => identifier?.text ?? []);
}
