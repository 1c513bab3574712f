import { readFileSync } from 'node:fs';

/** A fenced code block of a Markdown file, and what the comment before it says. */
export interface Block {
  file: string;
  /** Of its first line of code, from 1. */
  line: number;
  language: string;
  code: string;
  /** `<!-- given: NAME, … -->`: what the reader has at this point, exported by `test/given/NAME.ts`. */
  given: readonly string[];
  /** `<!-- continues -->`: it goes on where the block before it ended. */
  continues: boolean;
  /** `<!-- compiled: REASON -->`: it is compiled and not run. */
  notRun: string | undefined;
}

const fenced =
  /(?:^<!-- (?<key>given|continues|compiled)(?:: (?<value>[^\n]*?))? -->\n\n?)?^ {0,3}```(?<language>\w+)[^\n]*\n(?<code>.*?)^ {0,3}```$/gms;

/** All code blocks with a language; a diff is the JavaScript that it leads to. */
export function blocksOf(file: string, page = readFileSync(file, 'utf8')): Block[] {
  return [...page.matchAll(fenced)].map((match) => {
    const { key, value = '', language: fence = '', code: text = '' } = match.groups ?? {};
    const [language, code] = fence === 'diff' ? ['js', patched(text)] : [fence, text];
    const before = page.slice(0, match.index + match[0].indexOf('```'));
    return {
      file,
      line: before.split('\n').length + 1,
      language,
      code,
      given: key === 'given' ? value.split(', ') : [],
      continues: key === 'continues',
      notRun: key === 'compiled' ? value : undefined,
    };
  });
}

/** What a diff leads to. */
const patched = (diff: string) => diff.replace(/^-.*\n/gm, '').replace(/^[+ ]/gm, '');

export const isScript = ({ language }: Block) =>
  ['js', 'mjs', 'javascript', 'ts', 'typescript'].includes(language);

/** One module for each block, or for a block and those that continue it. */
export function programsOf(blocks: readonly Block[]): Block[] {
  const programs: Block[] = [];
  for (const block of blocks.filter(isScript)) {
    const last = programs.at(-1);
    if (!block.continues) {
      programs.push({ ...block });
    } else if (last === undefined) {
      throw new Error(`docs: ${block.file}:${block.line} continues no block`);
    } else {
      last.code += block.code;
    }
  }
  return programs;
}
