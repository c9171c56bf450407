// Chromium for tests and benchmarks: which one, and how it is started. Its types are in chromium.d.mts.
import { chromium } from 'playwright-core';

/** Debian's, or the one that LEXEL_CHROMIUM names. */
export const CHROMIUM = process.env.LEXEL_CHROMIUM ?? '/usr/bin/chromium';

/** It asks nobody but the servers of tests and benchmarks. */
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
export const WEBGL = ['--use-gl=angle', '--use-angle=swiftshader', '--enable-unsafe-swiftshader'];

export const startChromium = (flags = WITHOUT_GRAPHICS) =>
  chromium.launch({ executablePath: CHROMIUM, args: [...FLAGS, ...flags] });
