import { describe, expect, it } from '@jest/globals';
import { IapError } from '../src/errors.ts';
import { networkError } from '../src/network.ts';
import { failureOf } from './world.ts';

const url = new URL('https://app.example.com/health');
const inTime = { timedOut: false, timeout: 10_000 };

const systemError = (code: string, message = `connect ${code}`) => Object.assign(new Error(message), { code });

const explain = (error: unknown, to = url, attempt = inTime) =>
  failureOf(() => {
    throw networkError(error, to, attempt);
  });

describe('networkError', () => {
  it.each([
    ['ENOTFOUND', 'dns', 'the name app.example.com has no address'],
    ['EAI_AGAIN', 'dns', 'the name app.example.com has no address'],
    ['ECONNREFUSED', 'connection-refused', 'app.example.com refuses the connection (ECONNREFUSED)'],
    ['EHOSTUNREACH', 'connection-refused', 'app.example.com refuses the connection (EHOSTUNREACH)'],
    ['ENETUNREACH', 'connection-refused', 'app.example.com refuses the connection (ENETUNREACH)'],
    ['ECONNRESET', 'connection-reset', 'the connection to app.example.com broke (ECONNRESET)'],
    ['ECONNABORTED', 'connection-reset', 'the connection to app.example.com broke (ECONNABORTED)'],
    ['EPIPE', 'connection-reset', 'the connection to app.example.com broke (EPIPE)'],
    ['HPE_INVALID_CONSTANT', 'connection-reset', 'the connection to app.example.com broke (HPE_INVALID_CONSTANT)'],
    ['ETIMEDOUT', 'timeout', 'no complete answer from app.example.com within 10s'],
    ['CERT_HAS_EXPIRED', 'tls', 'no secure connection to app.example.com (CERT_HAS_EXPIRED)'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'tls', 'no secure connection to app.example.com (DEPTH_ZERO_SELF_SIGNED_CERT)'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'tls', 'no secure connection to app.example.com (SELF_SIGNED_CERT_IN_CHAIN)'],
    [
      'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
      'tls',
      'no secure connection to app.example.com (UNABLE_TO_VERIFY_LEAF_SIGNATURE)',
    ],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'tls', 'no secure connection to app.example.com (ERR_TLS_CERT_ALTNAME_INVALID)'],
    ['EPROTO', 'tls', 'no secure connection to app.example.com (EPROTO)'],
    ...['INVALID_PURPOSE', 'UNSPECIFIED', 'PATH_LENGTH_EXCEEDED', 'HOSTNAME_MISMATCH', 'CRL_HAS_EXPIRED'].map(
      (name): [string, string, string] => [name, 'tls', `no secure connection to app.example.com (${name})`],
    ),
  ])('explains %s as %s', async (systemCode, code, message) => {
    const cause = systemError(systemCode);
    const error = await explain(cause);
    expect({ code: error.code, message: error.message }).toEqual({ code, message });
    expect(error.cause).toBe(cause);
    expect(error.hint).toContain('app.example.com');
  });

  it('calls whatever ends a request a timeout when its time was over', async () => {
    const error = await explain(systemError('ABORT_ERR'), url, { timedOut: true, timeout: 1500 });
    expect(error).toMatchObject({ code: 'timeout', facts: { host: 'app.example.com', timeout: '2s' } });
  });

  it('names the port where it is not the usual one', async () => {
    const error = await explain(systemError('ECONNREFUSED'), new URL('http://127.0.0.1:8443/'));
    expect(error.facts).toEqual({ host: '127.0.0.1:8443' });
  });

  it.each([
    ['https://app.example.com/', 'app.example.com:443'],
    ['https://app.example.com:8443/', 'app.example.com:8443'],
  ])('gives openssl the address of %s', async (to, address) => {
    const error = await explain(systemError('CERT_HAS_EXPIRED', 'certificate has expired'), new URL(to));
    expect(error.hint).toContain(
      `certificate has expired. Look at it:\nopenssl s_client -connect ${address} -servername app.example.com\n`,
    );
  });

  it('keeps a line break of OpenSSL out of the hint', async () => {
    const words = 'write EPROTO 80DB:error:0A00010B:SSL routines:wrong version number:ssl3_record.c:355:\n';
    const error = await explain(systemError('EPROTO', words));
    expect(error.hint.split('\n')).toHaveLength(3);
  });

  it.each([
    ['https://app.example.com/', 'https_proxy'],
    ['http://127.0.0.1/', 'http_proxy'],
  ])('names the variable of the proxy that refuses %s', async (to, variable) => {
    const words = 'tunneling socket could not be established, statusCode=407';
    const target = new URL(to);
    const error = await explain(systemError('ECONNRESET', words), target);
    expect(error).toMatchObject({ code: 'proxy-refused', facts: { host: target.host, variable } });
    expect(error.message).toBe(`the proxy refused to connect to ${target.host} (407)`);
  });

  it('knows a proxy that refuses without a status', async () => {
    const error = await explain(systemError('ECONNRESET', 'tunneling socket could not be established, cause=closed'));
    expect(error.message).toBe('the proxy refused to connect to app.example.com');
  });

  it('calls a fault of the system that it does not know by name a broken connection', async () => {
    const error = await explain(Object.assign(systemError('EIO', 'read EIO'), { syscall: 'read' }));
    expect(error).toMatchObject({
      code: 'connection-reset',
      message: 'the connection to app.example.com broke (EIO)',
    });
  });

  it.each([[new TypeError('x is not a function')], [systemError('EMFILE')], ['a string'], [undefined]])(
    'passes on what is not of the network: %p',
    (thrown) => {
      expect(networkError(thrown, url, inTime)).toBe(thrown);
    },
  );

  it('passes on an error that is explained already', () => {
    const error = new IapError('response-too-large', 'too large', { host: url.host, limit: '8 MiB' });
    expect(networkError(error, url, { ...inTime, timedOut: true })).toBe(error);
  });
});
