/**
 * AWS Signature Version 4 of a request, as the service computes it: from the request that arrived, without the library
 * with which clients sign.
 */
import { createHash, createHmac } from 'node:crypto';

export interface ReceivedRequest {
  readonly method: string;
  /** Path and query as they arrived. */
  readonly target: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
}

export interface Authorization {
  readonly accessKeyId: string;
  /** YYYYMMDD. */
  readonly day: string;
  readonly region: string;
  readonly service: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
}

export const sha256 = (content: Uint8Array | string) => createHash('sha256').update(content).digest('hex');

/** Reads an Authorization header; undefined if it has another form. */
export function readAuthorization(header: string): Authorization | undefined {
  const [, accessKeyId, day, region, service, signed, signature] =
    /^AWS4-HMAC-SHA256 Credential=([^/,]+)\/(\d{8})\/([^/,]+)\/([^/,]+)\/aws4_request, ?SignedHeaders=([a-z0-9;-]+), ?Signature=([0-9a-f]{64})$/.exec(
      header,
    ) ?? [];
  if (signature === undefined) return undefined;
  return { accessKeyId, day, region, service, signedHeaders: signed.split(';'), signature };
}

/** The signature that the request needs. Dates and payload hash are those of its headers. */
export function signatureOf(
  request: ReceivedRequest,
  { day, region, service, signedHeaders }: Omit<Authorization, 'signature' | 'accessKeyId'>,
  secret: string,
): string {
  const scope = `${day}/${region}/${service}/aws4_request`;
  const toSign = [
    'AWS4-HMAC-SHA256',
    request.headers['x-amz-date'],
    scope,
    sha256(canonicalRequest(request, signedHeaders)),
  ].join('\n');
  let key: Buffer | string = `AWS4${secret}`;
  for (const part of [day, region, service, 'aws4_request']) key = hmac(key, part);
  return hmac(key, toSign).toString('hex');
}

const hmac = (key: Buffer | string, text: string) => createHmac('sha256', key).update(text).digest();

function canonicalRequest({ method, target, headers }: ReceivedRequest, signedHeaders: readonly string[]) {
  const [path, query = ''] = target.split('?');
  return [
    method,
    path
      .split('/')
      .map((part) => encode(decodeURIComponent(part)))
      .join('/'),
    readQuery(query)
      .map(([name, value]) => `${encode(name)}=${encode(value)}`)
      .sort((a, b) => (a < b ? -1 : 1))
      .join('&'),
    ...signedHeaders.map((name) => `${name}:${(headers[name] ?? '').trim().replace(/ +/g, ' ')}`),
    '',
    signedHeaders.join(';'),
    headers['x-amz-content-sha256'],
  ].join('\n');
}

export function readQuery(query: string): [name: string, value: string][] {
  if (query === '') return [];
  return query.split('&').map((pair) => {
    const [name, value = ''] = pair.split('=').map((part) => decodeURIComponent(part.replaceAll('+', ' ')));
    return [name, value];
  });
}

/** All bytes but the unreserved characters of RFC 3986 are written as %XX. */
const encode = (text: string) =>
  Array.from(Buffer.from(text), (byte) => {
    const character = String.fromCharCode(byte);
    return /[A-Za-z0-9._~-]/.test(character)
      ? character
      : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }).join('');
