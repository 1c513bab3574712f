import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';
import { createMarkdownRenderer } from 'vitepress';
import { writeFigures } from '../figures/write.js';
import { source } from './source.js';

// paper/paper.md as paper/paper.pdf: Markdown and mathematics to HTML, by what renders the site; HTML to pages, by Chromium.

const folder = new URL('../../paper/', import.meta.url);
const read = (name: string) => readFileSync(new URL(name, folder), 'utf8');

const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
if (!existsSync(executablePath)) {
  throw new Error(
    `No browser at ${executablePath}: install Debian's chromium, or say where one is in CHROMIUM.`,
  );
}

const { text, hasResults } = source(read('paper.md'));
if (!hasResults) {
  console.warn('docs: there are no results of the experiments; the paper says so');
}

const work = mkdtempSync(join(tmpdir(), 'paper-'));
try {
  writeFigures(pathToFileURL(`${work}/`));
  const markdown = await createMarkdownRenderer(fileURLToPath(folder), { math: true });
  // A figure's caption is the text of its image; vitepress has it as plain text, so it is rendered by itself.
  const figures = text.replace(
    /^!\[(.*)\]\((?:figure:)?(.*)\)$/gm,
    (_, caption: string, name: string) => {
      const file = name.includes('/') ? pathToFileURL(name).href : `${name}.svg`;
      return `<figure><img src="${file}"><figcaption>${markdown.renderInline(caption)}</figcaption></figure>\n`;
    },
  );
  const body = markdown.render(figures);
  const html = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Optimizer tricks as terms of the loss</title><style>${read('paper.css')}</style></head><body>${body}</body></html>`;
  const page = join(work, 'paper.html');
  writeFileSync(page, html);

  const browser = await chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--disable-gpu'],
  });
  const tab = await browser.newPage();
  await tab.goto(pathToFileURL(page).href);
  const path = fileURLToPath(new URL('paper.pdf', folder));
  await tab.pdf({
    path,
    preferCSSPageSize: true,
    displayHeaderFooter: true,
    headerTemplate: '<span></span>',
    footerTemplate:
      '<div style="width:100%;text-align:center;font:8pt serif"><span class="pageNumber"></span></div>',
  });
  await browser.close();
  console.log(path);
} finally {
  rmSync(work, { recursive: true });
}
