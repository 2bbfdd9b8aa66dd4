import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { decodeJwt } from 'jose';
import type { Fault, KeyFile } from '../../src/emulator/index.ts';
import { generateAccessToken, generateIdToken, type Impersonation, signJwt } from '../../src/google/iam.ts';
import { openKey } from '../../src/sources/key.ts';
import { openEmulator } from '../emulated.ts';
import { failureOf, noon, openTestWorld, shownOf } from '../world.ts';

const caller = 'caller@project.iam.gserviceaccount.com';
const account = 'target@my-project.iam.gserviceaccount.com';
const asCaller = `serviceAccount:${caller}`;
const openIdTokenCreator = 'roles/iam.serviceAccountOpenIdTokenCreator';
const tokenCreator = 'roles/iam.serviceAccountTokenCreator';
const cloudPlatform = 'https://www.googleapis.com/auth/cloud-platform';

const emulator = await openEmulator();
let key: KeyFile;

beforeAll(async () => {
  key = await emulator.createKey(caller);
});
beforeEach(() => {
  emulator.deleteAccount(account);
  emulator.createAccount(account);
});
afterEach(() => {
  emulator.enableApi();
});

type Change = Partial<Omit<Impersonation, 'endpoint'>>;

async function open(change: Change = {}) {
  const world = openTestWorld(emulator);
  const { accessToken = async () => '' } = await openKey({ ...key }, openTestWorld(emulator));
  const as: Impersonation = {
    endpoint: world.endpoints.iamCredentials,
    accessToken,
    account,
    delegates: [],
    member: () => asCaller,
    ...change,
  };
  return { world, as };
}

const verbs = {
  generateIdToken: ({ as, world }: Opened) => generateIdToken(as, emulator.clientId, world),
  signJwt: ({ as, world }: Opened) => signJwt(as, { iss: account, aud: 'x', exp: noon / 1000 + 3600 }, world),
  generateAccessToken: ({ as, world }: Opened) => generateAccessToken(as, world),
} as const;

type Opened = Awaited<ReturnType<typeof open>>;
type Verb = keyof typeof verbs;

/** The failure; it never shows anything secret. */
async function refusalOf(change?: Change, verb: Verb = 'generateIdToken') {
  const opened = await open(change);
  const error = await failureOf(() => verbs[verb](opened));
  const shown = shownOf(error);
  expect([...emulator.ledger.secrets].filter((secret) => shown.includes(secret))).toEqual([]);
  return { error, ...opened.world };
}

const bodies = () => emulator.ledger.requests.map(({ body }) => JSON.parse(body) as Record<string, unknown>);

describe('the calls', () => {
  beforeEach(() => emulator.allow(asCaller, account, tokenCreator));

  it('generateIdToken asks for the email, too', async () => {
    const opened = await open();
    const jwt = await verbs.generateIdToken(opened);
    expect(decodeJwt(jwt)).toMatchObject({ aud: emulator.clientId, email: account });
    expect(bodies()).toEqual([{ audience: emulator.clientId, includeEmail: true, delegates: [] }]);
    expect(opened.world.masks).toEqual([jwt, jwt.split('.')[2]]);
  });

  it('signJwt signs just those claims', async () => {
    const opened = await open();
    const jwt = await verbs.signJwt(opened);
    const claims = { iss: account, aud: 'x', exp: noon / 1000 + 3600 };
    expect(decodeJwt(jwt)).toEqual(claims);
    expect(bodies()).toEqual([{ payload: JSON.stringify(claims), delegates: [] }]);
    expect(opened.world.masks).toEqual([jwt, jwt.split('.')[2]]);
  });

  it('generateAccessToken asks for all of Google Cloud: IAM decides', async () => {
    const opened = await open();
    const token = await verbs.generateAccessToken(opened);
    expect(token).toMatch(/^ya29\.c\./);
    expect(bodies()).toEqual([{ scope: [cloudPlatform], delegates: [] }]);
    expect(opened.world.masks).toEqual([token]);
  });

  it('name the delegates in full, in order', async () => {
    const [first, second] = ['a@project.iam.gserviceaccount.com', 'b@project.iam.gserviceaccount.com'];
    emulator.allow(asCaller, first, tokenCreator);
    emulator.allow(`serviceAccount:${first}`, second, tokenCreator);
    emulator.allow(`serviceAccount:${second}`, account, openIdTokenCreator);
    await verbs.generateIdToken(await open({ delegates: [first, second] }));
    expect(bodies()[0]?.['delegates']).toEqual([
      `projects/-/serviceAccounts/${first}`,
      `projects/-/serviceAccounts/${second}`,
    ]);
  });

  it('cannot be led elsewhere by the account’s name', async () => {
    await refusalOf({ account: '../../x?y#z@b.com' });
    expect(emulator.ledger.requests.map(({ path }) => path)).toEqual([
      '/v1/projects/-/serviceAccounts/..%2F..%2Fx%3Fy%23z%40b.com:generateIdToken',
    ]);
  });
});

