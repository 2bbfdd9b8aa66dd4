import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Env } from '../../src/ci/system.ts';
import { startEmulator } from '../../src/emulator/index.ts';
import { openDefault } from '../../src/sources/default.ts';
import { openEmulator } from '../emulated.ts';
import { temporaryFolder } from '../folder.ts';
import { createPem, failureOf, noon, openTestWorld, secretLines, shownOf } from '../world.ts';

const { pem } = createPem();
const google = { 'metadata-flavor': 'Google' };

/** The key of an account that is named for where its file lies. */
const fileOf = (place: string) =>
  JSON.stringify({
    type: 'service_account',
    client_email: `${place}@project.iam.gserviceaccount.com`,
    private_key: pem,
    private_key_id: 'x',
  });

const machine = 'machine@project.iam.gserviceaccount.com';

const emulator = await openEmulator();
let folder: string;

beforeEach(() => {
  folder = temporaryFolder();
});

/** Writes a file of that name, and gives its path. */
function put(path: string, content: string): string {
  const whole = join(folder, path);
  mkdirSync(join(whole, '..'), { recursive: true });
  writeFileSync(whole, content);
  return whole;
}

const wellKnown = 'application_default_credentials.json';

const inputs = ['credentials_json', 'workload_identity_provider', 'id_token'];

const open = (env: Env) => openDefault(inputs, openTestWorld(emulator, { env }));

const placeOf = async (env: Env) => (await open(env)).principal?.split('@')[0];

async function refusalOf(env: Env) {
  const error = await failureOf(() => open(env));
  for (const line of secretLines(pem)) expect(shownOf(error)).not.toContain(line);
  return error;
}

describe('Application Default Credentials', () => {
  /** Each of the places, with a credential in it. */
  const places = () => ({
    GOOGLE_APPLICATION_CREDENTIALS: put('named.json', fileOf('named')),
    GOOGLE_GHA_CREDS_PATH: put('action.json', fileOf('action')),
    CLOUDSDK_CONFIG: join(put(`sdk/${wellKnown}`, fileOf('sdk')), '..'),
    APPDATA: join(put(`appdata/gcloud/${wellKnown}`, fileOf('appdata')), '../..'),
    HOME: join(put(`home/.config/gcloud/${wellKnown}`, fileOf('home')), '../../..'),
  });

  it('are looked for in Google’s order', async () => {
    const attached = await startEmulator({ now: () => noon });
    attached.attach(machine);
    const env: Record<string, string> = places();
    const found: (string | undefined)[] = [];
    for (const variable of [...Object.keys(env), 'nothing']) {
      const world = openTestWorld(attached, { env });
      found.push((await openDefault(inputs, world)).principal?.split('@')[0]);
      expect(attached.ledger.requests).toHaveLength(variable === 'nothing' ? 1 : 0);
      delete env[variable];
    }
    await attached.close();
    expect(found).toEqual(['named', 'action', 'sdk', 'appdata', 'home', 'machine']);
  });

  it.each(['GOOGLE_APPLICATION_CREDENTIALS', 'GOOGLE_GHA_CREDS_PATH', 'CLOUDSDK_CONFIG', 'APPDATA'])(
    'take an empty %s as not set',
    async (variable) => {
      const { HOME } = places();
      expect(await placeOf({ HOME, [variable]: '' })).toBe('home');
    },
  );

  it('are of any type', async () => {
    const named = (file: object) => ({ GOOGLE_APPLICATION_CREDENTIALS: put('file.json', JSON.stringify(file)) });
    const user = await open(named(emulator.createUser('user@example.com')));
    expect([user.principal, user.member()]).toEqual([undefined, 'user:EMAIL']);
    const workload = await open(named(emulator.externalAccountFile({ account: machine })));
    expect(workload.principal).toBe(machine);
    expect(emulator.ledger.requests).toEqual([]);
  });

  it('are masked', async () => {
    const world = openTestWorld(emulator, { env: places() });
    await openDefault(inputs, world);
    expect(world.masks).toEqual(secretLines(pem));
  });

  it('are not there by the environment of the process itself', async () => {
    process.env['GOOGLE_APPLICATION_CREDENTIALS'] = put('process.json', fileOf('process'));
    const error = await refusalOf({ HOME: folder });
    delete process.env['GOOGLE_APPLICATION_CREDENTIALS'];
    expect(error.code).toBe('credentials-missing');
  });
});

