import { isNativeError } from 'node:util/types';
import ms from 'ms';
import { IapError } from './errors.ts';
import { excerpt } from './text.ts';

interface Attempt {
  readonly timedOut: boolean;
  /** Milliseconds. */
  readonly timeout: number;
}

const refused = /^(ECONNREFUSED|EHOSTUNREACH|EHOSTDOWN|ENETUNREACH|ENETDOWN|EADDRNOTAVAIL|EACCES|EPERM)$/;
// The names of a certificate's faults: https://nodejs.org/api/tls.html#x509-certificate-error-codes
const tls =
  /^(CERT_|CRL_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|ERROR_IN_C|INVALID_(CA|PURPOSE)|PATH_LENGTH_|HOSTNAME_MISMATCH|OUT_OF_MEM|UNSPECIFIED|ERR_(TLS|SSL|OSSL)_|EPROTO)/;
const broken = /^(ECONNRESET|ECONNABORTED|EPIPE|HPE_.*)$/;

// The proxy agent has no code of its own for a refusal: it says so in words, under ECONNRESET.
const proxyWords = /tunneling socket|response body from proxy/;

/** What kept an answer from coming, as one of the network's codes. What is none of them is passed on as it is. */
export function networkError(error: unknown, url: URL, { timedOut, timeout }: Attempt): unknown {
  if (error instanceof IapError || !isNativeError(error)) return error;
  const { host } = url;
  const cause = { cause: error };
  if (proxyWords.test(error.message)) return proxyError(error, url);
  const code = 'code' in error ? String(error.code) : '';
  if (timedOut || code === 'ETIMEDOUT') {
    return new IapError(
      'timeout',
      `no complete answer from ${host} within ${ms(timeout)}`,
      { host, timeout: ms(timeout) },
      cause,
    );
  }
  if (/^(ENOTFOUND|EAI_)/.test(code))
    return new IapError('dns', `the name ${url.hostname} has no address`, { host: url.hostname }, cause);
  if (refused.test(code))
    return new IapError('connection-refused', `${host} refuses the connection (${code})`, { host }, cause);
  if (tls.test(code)) {
    return new IapError(
      'tls',
      `no secure connection to ${host} (${code})`,
      { host: addressOf(url), problem: excerpt(error.message) },
      cause,
    );
  }
  if (broken.test(code) || 'syscall' in error)
    return new IapError('connection-reset', `the connection to ${host} broke (${code})`, { host }, cause);
  return error;
}

function proxyError(error: Error, { host, protocol }: URL): IapError {
  const status = /statusCode=(\d+)/.exec(error.message)?.[1];
  const variable = protocol === 'https:' ? 'https_proxy' : 'http_proxy';
  const message = `the proxy refused to connect to ${host}${status ? ` (${status})` : ''}`;
  return new IapError('proxy-refused', message, { host, variable }, { cause: error });
}

function addressOf(url: URL): string {
  return `${url.hostname}:${url.port || '443'}`;
}
