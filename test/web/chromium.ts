/** Where Chromium is, and the flags that tests start it with. */
import { existsSync } from 'node:fs';

export const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
/** Whether there is a browser; tests are skipped without one. */
export const hasChromium = existsSync(CHROMIUM);

/** With WebGL, drawn by SwiftShader where there is no GPU. */
export const WEBGL_FLAGS = [
  '--headless',
  '--no-sandbox',
  ...['--use-gl=angle', '--use-angle=swiftshader', '--enable-unsafe-swiftshader'],
  ...['--disable-quic', '--no-first-run', '--disable-sync'],
  ...['--disable-background-networking', '--disable-component-update'],
];
