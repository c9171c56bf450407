import { describe, expect, it } from 'vitest';
import { readAuthorization, sha256, signatureOf } from './s3-signature.js';

/** The examples of Amazon's documentation, "Signature Calculations for the Authorization Header". */
describe('the signature of the example of S3', () => {
  const common = {
    host: 'examplebucket.s3.amazonaws.com',
    'x-amz-date': '20130524T000000Z',
    'x-amz-content-sha256': sha256(''),
  };
  const put = {
    ...common,
    date: 'Fri, 24 May 2013 00:00:00 GMT',
    'x-amz-storage-class': 'REDUCED_REDUNDANCY',
    'x-amz-content-sha256': sha256('Welcome to Amazon S3.'),
  };
  it.each([
    [
      'GET',
      '/test.txt',
      { ...common, range: 'bytes=0-9' },
      'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
    ],
    ['PUT', '/test$file.text', put, '98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd'],
    ['GET', '/?lifecycle', common, 'fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543'],
    [
      'GET',
      '/?max-keys=2&prefix=J',
      common,
      '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7',
    ],
  ])('%s %s', (method, target, headers, signature) => {
    const signedHeaders = Object.keys(headers).sort();
    const scope = { day: '20130524', region: 'us-east-1', service: 's3', signedHeaders };
    const secret = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';
    expect(signatureOf({ method, target, headers }, scope, secret)).toBe(signature);
    const header = `AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, SignedHeaders=${signedHeaders.join(';')}, Signature=${signature}`;
    expect(readAuthorization(header)).toEqual({ accessKeyId: 'AKIAIOSFODNN7EXAMPLE', ...scope, signature });
  });
});