const denied = (permission: string) =>
  `Permission 'iam.serviceAccounts.${permission}' denied on resource (or it may not exist).`;

const answer = (status: number, error: object): Fault => ({
  status,
  body: JSON.stringify({ error: { code: status, ...error } }),
});

describe('a role that is missing', () => {
  it.each<[Verb, string, string]>([
    ['generateIdToken', 'iam.serviceAccounts.getOpenIdToken', openIdTokenCreator],
    ['signJwt', 'iam.serviceAccounts.signJwt', tokenCreator],
    ['generateAccessToken', 'iam.serviceAccounts.getAccessToken', tokenCreator],
  ])('for %s is told with the command that grants it', async (verb, permission, role) => {
    const { error } = await refusalOf({}, verb);
    expect(error).toMatchObject({ code: 'iam-permission-denied', retry: 'grant' });
    expect(error.message).toBe(
      `IAM refused ${verb} for ${account}: status 403, "PERMISSION_DENIED: ${denied(permission.replace(/.*\./, ''))}"`,
    );
    expect(error.hint.split('\n')).toEqual([
      expect.stringContaining(`${permission} on ${account}`),
      `gcloud iam service-accounts add-iam-policy-binding ${account} --role=${role} --member="${asCaller}"`,
      expect.stringContaining('2 minutes'),
    ]);
    expect(emulator.ledger.requests).toHaveLength(1);
  });

  it.each(['', 'Set'])('is the role of workload identity for a principal%s', async (kind) => {
    const member = `principal${kind}://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/*`;
    const commandOf = async (verb: Verb) =>
      (await refusalOf({ member: () => member }, verb)).error.hint.match(/--role=\S+ --member="principal.*"/g);
    expect(await commandOf('generateIdToken')).toEqual([`--role=roles/iam.workloadIdentityUser --member="${member}"`]);
    // It holds no signJwt.
    expect(await commandOf('signJwt')).toEqual([`--role=${tokenCreator} --member="${member}"`]);
  });

  it('is not said to be on a delegate where there is none, and may be waited for', async () => {
    const { hint } = (await refusalOf()).error;
    expect(hint).toContain(`on ${account} is missing`);
    expect(hint).toContain('propagation_wait waits for it');
  });

  it('names the member as it is at that moment', async () => {
    let member = 'principalSet://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/*';
    const { accessToken } = (await open()).as;
    const changing = async () => {
      member = 'principal://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/subject/x';
      return accessToken();
    };
    const { error } = await refusalOf({ member: () => member, accessToken: changing });
    expect(error.hint).toContain(
      '--member="principal://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/subject/x"',
    );
  });

  it('may be one of a chain: each of its grants is told', async () => {
    const delegate = 'mid@project.iam.gserviceaccount.com';
    emulator.createAccount(delegate);
    const commands = [
      `gcloud iam service-accounts add-iam-policy-binding ${delegate} --role=${tokenCreator} --member="${asCaller}"`,
      `gcloud iam service-accounts add-iam-policy-binding ${account} --role=${openIdTokenCreator} --member="serviceAccount:${delegate}"`,
    ];
    emulator.allow(asCaller, delegate, tokenCreator);
    const last = (await refusalOf({ delegates: [delegate] })).error;
    expect(last.hint).toContain(commands.join('\n'));
    expect(last.hint).toContain(`on ${account}, or on a delegate before it (${delegate}), is missing`);
    emulator.disallow(asCaller, delegate, tokenCreator);
    const first = (await refusalOf({ delegates: [delegate] })).error;
    expect(first.message).toContain('implicitDelegation');
    expect(first.hint).toContain(commands[0]);
    expect(first.hint).toContain(`add-iam-policy-binding ${account} `);
    expect(first.hint).toContain(`--member="serviceAccount:${delegate}"`);
  });

  it.each<[string, object, string]>([
    [
      'the reason alone',
      { details: [{ reason: 'IAM_PERMISSION_DENIED', metadata: { permission: 'iam.serviceAccounts.signJwt' } }] },
      'iam.serviceAccounts.signJwt',
    ],
    ['upper case', { message: denied('getOpenIdToken').toUpperCase() }, 'iam.serviceAccounts.getOpenIdToken'],
    [
      'no permission at all',
      { status: 'PERMISSION_DENIED', message: 'The caller does not have permission' },
      'iam.serviceAccounts.getOpenIdToken',
    ],
    ['a permission that is not known here', { message: denied('actAs') }, 'iam.serviceAccounts.actAs'],
  ])('is known by %s', async (_, error, permission) => {
    emulator.fail('iam', answer(403, error));
    expect((await refusalOf()).error).toMatchObject({ code: 'iam-permission-denied', facts: { permission, account } });
  });
});

