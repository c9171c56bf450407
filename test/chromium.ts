/** Debian's Chromium, driven by playwright-core. Where it is missing, tests that need it are skipped with a message. */

import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const CHROMIUM = process.env.LEXEL_CHROMIUM ?? '/usr/bin/chromium';

/** For `describe.skipIf`. */
export const noChromium = !existsSync(CHROMIUM);
if (noChromium)
  console.warn(
    `skipped: tests in a browser (${CHROMIUM} is missing; install chromium, or set LEXEL_CHROMIUM)`,
  );

/** Chromium asks nobody but the tests' own servers. */
const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
export const WITHOUT_GRAPHICS = ['--disable-gpu'];
/** WebGL, drawn by SwiftShader where there is no GPU. */
export const WEBGL = ['--use-gl=angle', '--use-angle=swiftshader', '--enable-unsafe-swiftshader'];

/** @param flags Default: without graphics hardware. */
export const startChromium = (flags: readonly string[] = WITHOUT_GRAPHICS): Promise<Browser> =>
  chromium.launch({ executablePath: CHROMIUM, args: [...FLAGS, ...flags] });
