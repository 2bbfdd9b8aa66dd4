import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { inputs, readConfig } from '../src/config.ts';
import { type Emulator, type KeyFile, type Service, startEmulator, type UserFile } from '../src/emulator/index.ts';
import { hasCode } from '../src/errors.ts';
import { judge } from '../src/iap/answer.ts';
import { discoverClientId } from '../src/iap/discovery.ts';
import { duration, statuses } from '../src/inputs.ts';
import { type MintConfig, mintToken } from '../src/mint.ts';
import { escapeMarkdown, fence } from '../src/report/markdown.ts';
import { credentialsJson } from '../src/sources/file.ts';
import { openCredential } from '../src/sources/index.ts';
import { excerpt, inert } from '../src/text.ts';
import { createPem, failureOf, noon, openTestWorld, shownOf, sourceConfig, type TestWorld } from './world.ts';

const emulatorProvider = 'projects/123456789012/locations/global/workloadIdentityPools/ci/providers/github';

/** Text made of the pieces that mean something to somebody, and of any others. */
const textOf = (...pieces: string[]) =>
  fc
    .array(
      fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...pieces) }, fc.string({ unit: 'binary', maxLength: 4 })),
      {
        maxLength: 20,
      },
    )
    .map((parts) => parts.join(''));

const hostile = textOf(
  ...[
    '::',
    ':',
    '##[',
    '##vso[',
    '#',
    '[',
    ']',
    'error',
    'add-mask',
    ' ',
    '\t',
    '\n',
    '\r',
    '\r\n',
    '\u0085',
    '\u00a0',
    '\u200b',
  ],
  ...['\u2028', '\u2029', '\u202e', '\u3000', '\ufeff', '\u001b[31m', '\0', '\v', '\f', '\u00ad', '\u180e', '\u2060'],
  ...['|', '\\', '`', '```', '<', '>', '<b>', '</', '&', '&lt;', '*', '_', '~', '!', '@', '$', '(', ')', '-', '='],
);

