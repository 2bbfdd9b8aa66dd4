import type { Fault } from '../../src/emulator/index.ts';
import { shapes, types } from './answers.ts';
import type { Failing } from './failing.ts';
import type { Target } from './targets.ts';
import { tokens } from './tokens.ts';

const always = (fault: Fault) => () => fault;

const silences: readonly Failing[] = [
  { name: 'connection refused', kind: 'silence', code: 'connection-refused', barrier: 'shut', appliesTo: hasDoor },
  { name: 'TLS failure', kind: 'silence', code: 'tls', barrier: 'tls', appliesTo: speaksTls },
  {
    name: 'reset before the headers',
    kind: 'silence',
    code: 'connection-reset',
    make: always({ reset: 'before-headers' }),
  },
  {
    name: 'reset after the headers',
    kind: 'silence',
    code: 'connection-reset',
    make: always({ reset: 'after-headers' }),
  },
  { name: 'body cut', kind: 'silence', code: 'connection-reset', make: always({ truncate: true }) },
  { name: 'no headers', kind: 'silence', code: 'timeout', isSlow: true, make: always({ hang: 'before-headers' }) },
  { name: 'half a body', kind: 'silence', code: 'timeout', isSlow: true, make: always({ hang: 'in-body' }) },
  { name: 'a byte a second', kind: 'silence', code: 'timeout', isSlow: true, make: always({ drip: 1000 }) },
];

/** Where something else is to be answered first, and behind a load balancer, the connection itself is another's. */
function hasDoor({ service, skips }: Target): boolean {
  return skips === undefined && service !== 'iap' && service !== 'app';
}

function speaksTls(target: Target): boolean {
  return hasDoor(target) && target.service !== 'metadata';
}

function busy(status: number, more: Partial<Failing> = {}, headers: Fault['headers'] = {}): Failing {
  return {
    name: String(status),
    kind: 'busy',
    status,
    make: (target) => ({ status, headers: { ...target.headers, ...headers } }),
    ...more,
  };
}

const hour = 3600;

const busies: readonly Failing[] = [
  busy(429, { name: '429, Retry-After: 7', wait: 7000 }, { 'retry-after': '7' }),
  {
    ...busy(429),
    name: '429, Retry-After: a date',
    // A date has no milliseconds.
    wait: 19_000,
    make: ({ headers }, { now }) => ({
      status: 429,
      headers: { ...headers, 'retry-after': new Date(now() + 20_000).toUTCString() },
    }),
  },
  busy(429, { name: '429, Retry-After: an hour', wait: hour * 1000 }, { 'retry-after': String(hour) }),
  ...[500, 502, 503, 504].map((status) => busy(status)),
];

const odd = JSON.stringify({ error: { message: 5, status: [], details: 'none' }, error_description: { a: 1 } });

const refusals: readonly Failing[] = [
  ...[400, 401, 403, 404].map((status): Failing => ({ ...busy(status), kind: 'refusal' })),
  {
    name: '400, JSON of wrong types',
    kind: 'refusal',
    make: ({ headers = {} }) => ({ status: 400, headers, body: odd }),
  },
];

/** A service may repeat what it was sent, or what it was not. */
const echo: Failing = {
  name: '400, with secrets in its words',
  kind: 'refusal',
  make: async ({ headers = {} }, { emulator, key, user }) => {
    const words = [await emulator.mintIdToken({ email: key.client_email }), user.refresh_token, key.private_key];
    const error = { message: words.join(' '), status: words[0] };
    return { status: 400, headers, body: JSON.stringify({ error, error_description: words.join(' ') }) };
  },
};

/** Whoever answers at the metadata server's address is Google's only if it says so. */
const impostor: Failing = {
  name: "200, without Google's header",
  kind: 'refusal',
  appliesTo: ({ service }) => service === 'metadata',
  make: always({ status: 200, body: 'ci@demo-project.iam.gserviceaccount.com' }),
};

const redirects: readonly Failing[] = [302, 307, 308].map((status) => ({
  name: `${status} elsewhere`,
  kind: 'redirect',
  make: ({ headers }, { elsewhere }) => ({ status, headers: { ...headers, location: elsewhere.url } }),
}));

/** Every way in which a request can fail: the columns of the matrix. */
export const faults: readonly Failing[] = [
  ...silences,
  ...busies,
  ...refusals,
  echo,
  impostor,
  ...redirects,
  ...shapes,
  ...types,
  ...tokens,
];
