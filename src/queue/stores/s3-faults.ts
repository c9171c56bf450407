/** What an S3 store's answers of failure mean for the user. */
import type { HttpAnswer } from './http-exchange.js';

/** The code and message of an answer of failure; empty without a body, as after HEAD. */
export interface S3Fault {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  /** The region where the bucket is, if the answer says so. */
  readonly region: string;
}

interface Meaning {
  readonly problem: string;
  readonly hint?: string;
}

export function faultOf({ status, headers, body }: HttpAnswer): S3Fault {
  const text = body.subarray(0, 1 << 16).toString();
  return {
    status,
    code: elementOf(text, 'Code'),
    message: elementOf(text, 'Message'),
    region: String(headers['x-amz-bucket-region'] ?? '') || elementOf(text, 'Region'),
  };
}

/** Faults have no nested elements of these names, and no entities that matter. */
const elementOf = (xml: string, name: string): string =>
  new RegExp(`<${name}>([^<]{0,500})</${name}>`).exec(xml)?.[1].trim() ?? '';

/** Whether the same request may succeed a little later. */
export function isTemporary({ status, code }: S3Fault): boolean {
  // 501: not implemented. 505: another version of HTTP.
  if (status >= 500) return status !== 501 && status !== 505;
  if (status === 409)
    return code === 'ConditionalRequestConflict' || code === 'OperationAborted' || code === '';
  // Without a code, as after HEAD, a 400 may be a timeout.
  if (status === 400 && code === '') return true;
  return status === 429 || status === 408 || code === 'RequestTimeout' || code === 'SlowDown';
}

const CREDENTIALS = 'Check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN.';

const MEANINGS: Readonly<Record<string, Meaning>> = {
  AccessDenied: {
    problem: 'these credentials may not do that',
    hint:
      'They need s3:GetObject, s3:PutObject and s3:DeleteObject for the objects, and s3:ListBucket for the bucket: ' +
      'without it, an object that is missing counts as forbidden.',
  },
  InvalidAccessKeyId: { problem: 'the store does not know the access key', hint: CREDENTIALS },
  SignatureDoesNotMatch: { problem: 'the secret key does not belong to the access key', hint: CREDENTIALS },
  ExpiredToken: { problem: 'the credentials have expired', hint: 'Get new ones, and start again.' },
  InvalidToken: { problem: 'the session token is not valid', hint: CREDENTIALS },
  NoSuchBucket: {
    problem: 'there is no such bucket',
    hint: 'Create it, or check its name, AWS_REGION and AWS_ENDPOINT_URL_S3.',
  },
  InvalidBucketName: { problem: 'a bucket cannot have this name' },
  EntityTooLarge: { problem: 'the object is larger than the store allows' },
  QuotaExceeded: { problem: 'the store is full: its quota is used up' },
};

/** Codes for a request that was signed for another region, or was sent to the wrong one. */
const ELSEWHERE = [
  ...['AuthorizationHeaderMalformed', 'PermanentRedirect', 'TemporaryRedirect', 'Redirect'],
  ...['IllegalLocationConstraintException', 'IncorrectEndpoint'],
];

/** Explains a fault. @param region the region that the request was signed for */
export function meaningOf(fault: S3Fault, region: string, date: string | undefined): Meaning {
  const { status, code, message } = fault;
  if (Object.hasOwn(MEANINGS, code)) return MEANINGS[code];
  if (code === 'RequestTimeTooSkewed') return skewed(date);
  if (ELSEWHERE.includes(code) || status === 301 || status === 307) {
    if (fault.region !== '' && fault.region !== region) {
      return {
        problem: `the bucket is in another region: ${fault.region}, not ${region}`,
        hint: `Set AWS_REGION=${fault.region}.`,
      };
    }
    return { problem: `the bucket is not in the region ${region}`, hint: 'Set AWS_REGION to its region.' };
  }
  const told = [code, message].filter(Boolean).join(': ');
  if (status === 403) return { problem: `the store refuses (403 ${told || 'Forbidden'})`, hint: CREDENTIALS };
  return {
    problem: `the store answers ${status}${told && ` ${told}`}`,
    ...(status === 404 ? { hint: 'Is AWS_ENDPOINT_URL_S3 the address of an S3 service?' } : {}),
  };
}

function skewed(date: string | undefined): Meaning {
  const minutes = Math.round((Date.parse(date ?? '') - Date.now()) / 60_000);
  const off = Number.isNaN(minutes)
    ? "differs too much from the store's"
    : `is ${Math.abs(minutes)} minutes ${minutes > 0 ? 'behind' : 'ahead of'} the store's`;
  return { problem: `the clock of this machine ${off}`, hint: 'Set the clock, for example with NTP.' };
}

/** What errors of a connection mean; those of `lasting` do not pass by waiting. */
const CONNECTION: Readonly<Record<string, { problem: string; lasting?: boolean }>> = {
  ECONNREFUSED: { problem: 'nothing answers at its address' },
  ECONNRESET: { problem: 'the connection broke' },
  EPIPE: { problem: 'the connection broke' },
  ETIMEDOUT: { problem: 'no answer in time' },
  ENOTFOUND: { problem: 'its host is not known' },
  EAI_AGAIN: { problem: 'the name of its host cannot be looked up' },
  EHOSTUNREACH: { problem: 'its host cannot be reached' },
  ENETUNREACH: { problem: 'the network cannot be reached' },
  EPROTO: { problem: 'it does not speak TLS; is the endpoint http:// instead of https://?', lasting: true },
};

/** Explains an error of a connection. */
export function brokenBy(error: unknown): { problem: string; temporary: boolean } {
  const { code = '' } = error as NodeJS.ErrnoException;
  if (/CERT|SSL|TLS/.test(code))
    return { problem: `its certificate cannot be trusted (${code})`, temporary: false };
  if (code.startsWith('HPE_')) return { problem: 'what answers there does not speak HTTP', temporary: false };
  const known = Object.hasOwn(CONNECTION, code) ? CONNECTION[code] : undefined;
  return { problem: known?.problem ?? `the connection failed (${code})`, temporary: !known?.lasting };
}