describe('inputs', () => {
  const names = Object.keys(inputs);
  const given = fc.array(
    fc.record({
      name: fc.oneof(fc.constantFrom(...names), fc.string()),
      writtenAs: fc.string(),
      value: fc.oneof(fc.string(), hostile, fc.constantFrom('true', '10s', '200-299', 'https://app.example.com')),
    }),
  );

  it('are read, or refused with one code', () => {
    fc.assert(
      fc.property(given, (all) => {
        try {
          expect(readConfig(all).targetAudience).not.toBe('');
        } catch (error) {
          if (!hasCode(error, 'config-invalid')) throw error;
          expect(error.message.split('\n').slice(1)).not.toEqual([]);
          expect(
            error.message
              .split('\n')
              .slice(1)
              .filter((line) => !line.startsWith('- ')),
          ).toEqual([]);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('read what a list of statuses says', () => {
    const status = fc.integer({ min: 100, max: 599 });
    const range = fc.tuple(status, status).map(([a, b]): [number, number] => [Math.min(a, b), Math.max(a, b)]);
    const space = fc.constantFrom('', ' ', '  ');
    fc.assert(
      fc.property(fc.array(range, { minLength: 1 }), space, (ranges, gap) => {
        const text = ranges.map(([from, to]) => (from === to ? `${from}` : `${from}${gap}-${gap}${to}`));
        expect(statuses.parse(text.join(`${gap},${gap}`))).toEqual(ranges);
      }),
    );
  });

  it('read what a duration says', () => {
    const units = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
    const unit = fc.constantFrom(...(Object.keys(units) as (keyof typeof units)[]));
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 24 }), unit, (count, name) => {
        expect(duration.parse(`${count}${name}`)).toBe(count * units[name]);
      }),
    );
  });
});

describe('credentials', () => {
  const { pem, lines } = createPem();
  const file = {
    type: 'service_account',
    client_email: 'ci@project.iam.gserviceaccount.com',
    private_key: pem,
    private_key_id: 'abc123',
    token_uri: 'https://oauth2.googleapis.com/token',
  };
  const json = JSON.stringify(file, null, 2);

  const open = (text: string) =>
    credentialsJson.open(sourceConfig({ credentialsJson: text }), openTestWorld({ host: '127.0.0.1:9' }));

  /** Opened, or refused with a code of its own and without a line of the key. */
  async function openOrRefuse(text: string): Promise<void> {
    try {
      await open(text);
    } catch (error) {
      const refusal = await failureOf(() => {
        throw error;
      });
      expect(refusal.code).toMatch(/^credentials-(malformed|unsupported|missing)$/);
      const shown = shownOf(refusal);
      expect(lines.filter((line) => shown.includes(line.slice(0, 24)))).toEqual([]);
    }
  }

  /** A text with one piece of it taken out, and another put in. */
  const damaged = (text: string, piece: fc.Arbitrary<string>) =>
    fc
      .tuple(fc.nat(text.length), fc.oneof(fc.nat(3), fc.nat(text.length)), piece)
      .map(([at, length, insert]) => text.slice(0, at) + insert + text.slice(at + length));

  const noise = textOf(
    '\n',
    '\\n',
    '\\\\n',
    '"',
    '}',
    '{',
    '-----',
    ' ',
    'A',
    '=',
    '\r',
    '-----BEGIN PRIVATE KEY-----',
  );

  it('that are any text are opened or refused', async () => {
    await fc.assert(fc.asyncProperty(fc.oneof(fc.string(), noise, fc.base64String(), fc.json()), openOrRefuse));
  });

  it('that were damaged are opened or refused, and never shown', async () => {
    const base64 = Buffer.from(json).toString('base64');
    await fc.assert(fc.asyncProperty(fc.oneof(damaged(json, noise), damaged(base64, noise)), openOrRefuse), {
      numRuns: 400,
    });
  });

  it('whose key was damaged are opened or refused, and never shown', async () => {
    const broken = damaged(pem, noise).map((private_key) => JSON.stringify({ ...file, private_key }));
    await fc.assert(fc.asyncProperty(broken, openOrRefuse), { numRuns: 400 });
  });

  it('with any values in them are opened or refused', async () => {
    const value = fc.oneof(fc.jsonValue(), hostile, fc.constant(pem));
    const names = [...Object.keys(file), 'universe_domain'];
    const change = fc.dictionary(fc.constantFrom(...names), value, { maxKeys: 3 });
    await fc.assert(
      fc.asyncProperty(change, (values) => openOrRefuse(JSON.stringify({ ...file, ...values }))),
      { numRuns: 300 },
    );
  });
});

describe('answers', () => {
  const said = textOf(
    ...['empty token', 'Unable to parse JWT', "'email' claim", 'Invalid JWT audience', 'Access denied', ' for user '],
    ...["audience doesn't match this application", 'expected value (', ')', 'a@b.com', 'Error code ', '7', '99', '\n'],
    ...['JWT has expired', '<', '>', '$(id)', '`', ';', 'service account is not provisioned'],
  );

  it('of anybody are judged, and every failure has a hint', () => {
    const sent = {
      url: new URL('https://app.example.com/'),
      kind: 'id_token' as const,
      audience: 'x',
      principal: 'a@b.com',
      expiry: 'soon',
    };
    const headers = fc.record(
      {
        'x-goog-iap-generated-response': fc.constantFrom('true', 'false', 'x'),
        location: fc.oneof(fc.string(), fc.webUrl(), fc.constant('https://accounts.google.com/x')),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.integer({ min: 100, max: 599 }), headers, fc.oneof(said, hostile), (status, given, body) => {
        const { answeredBy, error } = judge({ status, headers: given as Record<string, string>, body, tries: 1 }, sent);
        expect(answeredBy).toBe(given['x-goog-iap-generated-response'] === 'true' ? 'iap' : 'app');
        if (answeredBy === 'iap') expect(error).toBeDefined();
        if (error === undefined) return;
        expect(error.code).not.toBe('internal');
        expect(error.hint).not.toBe('');
        expect(error.hint).not.toMatch(/\$\(id\)|`|;\s*id/);
        expect(error.message).not.toMatch(/[\n\r\u2028]/);
      }),
      { numRuns: 500 },
    );
  });

  describe('of the token endpoint', () => {
    let emulator: Emulator;
    let key: KeyFile;

    beforeAll(async () => {
      emulator = await startEmulator({ now: () => noon });
      key = await emulator.createKey('ci@project.iam.gserviceaccount.com');
    });
    afterAll(() => emulator.close());
    beforeEach(() => emulator.clearFaults());

    const words = fc.oneof(
      fc.jsonValue(),
      fc.constantFrom('invalid_grant', 'Invalid JWT Signature.', 'account not found', 'in a reasonable timeframe'),
    );
    const fields = fc.record({ error: words, error_description: words, id_token: words }, { requiredKeys: [] });
    const body = fc.oneof(
      fc.string(),
      fc.json(),
      hostile,
      fields.map((value) => JSON.stringify(value)),
    );
    const status = fc.oneof(fc.constantFrom(200, 400, 401, 403), fc.integer({ min: 200, max: 599 }));

    it('all end in a code', async () => {
      const config: MintConfig = {
        ...sourceConfig({ credentialsJson: JSON.stringify(key) }),
        tokenKind: 'id_token',
        exchange: 'auto',
        verify: false,
      };
      await fc.assert(
        fc.asyncProperty(status, body, async (given, text) => {
          emulator.clearFaults();
          emulator.fail('token', { status: given, body: text });
          const error = await failureOf(() => mintToken(config, emulator.clientId, openTestWorld(emulator)));
          expect(error.code).toMatch(/^(token|key|account|clock|audience)-/);
          expect(error.hint).not.toBe('');
        }),
        { numRuns: 150 },
      );
    });
  });

  describe('of the other services', () => {
    // What no answer may make anybody see; each is masked, or of a form that is never shown.
    const secret = 'eyJhbGciOiJSUzI1NiJ9.eyJhdWQiOiJodW50ZXIyIn0.aHVudGVyMmh1bnRlcjJodW50ZXIy';
    const opaque = `ya29.d.${'hunter2-'.repeat(12)}`;
    const account = 'target@project.iam.gserviceaccount.com';
    let emulator: Emulator;
    let key: KeyFile;
    let user: UserFile;

    beforeAll(async () => {
      emulator = await startEmulator({ now: () => noon });
      key = await emulator.createKey('ci@project.iam.gserviceaccount.com');
      user = emulator.createUser('user@example.com');
      emulator.createAccount(account);
    });
    afterAll(() => emulator.close());
    beforeEach(() => emulator.clearFaults());

    const words = fc.oneof(
      fc.jsonValue(),
      hostile,
      fc.constantFrom(
        ...['invalid_target', 'Invalid value for "audience"', 'attribute condition', 'audience in ID token'],
        ...['issuer in ID Token', 'stale to sign-in', 'SERVICE_DISABLED', 'project 12', 'Gaia id not found'],
        ...["Permission 'iam.serviceAccounts.signJwt' denied", 'insufficient authentication scopes', 'invalid_rapt'],
        ...['invalid_client', 'invalid_audience', 'expired or revoked', 'iam.serviceAccounts.x;id', secret, opaque],
      ),
    );
    const fields = (...names: string[]) =>
      fc.dictionary(fc.constantFrom(...names), words, { maxKeys: 4, noNullPrototype: true });
    const oauth = fields('error', 'error_description', 'id_token', 'access_token', 'value');
    const api = fields('code', 'message', 'status', 'details', 'token', 'signedJwt', 'accessToken');
    const body = fc.oneof(
      fc.string(),
      fc.json(),
      hostile,
      oauth.map((value) => JSON.stringify(value)),
      api.map((error) => JSON.stringify({ error })),
      api.map((value) => JSON.stringify(value)),
    );
    // Those that are tried again only make this slow.
    const status = fc.oneof(
      fc.constantFrom(200, 400, 401, 403, 404),
      fc.integer({ min: 200, max: 499 }).filter((one) => one !== 429),
    );
    const headers = fc.constantFrom({}, { 'metadata-flavor': 'Google' });

    const workload = (world: TestWorld) =>
      openCredential(sourceConfig({ workloadIdentityProvider: emulator.provider, serviceAccount: account }), world);
    const file = (value: object, world: TestWorld, serviceAccount?: string) =>
      openCredential(sourceConfig({ credentialsJson: JSON.stringify(value), serviceAccount }), world);

    const ways: Readonly<Record<string, [Service, (world: TestWorld) => Promise<unknown>]>> = {
      'of the CI’s issuer': ['oidc', async (world) => (await workload(world)).idToken?.('x')],
      'of STS': ['sts', async (world) => (await workload(world)).idToken?.('x')],
      'of IAM, for an ID token': ['iam', async (world) => (await file(key, world, account)).idToken?.('x')],
      'of IAM, for a signature': ['iam', async (world) => (await file(key, world, account)).signer?.sign({ iss: 'x' })],
      'of IAM, for an access token': ['iam', async (world) => (await file(key, world, account)).accessToken?.()],
      'of the token endpoint, to a user': ['token', async (world) => (await file(user, world)).idToken?.('x')],
      'of the metadata server': [
        'metadata',
        async (world) => (await openCredential(sourceConfig(), world)).accessToken?.(),
      ],
      'of the app, asked for its client id': [
        'edge',
        (world) => discoverClientId(new URL(emulator.appUrl), world.http),
      ],
    };

    it.each(Object.entries(ways))(
      '%s all end in a value or in a code, and show no secret',
      async (_, [service, work]) => {
        const env = { GITHUB_ACTIONS: 'true', HOME: '/nowhere', ...emulator.githubEnv() };
        await fc.assert(
          fc.asyncProperty(status, headers, body, async (given, extra, text) => {
            emulator.clearFaults();
            emulator.fail(service, { status: given, headers: extra, body: text });
            try {
              await work(openTestWorld(emulator, { env }));
            } catch (thrown) {
              const error = await failureOf(() => {
                throw thrown;
              });
              expect(error.code).not.toBe('internal');
              expect(error.hint).not.toMatch(/undefined|\[object|NaN/);
              // What somebody is told to paste.
              const commands = error.hint.split('\n').filter((line) => line.startsWith('gcloud '));
              expect(commands.filter((line) => /;id|[$`|&]/.test(line))).toEqual([]);
              expect(error.message).not.toMatch(/[\n\r\u2028]/);
              const shown = shownOf(error);
              for (const part of [secret.split('.')[2] ?? '', 'hunter2-hunter2', key.private_key, user.refresh_token]) {
                expect(shown).not.toContain(part);
              }
            }
          }),
          { numRuns: 60 },
        );
      },
    );

    const names = fc.oneof(
      hostile,
      fc.string(),
      fc.constantFrom(emulatorProvider, '../..', 'a@b.com', `${emulatorProvider}/x`, 'a@b.com?x#y', secret),
    );

    it('are asked for, whatever a provider and an account are called', async () => {
      await fc.assert(
        fc.asyncProperty(names, names, fc.array(names, { maxLength: 2 }), async (provider, name, delegates) => {
          const env = { GITHUB_ACTIONS: 'true', ...emulator.githubEnv() };
          const config = sourceConfig({ workloadIdentityProvider: provider, serviceAccount: name, delegates });
          const credential = await openCredential(config, openTestWorld(emulator, { env }));
          const error = await failureOf(() => credential.idToken?.('x'));
          expect(error.code).toMatch(/^(sts|iam|oidc)-/);
          expect(error.hint).not.toBe('');
        }),
        { numRuns: 80 },
      );
    });

    const secrets = { client_secret: `GOCSPX-${'hunter2-'.repeat(3)}`, refresh_token: `1//0${'hunter2-'.repeat(8)}` };
    const value = fc.oneof(fc.jsonValue(), hostile, fc.constantFrom(opaque, secret));
    const files = fc
      .tuple(
        fc.constantFrom('authorized_user', 'external_account', 'impersonated_service_account'),
        fc.dictionary(
          fc.constantFrom(
            ...['client_id', 'client_secret', 'refresh_token', 'audience', 'subject_token_type', 'token_url'],
            ...['service_account_impersonation_url', 'credential_source', 'source_credentials', 'delegates'],
            ...['universe_domain', 'quota_project_id'],
          ),
          value,
          { maxKeys: 4, noNullPrototype: true },
        ),
      )
      .map(([type, change]) => ({
        audience: `//iam.googleapis.com/${emulatorProvider}`,
        subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
        client_id: '1-x.apps.googleusercontent.com',
        credential_source: { file: '/nowhere' },
        service_account_impersonation_url: `https://x/projects/-/serviceAccounts/${account}:generateAccessToken`,
        source_credentials: { type: 'authorized_user', client_id: 'x', ...secrets },
        ...secrets,
        type,
        ...change,
      }));

    it('are asked for with any credential file, or it is refused; none of it is shown', async () => {
      await fc.assert(
        fc.asyncProperty(files, async (given) => {
          const world = openTestWorld(emulator);
          try {
            await (await file(given, world)).idToken?.('x');
          } catch (thrown) {
            const error = await failureOf(() => {
              throw thrown;
            });
            expect(error.code).toMatch(/^(credentials|oidc|sts|iam|client|refresh|token|audience)-/);
            const shown = shownOf(error);
            expect(shown).not.toContain('hunter2-hunter2');
            expect(shown).not.toContain(secret.split('.')[2]);
          }
        }),
        { numRuns: 150 },
      );
    });
  });
});

