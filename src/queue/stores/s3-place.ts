/** Where an S3 store is, and with which credentials, from `s3://bucket/prefix` and the environment of the AWS tools. */
import { UsageError } from '../../util/errors.js';
import { visible } from '../../util/visible.js';
import { isKey, MAX_KEY } from './keys.js';

export interface S3Place {
  /** For messages. */
  readonly name: string;
  /** The address of the bucket, without a slash at its end. */
  readonly bucketUrl: string;
  /** Empty, or a part of all keys that ends with a slash. */
  readonly prefix: string;
  readonly region: string;
  readonly credentials: S3Credentials;
}

export interface S3Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** S3's limit for a key is 1024 bytes. */
const MAX_PREFIX = 1024 - MAX_KEY;

/** Buckets whose names can be part of a host's name. A dot would not match the certificates of S3. */
const HOST_PART = /^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/;

/**
 * Reads the place of a store.
 * @param env AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN; AWS_REGION or AWS_DEFAULT_REGION (default
 *   us-east-1); AWS_ENDPOINT_URL_S3 or AWS_ENDPOINT_URL for stores other than Amazon's, or for a proxy
 * @throws UsageError if the place or a variable cannot be used; its message contains no secret
 */
export function s3Place(where: string, env: NodeJS.ProcessEnv): S3Place {
  const rest = where.slice('s3://'.length);
  if (/[@:?#]/.test(rest.split('/')[0])) {
    // Not repeated in the message, because it may contain credentials.
    throw new UsageError(
      'the address of an S3 store has the form s3://bucket/prefix',
      'Credentials are read from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, an endpoint from AWS_ENDPOINT_URL_S3.',
    );
  }
  const [bucket, ...parts] = rest.replace(/\/$/, '').split('/');
  if (!/^[A-Za-z0-9._-]{3,63}$/.test(bucket) || /^\.+$/.test(bucket)) {
    throw new UsageError(`"${visible(where)}" names no bucket`, 'Use s3://bucket/prefix.');
  }
  const prefix = parts.length === 0 ? '' : `${parts.join('/')}/`;
  if (prefix !== '' && !(isKey(prefix.slice(0, -1)) && prefix.length <= MAX_PREFIX)) {
    throw new UsageError(
      `"${visible(where)}" cannot be a store: the parts of its prefix need letters, digits and ._-+@=`,
    );
  }
  const endpoint = endpointOf(env);
  const region = env.AWS_REGION || env.AWS_DEFAULT_REGION || 'us-east-1';
  if (!/^[a-z0-9-]{1,40}$/i.test(region))
    throw new UsageError(`AWS_REGION is no region: "${visible(region)}"`);
  return {
    name: `s3://${bucket}/${prefix}`.replace(/\/$/, '') + (endpoint ? ` at ${endpoint.host}` : ''),
    bucketUrl: endpoint
      ? `${endpoint.origin}${endpoint.pathname.replace(/\/+$/, '')}/${bucket}`
      : amazonUrl(bucket, region),
    prefix,
    region,
    credentials: credentialsOf(env),
  };
}

function amazonUrl(bucket: string, region: string): string {
  const host = `s3.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`;
  return HOST_PART.test(bucket) ? `https://${bucket}.${host}` : `https://${host}/${bucket}`;
}

function endpointOf(env: NodeJS.ProcessEnv): URL | undefined {
  const name = env.AWS_ENDPOINT_URL_S3 ? 'AWS_ENDPOINT_URL_S3' : 'AWS_ENDPOINT_URL';
  const text = env[name];
  if (!text) return undefined;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const plain = url && ['http:', 'https:'].includes(url.protocol) && !url.search && !url.hash;
  if (plain && !url.username && !url.password) return url;
  throw new UsageError(
    `${name} is not the address of an S3 service`,
    'It has the form https://host or https://host:port, without a user, a password or a query.',
  );
}

function credentialsOf(env: NodeJS.ProcessEnv): S3Credentials {
  const missing = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'].filter((name) => !env[name]);
  if (missing.length > 0) {
    throw new UsageError(
      `an S3 store needs credentials: ${missing.join(' and ')} ${missing.length === 1 ? 'is' : 'are'} not set`,
      'Only these variables are read, not the files of the AWS tools. For a role or a profile, set what ' +
        '"aws configure export-credentials --format env" prints.',
    );
  }
  const [accessKeyId, secretAccessKey] = [env.AWS_ACCESS_KEY_ID ?? '', env.AWS_SECRET_ACCESS_KEY ?? ''];
  const sessionToken = env.AWS_SESSION_TOKEN || undefined;
  for (const [name, value] of Object.entries({ accessKeyId, secretAccessKey, sessionToken })) {
    // They would be refused as headers, with an error that repeats them.
    if (value !== undefined && !/^[\x21-\x7e]+$/.test(value)) {
      throw new UsageError(
        `the S3 credentials contain a space or a special character (${name})`,
        'Check for a line end that was copied with them.',
      );
    }
  }
  return { accessKeyId, secretAccessKey, sessionToken };
}
