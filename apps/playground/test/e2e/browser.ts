import { existsSync } from 'node:fs';
import { type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { type PreviewServer, preview } from 'vite';

const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';

const quiet = [
  '--no-sandbox',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
];

/** Draws the page itself without a detour over graphics in software, which is slow. */
export const plainly = ['--disable-gpu'];

/** WebGL and WebGPU in software, for machines without a graphics card. */
export const graphics = [
  '--use-angle=swiftshader',
  '--enable-unsafe-swiftshader',
  '--ignore-gpu-blocklist',
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
  '--enable-features=Vulkan,WebGPU',
];

export interface Visitor {
  readonly page: Page;
  /** Errors that the page has thrown or logged. */
  readonly errors: readonly string[];
}

export interface Site {
  readonly url: string;
  /** A window of its own, with nothing remembered. */
  visit(hash: string, options?: BrowserContextOptions): Promise<Visitor>;
  close(): Promise<void>;
}

/** The built playground, served, and a browser to see it with. */
export const openSite = (flags: readonly string[] = plainly): Promise<Site> =>
  openFolder(new URL('../..', import.meta.url).pathname, flags);

/** A folder that Vite has built, served, and a browser. */
export async function openFolder(root: string, flags: readonly string[]): Promise<Site> {
  if (!existsSync(executablePath)) {
    throw new Error(
      `No browser at ${executablePath}: install Debian's chromium, or say where one is in CHROMIUM.`,
    );
  }
  const server: PreviewServer = await preview({
    root,
    preview: { port: 0 },
    logLevel: 'warn',
  });
  const url = server.resolvedUrls?.local[0] as string;
  const browser = await chromium.launch({ executablePath, args: [...quiet, ...flags] });
  return {
    url,
    visit: async (hash, options = {}) => {
      const context = await browser.newContext({
        viewport: { width: 1360, height: 900 },
        ...options,
      });
      const page = await context.newPage();
      page.setDefaultTimeout(300_000);
      const errors: string[] = [];
      page.on('pageerror', ({ message }) => errors.push(message));
      page.on('console', (message) => {
        if (message.type() === 'error') {
          errors.push(message.text());
        }
      });
      await page.goto(`${url}#${hash}`);
      return { page, errors };
    },
    close: async () => {
      await browser.close();
      await server.close();
    },
  };
}