describe('what IAM refuses', () => {
  it('all, while the API is disabled: that is no missing role', async () => {
    emulator.disableApi();
    const { error } = await refusalOf();
    expect(error).toMatchObject({ code: 'iam-api-disabled', retry: 'grant', facts: { project: '123456789012' } });
    expect(error.hint).toContain('gcloud services enable iamcredentials.googleapis.com --project=123456789012');
    expect(error.hint).not.toContain('add-iam-policy-binding');
  });

  it.each<[string, object, string]>([
    ['the reason alone', { details: [{ reason: 'SERVICE_DISABLED', metadata: { consumer: 'projects/42' } }] }, '42'],
    [
      'the words alone',
      { message: 'IAM Service Account Credentials API has not been used in project 42 before or it is disabled.' },
      '42',
    ],
    ['other words', { message: 'THE API HAS NOT BEEN USED IN PROJECT 42 BEFORE' }, '42'],
    [
      'words that name a permission as well',
      {
        message: 'It is disabled in project 42',
        details: [{ reason: 'IAM_PERMISSION_DENIED', metadata: { permission: 'iam.serviceAccounts.signJwt' } }],
      },
      '42',
    ],
    ['words that name no project', { details: [{ reason: 'SERVICE_DISABLED' }] }, 'my-project'],
  ])('with %s for a disabled API', async (_, error, project) => {
    emulator.fail('iam', answer(403, { status: 'PERMISSION_DENIED', ...error }));
    expect((await refusalOf()).error).toMatchObject({ code: 'iam-api-disabled', facts: { project } });
  });

  it('does not guess the project of an account that is of none', async () => {
    emulator.fail('iam', answer(403, { details: [{ reason: 'SERVICE_DISABLED' }] }));
    const { error } = await refusalOf({ account: '1-compute@developer.gserviceaccount.com' });
    expect(error.hint).toContain('--project=PROJECT_ID');
  });

  it('an account that is not there', async () => {
    const nobody = 'nobody@project.iam.gserviceaccount.com';
    const { error } = await refusalOf({ account: nobody });
    expect(error).toMatchObject({ code: 'iam-service-account-unknown', retry: 'no', facts: { account: nobody } });
    expect(error.message).toBe(
      `IAM refused generateIdToken for ${nobody}: status 404, "NOT_FOUND: Not found; Gaia id not found for email ${nobody}"`,
    );
    expect(error.hint).toContain(`gcloud iam service-accounts describe ${nobody}`);
  });

  it('too few scopes', async () => {
    const machine = 'vm@project.iam.gserviceaccount.com';
    emulator.attach(machine, { scopes: ['https://www.googleapis.com/auth/devstorage.read_only'] });
    const url = `${emulator.url}/computeMetadata/v1/instance/service-accounts/default/token`;
    const accessToken = async () => {
      const response = await fetch(url, { headers: { 'metadata-flavor': 'Google' } });
      return ((await response.json()) as { access_token: string }).access_token;
    };
    const { error } = await refusalOf({ accessToken });
    expect(error).toMatchObject({ code: 'iam-scope-insufficient', retry: 'no' });
    expect(error.hint).toContain(`The VM needs the scope ${cloudPlatform}.`);
    expect(error.hint).toContain('gcloud compute instances set-service-account INSTANCE --scopes=cloud-platform');
  });

  it.each<[string, number, object, string]>([
    ['Gaia', 404, { message: 'GAIA ID NOT FOUND FOR EMAIL X' }, 'iam-service-account-unknown'],
    ['scopes', 403, { message: 'REQUEST HAD INSUFFICIENT AUTHENTICATION SCOPES.' }, 'iam-scope-insufficient'],
    [
      'the reason of scopes',
      403,
      { details: [{ reason: 'ACCESS_TOKEN_SCOPE_INSUFFICIENT' }] },
      'iam-scope-insufficient',
    ],
    [
      'an argument',
      400,
      { status: 'INVALID_ARGUMENT', message: 'Request contains an invalid argument.' },
      'iam-refused',
    ],
    [
      'an expired token',
      401,
      { status: 'UNAUTHENTICATED', message: 'Request had invalid authentication credentials.' },
      'iam-refused',
    ],
    ['another 404', 404, { status: 'NOT_FOUND', message: 'Requested entity was not found.' }, 'iam-refused'],
  ])('in the words of %s', async (_, status, error, code) => {
    emulator.fail('iam', answer(status, error));
    const { error: refusal, clock } = await refusalOf();
    expect(refusal.code).toBe(code);
    expect(clock.slept).toEqual([]);
    expect(emulator.ledger.requests).toHaveLength(1);
  });

  it.each<[string, Fault]>([
    ['nothing', { status: 404, body: '' }],
    ['a page', { status: 400, body: '<html>Bad Request</html>' }],
    ['a page of a proxy that forbids', { status: 403, body: '<html>Forbidden by policy</html>' }],
    ['JSON without a token', { status: 200, body: '{}' }],
    ['a token that is no text', { status: 200, body: '{"token": 7}' }],
    ['a status that cannot become text', { status: 403, body: '{"error": {"status": {"toString": 1, "valueOf": 1}}}' }],
    ['words that cannot become text', { status: 403, body: '{"error": {"message": {"toString": 1}, "details": 7}}' }],
    ['an error that is no object', { status: 400, body: '{"error": "x"}' }],
    ['a redirect', { status: 302, headers: { location: 'https://example.com/' } }],
  ])('with %s', async (_, fault) => {
    emulator.fail('iam', fault);
    const { error } = await refusalOf();
    expect(error).toMatchObject({ code: 'iam-refused', facts: { account } });
    expect(error.message).toBe(`IAM refused generateIdToken for ${account}: status ${fault.status}`);
  });
});

describe('what passes with time', () => {
  beforeEach(() => emulator.allow(asCaller, account, tokenCreator));

  it.each([429, 500, 503])('is tried again: %d', async (status) => {
    emulator.fail('iam', { status, times: 2 });
    const opened = await open();
    expect(decodeJwt(await verbs.generateIdToken(opened))).toMatchObject({ email: account });
    expect(opened.world.clock.slept).toHaveLength(2);
  });

  it('is given up in the end', async () => {
    emulator.fail('iam', answer(503, { status: 'UNAVAILABLE', message: 'The service is currently unavailable.' }));
    const { error } = await refusalOf();
    expect(error).toMatchObject({ code: 'iam-refused', retry: 'wire' });
    expect(error.message).toContain('status 503, "UNAVAILABLE: The service is currently unavailable."');
    expect(emulator.ledger.requests).toHaveLength(4);
  });
});
