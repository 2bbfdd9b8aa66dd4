import { beforeEach, describe, expect, it } from '@jest/globals';
import { decodeJwt } from 'jose';
import { type Fault, startEmulator } from '../../src/emulator/index.ts';
import { fetchAccessToken, fetchEmail, fetchIdentity, metadataOrigin } from '../../src/google/metadata.ts';
import { openEmulator } from '../emulated.ts';
import { failureOf, openTestWorld, shownOf } from '../world.ts';

const email = 'vm@project.iam.gserviceaccount.com';
const google = { 'metadata-flavor': 'Google' };

const emulator = await openEmulator();

beforeEach(() => emulator.attach(email));

const open = () => openTestWorld(emulator);

async function refusalOf(work: (world: ReturnType<typeof open>) => Promise<unknown>) {
  const world = open();
  const error = await failureOf(() => work(world));
  const shown = shownOf(error);
  expect([...emulator.ledger.secrets].filter((secret) => shown.includes(secret))).toEqual([]);
  return { error, ...world };
}

const path = '/computeMetadata/v1/instance/service-accounts/default';

describe('metadataOrigin', () => {
  it.each([
    [{}, 'http://169.254.169.254'],
    [{ GCE_METADATA_HOST: 'metadata.example' }, 'http://metadata.example'],
    [{ GCE_METADATA_HOST: '127.0.0.1:8080' }, 'http://127.0.0.1:8080'],
    [{ GCE_METADATA_IP: '10.0.0.1', GCE_METADATA_HOST: 'metadata.example' }, 'http://10.0.0.1'],
    [{ GCE_METADATA_IP: '', GCE_METADATA_HOST: '' }, 'http://169.254.169.254'],
  ])('of %p is %s', (env, origin) => {
    expect(metadataOrigin(env)).toBe(origin);
  });

  it.each(['a b', 'http://metadata.example', '::1', 'x:99999', '%'])(
    'of %j is no address: that has a code',
    async (host) => {
      const { error } = await refusalOf((world) => fetchEmail(metadataOrigin({ GCE_METADATA_HOST: host }), world));
      expect(error.code).toMatch(/^(metadata-unavailable|dns)$/);
    },
  );
});

describe('fetchEmail', () => {
  it('asks Google’s way', async () => {
    expect(await fetchEmail(emulator.url, open())).toBe(email);
    expect(emulator.ledger.lines()).toEqual([`GET metadata ${path}/email → 200`]);
    expect(emulator.ledger.requests[0]?.headers).toMatchObject(google);
  });

  it('takes what is around it away', async () => {
    emulator.fail('metadata', { status: 200, headers: google, body: `${email}\n` });
    expect(await fetchEmail(emulator.url, open())).toBe(email);
  });

  it.each(['$(id)@b.com', 'ci@b.com; id', 'a\nb@c.com', 'default', ''])(
    'does not take %j for an email',
    async (body) => {
      emulator.fail('metadata', { status: 200, headers: google, body });
      const { error } = await refusalOf((world) => fetchEmail(emulator.url, world));
      expect(error.code).toBe('metadata-unavailable');
    },
  );

  it('waits for a server that is Google’s, and busy', async () => {
    emulator.fail('metadata', { status: 503, headers: google, times: 2 });
    const world = open();
    expect(await fetchEmail(emulator.url, world)).toBe(email);
    expect(world.clock.slept).toHaveLength(2);
    emulator.fail('metadata', { status: 429, headers: google });
    expect((await refusalOf((other) => fetchEmail(emulator.url, other))).error.code).toBe('metadata-unavailable');
    expect(emulator.ledger.requests).toHaveLength(7);
  });

  it('does not ask twice where nobody answers', async () => {
    emulator.fail('metadata', { reset: 'before-headers' });
    const { error } = await refusalOf((world) => fetchEmail(emulator.url, world));
    expect(error).toMatchObject({ code: 'connection-reset', tries: 1 });
  });

  it('asks once only, and waits for three seconds at most', async () => {
    emulator.fail('metadata', { status: 503 });
    expect((await refusalOf((world) => fetchEmail(emulator.url, world))).error.code).toBe('metadata-unavailable');
    expect(emulator.ledger.requests).toHaveLength(1);
    emulator.clearFaults();
    emulator.fail('metadata', { hang: 'before-headers' });
    const { error } = await refusalOf((world) => fetchEmail(emulator.url, world));
    expect(error).toMatchObject({ code: 'timeout', facts: { timeout: '3s' }, tries: 1 });
  });
});

