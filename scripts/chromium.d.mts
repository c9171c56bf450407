import type { Browser } from 'playwright-core';

export const CHROMIUM: string;
export const WITHOUT_GRAPHICS: readonly string[];
/** WebGL, drawn by SwiftShader where there is no GPU. */
export const WEBGL: readonly string[];

/** @param flags Default: without graphics hardware. */
export function startChromium(flags?: readonly string[]): Promise<Browser>;
