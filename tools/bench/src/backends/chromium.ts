import { existsSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { version_core } from '@tensorflow/tfjs-core';
import { build } from 'esbuild';
import { type Browser, chromium } from 'playwright-core';
import type { Measured, Plan } from '../run.js';
import { processor } from './node.js';
import type * as page from './page.js';

/** Where it is, if it is installed. */
export const CHROMIUM: string | undefined =
  process.env.CHROMIUM ??
  ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);

/** On the GPU; where there is none, on SwiftShader, which is software. */
const FLAGS = [
  '--enable-unsafe-webgpu',
  '--enable-features=Vulkan,WebGPU',
  '--enable-unsafe-swiftshader',
  '--ignore-gpu-blocklist',
  '--js-flags=--expose-gc',
];

/** On webgl or webgpu, in a page of a browser of its own. */
export async function* inChromium(backend: string, plan: Plan): AsyncGenerator<Measured> {
  const server = await serve(await bundle());
  const browser = await chromium.launch({ executablePath: CHROMIUM ?? '', args: FLAGS });
  try {
    const { port } = server.address() as AddressInfo;
    yield* inPage(browser, `http://localhost:${port}/`, backend, plan);
  } finally {
    await browser.close();
    server.close();
  }
}

async function* inPage(browser: Browser, url: string, backend: string, plan: Plan) {
  const tab = await browser.newPage();
  tab.on('pageerror', (error) => console.error(error));
  await tab.goto(url);
  const loaded = await tab.evaluateHandle<typeof page>(`import('/page.js')`);
  const rows = await loaded.evaluateHandle(({ start }, [b, p]) => start(b, p), [
    backend,
    plan,
  ] as const);
  const device = await loaded.evaluate(({ device }) => device());
  const machine = [
    `Chromium ${browser.version()}`,
    /swiftshader/i.test(device) ? `SwiftShader, no GPU, on ${processor()}` : device,
    `tfjs ${version_core}`,
  ].join(', ');
  for (;;) {
    const { value, done } = await rows.evaluate((generator) => generator.next());
    if (done) {
      return;
    }
    yield { ...value, machine };
  }
}

async function bundle(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('./page.js', import.meta.url))],
    bundle: true,
    format: 'esm',
    write: false,
    logLevel: 'error',
  });
  return outputFiles.map(({ text }) => text).join('');
}

/** From localhost, as WebGPU asks for; isolated from other origins, for the fine clock. */
async function serve(script: string): Promise<Server> {
  const server = createServer(({ url }, response) => {
    response.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
    response.setHeader('Cross-Origin-Embedder-Policy', 'require-corp');
    const isScript = url === '/page.js';
    response.setHeader('Content-Type', isScript ? 'text/javascript' : 'text/html');
    response.end(isScript ? script : '<!doctype html><title>bench</title>');
  });
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  return server;
}
