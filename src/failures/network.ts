import { failure } from './failure.ts';

/** No answer at all, or none that can be used. */
export const networkFailures = {
  dns: failure(
    'wait',
    'the host name has no address',
    (f: { host: string }) =>
      `Check the spelling of ${f.host}, and that this runner's DNS knows it:\nnslookup ${f.host}`,
  ),
  'connection-refused': failure(
    'wait',
    'nothing listens at the address',
    (f: { host: string }) => `Is the service at ${f.host} started, and is the port right? A firewall can refuse too.`,
  ),
  'connection-reset': failure(
    'wait',
    'the connection broke before the answer was complete',
    (f: { host: string }) => `${f.host}, or a proxy or firewall on the way, closed the connection.`,
  ),
  tls: failure(
    'wait',
    'no secure connection: the certificate is wrong, unknown or expired',
    (f: { host: string; problem: string }) =>
      `${f.problem}. Look at it:\nopenssl s_client -connect ${f.host} -servername ${f.host.replace(/:\d+$/, '')}\n` +
      'If your proxy inspects TLS traffic, give Node its certificate: NODE_EXTRA_CA_CERTS=/path/ca.pem',
  ),
  timeout: failure(
    'wait',
    'no complete answer within `timeout`',
    (f: { host: string; timeout: string; fix?: string }) =>
      f.fix ??
      `${f.host} took longer than ${f.timeout}. Raise the input timeout if that is normal; a first start of a container may be slow.`,
    { host: 'HOST', timeout: 'TIMEOUT' },
  ),
  'proxy-refused': failure(
    'no',
    'the proxy refused to connect',
    (f: { host: string; variable: string }) =>
      `The proxy is set by the variable ${f.variable}. Let the proxy connect to ${f.host}, or list that host in no_proxy to bypass the proxy.`,
  ),
  'response-too-large': failure(
    'no',
    'the answer is too large to be read',
    (f: { host: string; limit: string }) =>
      `At most ${f.limit} of an answer is read. Point url at a smaller page on ${f.host}, such as a health check.`,
  ),
  internal: failure(
    'no',
    'a bug in iap-auth itself',
    (f: { version: string }) =>
      `This is a bug in iap-auth ${f.version}. Please report it, with the log: https://github.com/iap-auth/iap-auth/issues/new`,
  ),
};