describe('texts', () => {
  // The runner trims white space of every kind, as .NET has it, before it looks for a command.
  const command = /^[\s\u0085]*::/u;

  it('made inert start no command of the runner', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const lines = inert(text).split(/[\r\n\u0085\u2028\u2029]/u);
        expect(lines.filter((line) => command.test(line) || /##(?:vso)?\[/.test(line))).toEqual([]);
      }),
      { numRuns: 2000 },
    );
  });

  it('made inert stay as they are when made so again', () => {
    fc.assert(fc.property(hostile, (text) => expect(inert(inert(text))).toBe(inert(text))));
  });

  it('escaped for Markdown stay in their cell, without markup', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const shown = escapeMarkdown(text);
        const unescaped = shown.replace(/\\[!-/:-@[-`{-~]/g, '').replace(/&(amp|lt|gt|#64);/g, '');
        expect(unescaped).not.toMatch(/[|<>&`*_[\]~\\@]/);
        expect(shown).not.toMatch(/[\n\r\u0085\u2028\u2029\u202e\0]/);
      }),
      { numRuns: 2000 },
    );
  });

  it('in a fence do not end it', () => {
    const content = textOf('`', '``', '```', '````', '~~~', '\n', ' ', 'a', '<b>');
    fc.assert(
      fc.property(content, (text) => {
        const lines = fence(text).split('\n');
        const [open = ''] = lines;
        expect(open).toMatch(/^`{3,}$/);
        expect(lines.at(-1)).toBe(open);
        const closing = new RegExp(`^ {0,3}\`{${open.length},}\\s*$`);
        expect(lines.slice(1, -1).filter((line) => closing.test(line))).toEqual([]);
        expect(lines.slice(1, -1).join('\n')).toBe(text);
      }),
    );
  });

  it('in an excerpt are one line, not too long, without tags and tokens', () => {
    const content = fc.oneof(
      hostile,
      textOf('eyJhbGciOiJSUzI1NiJ9', '.', 'eyJ', '<script>', '</script>', '<', '>', 'A'.repeat(30)),
    );
    fc.assert(
      fc.property(content, (text) => {
        const shown = excerpt(text, 80);
        expect(shown.length).toBeLessThanOrEqual(81);
        expect(shown).not.toMatch(/[\p{Cc}\u2028\u2029\u202e]/u);
        expect(shown).not.toMatch(/<[^>]*>/);
        expect(shown).not.toMatch(/eyJ[\w-]|[\w+/=-]{40}/);
      }),
      { numRuns: 1000 },
    );
  });
});