describe('a file that the environment names', () => {
  it.each(['GOOGLE_APPLICATION_CREDENTIALS', 'GOOGLE_GHA_CREDS_PATH'])('must be there: %s', async (variable) => {
    const HOME = join(put(`home/.config/gcloud/${wellKnown}`, fileOf('home')), '../../..');
    const error = await refusalOf({ HOME, [variable]: join(folder, 'gone.json') });
    expect(error).toMatchObject({
      code: 'credentials-malformed',
      message: `the credential file that ${variable} names cannot be read`,
    });
    expect(error.hint).toContain('Set it to the path of a credential file, or unset it.');
    expect(emulator.ledger.requests).toEqual([]);
  });

  it.each(['', 'hunter2', '[]', '{"type": "service_account", "private_key": "hunter2"}'])(
    'must be whole: %j',
    async (content) => {
      const error = await refusalOf({ GOOGLE_APPLICATION_CREDENTIALS: put('broken.json', content) });
      expect(error.code).toBe('credentials-malformed');
      expect(shownOf(error)).not.toContain('hunter2');
    },
  );

  it('must be of a kind that can reach IAP', async () => {
    const file = put('gdch.json', '{"type": "gdch_service_account"}');
    expect((await refusalOf({ GOOGLE_APPLICATION_CREDENTIALS: file })).code).toBe('credentials-unsupported');
  });

  it('and that is broken is not passed over for gcloud’s', async () => {
    const CLOUDSDK_CONFIG = join(put(`sdk/${wellKnown}`, '{'), '..');
    expect((await refusalOf({ CLOUDSDK_CONFIG })).code).toBe('credentials-malformed');
  });
});

describe('none at all', () => {
  it('is told with each place that was looked at', async () => {
    const error = await refusalOf({ HOME: folder });
    expect(error).toMatchObject({
      code: 'credentials-missing',
      retry: 'no',
      message: 'no credential was given, and none was found',
    });
    expect(error.hint.split('\n')).toEqual([
      'The inputs credentials_json, workload_identity_provider and id_token: none is set.',
      'The variables GOOGLE_APPLICATION_CREDENTIALS and GOOGLE_GHA_CREDS_PATH: neither is set.',
      `gcloud's file ${join(folder, '.config/gcloud', wellKnown)}: it is not there, or cannot be read.`,
      `The metadata server: cannot use the metadata server at ${emulator.host}: the answer does not carry Google's header.`,
      'If credentials_json was given, it was empty: there is no secret of that name, or this run (of a fork, of Dependabot) gets no secrets.',
      'Give one of them. On GitHub without a key: workload_identity_provider and service_account, and the job needs permissions: id-token: write.',
    ]);
    expect(error.cause).toMatchObject({ code: 'metadata-unavailable' });
  });

  it.each([
    [{ CLOUDSDK_CONFIG: '/sdk', APPDATA: '/appdata', HOME: '/home' }, `/sdk/${wellKnown}`],
    [{ APPDATA: '/appdata', HOME: '/home' }, `/appdata/gcloud/${wellKnown}`],
    [{ HOME: '/home' }, `/home/.config/gcloud/${wellKnown}`],
  ])('names gcloud’s file by %p', async (env, path) => {
    expect((await refusalOf(env)).hint).toContain(`gcloud's file ${path}: it is not there, or cannot be read.`);
  });

  it('does not look for gcloud’s file in the workspace where there is no home', async () => {
    expect((await refusalOf({})).hint).not.toContain("gcloud's file .config");
  });

  it.each([
    ['no machine of Google’s', { reset: 'before-headers' }],
    ['a server that never answers', { hang: 'before-headers' }],
    ['a captive portal', { status: 200, body: 'Sign in' }],
    ['a machine without an account', { status: 404, headers: google, body: 'Not Found' }],
  ] as const)('is found out at once with %s', async (_, fault) => {
    emulator.fail('metadata', fault);
    const error = await refusalOf({ HOME: folder });
    expect(error.code).toBe('credentials-missing');
    expect(emulator.ledger.requests).toHaveLength(1);
  });
});