describe('fetchIdentity', () => {
  it('gives a token with the email, for the audience as it is', async () => {
    const world = open();
    const jwt = await fetchIdentity(emulator.url, 'https://app.example.com/a?b=c&format=standard#d', world);
    expect(decodeJwt(jwt)).toMatchObject({ aud: 'https://app.example.com/a?b=c&format=standard#d', email });
    expect(world.masks).toEqual([jwt, jwt.split('.')[2]]);
  });

  it('is asked for again while the server is not well', async () => {
    emulator.fail('metadata', { status: 503, headers: google, times: 2 });
    expect(decodeJwt(await fetchIdentity(emulator.url, 'x', open()))).toMatchObject({ email });
    expect(emulator.ledger.requests).toHaveLength(3);
  });
});

describe('fetchAccessToken', () => {
  it('gives the token, and masks it', async () => {
    const world = open();
    const token = await fetchAccessToken(emulator.url, world);
    expect(token).toMatch(/^ya29\.c\./);
    expect(world.masks).toEqual([token]);
  });

  it.each(['{}', '{"access_token": 7}', '[]', 'ya29.hunter2', ''])(
    'finds none in %j, and does not show it',
    async (body) => {
      emulator.fail('metadata', { status: 200, headers: google, body });
      const { error } = await refusalOf((world) => fetchAccessToken(emulator.url, world));
      expect(error.code).toBe('metadata-unavailable');
      expect(error.message).toContain('no access token in its answer');
      expect(shownOf(error)).not.toContain('hunter2');
    },
  );
});

describe('what is of no use', () => {
  const words = (why: string) => `cannot use the metadata server at ${emulator.host}: ${why}`;

  it.each<[string, Fault, string]>([
    ['a captive portal', { status: 200, body: '<html>Sign in</html>' }, "the answer does not carry Google's header"],
    [
      'another cloud’s server',
      { status: 200, headers: { 'metadata-flavor': 'Azure' }, body: email },
      "the answer does not carry Google's header",
    ],
    ['a proxy', { status: 403, body: 'Forbidden' }, "the answer does not carry Google's header"],
    ['a machine without an account', { status: 404, headers: google, body: 'Not Found' }, 'status 404, "Not Found"'],
    ['a page', { status: 400, headers: google, body: '<b>a\n::error::b</b>' }, 'status 400, "a ::error::b"'],
  ])('%s', async (_, fault, why) => {
    emulator.fail('metadata', fault);
    for (const fetch of [fetchEmail, fetchAccessToken]) {
      const { error } = await refusalOf((world) => fetch(emulator.url, world));
      expect(error).toMatchObject({ code: 'metadata-unavailable', retry: 'no', facts: { host: emulator.host } });
      expect(error.message).toBe(words(why));
      expect(error.hint).toContain(`${emulator.host} did not answer as Google's metadata server does.`);
    }
  });

  it('a token in an answer that is no answer, which is not shown', async () => {
    const jwt = await emulator.mintIdToken({ email });
    emulator.fail('metadata', { status: 400, headers: google, body: `no: ${jwt}` });
    const { error } = await refusalOf((world) => fetchIdentity(emulator.url, 'x', world));
    expect(error.message).toBe(words('status 400, "no: [token]"'));
  });

  it('an address where nothing listens', async () => {
    const gone = await startEmulator();
    await gone.close();
    const { error } = await refusalOf((world) => fetchEmail(gone.url, world));
    expect(error.code).toBe('connection-refused');
  });
});
