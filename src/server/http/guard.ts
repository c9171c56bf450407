/**
 * Who may ask. A page of another site can make a browser send requests to this machine, and can give its own name this
 * machine's address (DNS rebinding). So Host and Origin must be the studio's own, and where other machines can reach it,
 * an access token is needed too.
 */

import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { isIP } from 'node:net';
import { hostname } from 'node:os';
import type { MiddlewareHandler } from 'hono';
import { getCookie, setCookie } from 'hono/cookie';
import { HttpFault } from './faults.js';

export interface GuardOptions {
  /** The address that the studio listens on. */
  readonly host: string;
  /** Undefined if only this machine can reach the studio. */
  readonly token?: string;
}

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|::1)$/;

/** Whether only programs on this machine can reach an address. */
export const isLoopback = (host: string): boolean => LOOPBACK.test(host);

/** 256 random bits. */
export const newToken = (): string => randomBytes(32).toString('base64url');

/** Name of the query parameter in the printed address. */
export const TOKEN_PARAMETER = 'token';

/** Refuses requests from elsewhere. */
export function guard({ host, token }: GuardOptions): MiddlewareHandler {
  return async (c, next) => {
    const named = c.req.header('host') ?? '';
    if (!mayBeNamed(hostOf(named), host)) {
      throw new HttpFault(
        403,
        `this studio does not answer to the name "${named.slice(0, 100)}"`,
        OWN_ADDRESS,
      );
    }
    const origin = c.req.header('origin');
    const site = c.req.header('sec-fetch-site');
    const navigates = c.req.header('sec-fetch-mode') === 'navigate' && isRead(c.req.method);
    if (
      (origin !== undefined && origin !== `http://${named}`) ||
      (!navigates && (site === 'cross-site' || site === 'same-site'))
    ) {
      throw new HttpFault(403, 'this studio does not answer pages of other sites', OWN_ADDRESS);
    }
    if (token === undefined) return next();
    const cookie = `lexel-studio-${portOf(named)}`;
    const given = c.req.query(TOKEN_PARAMETER);
    if (given !== undefined && isRead(c.req.method) && equal(given, token)) {
      setCookie(c, cookie, token, { httpOnly: true, sameSite: 'Strict', path: '/' });
      const url = new URL(c.req.url);
      url.searchParams.delete(TOKEN_PARAMETER);
      return c.redirect(url.pathname + url.search, 303);
    }
    if (equal(getCookie(c, cookie) ?? '', token)) return next();
    throw new HttpFault(
      401,
      'this studio needs its access token',
      'Open the address that `lexel studio` has printed, with its token.',
    );
  };
}

const OWN_ADDRESS = 'Open the address that `lexel studio` has printed.';

const isRead = (method: string) => method === 'GET' || method === 'HEAD';

/** The name in a Host header, without its port and brackets. */
const hostOf = (header: string) =>
  header
    .replace(/:\d+$/, '')
    .replace(/^\[(.*)\]$/, '$1')
    .toLowerCase();

const portOf = (header: string) => /:(\d+)$/.exec(header)?.[1] ?? '80';

/** A rebound name is never an address, so addresses are safe where a token is needed as well. */
function mayBeNamed(name: string, host: string): boolean {
  if (isLoopback(name)) return true;
  if (isLoopback(host)) return false;
  return isIP(name) !== 0 || [host, hostname()].some((own) => own.toLowerCase() === name);
}

/** In a time that does not tell how much of a wrong token is right. */
function equal(given: string, token: string): boolean {
  const hash = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(hash(given), hash(token));
}
