import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { IapError } from '../../src/errors.ts';
import { googleEndpoints, googleUniverse } from '../../src/google/endpoints.ts';
import { readClient } from '../../src/login/client.ts';
import { openFile, parseFile } from '../../src/sources/file.ts';
import type { SourceDeps } from '../../src/sources/source.ts';
import { supplierOf } from '../../src/sources/supplier.ts';
import { readClaims } from '../../src/token.ts';
import { temporaryFolder } from '../folder.ts';
import { answering, damaged, fc, hostile, runs, textOf } from '../fuzz.ts';
import { createPem, openTestWorld, shownOf } from '../world.ts';

const { pem, lines } = createPem();
const file = {
  type: 'service_account',
  client_email: 'ci@project.iam.gserviceaccount.com',
  private_key: pem,
  private_key_id: 'abc123',
  token_uri: 'https://oauth2.googleapis.com/token',
};
const json = JSON.stringify(file, null, 2);
// None of this may ever be seen.
const secrets = { client_secret: `GOCSPX-${'hunter2-'.repeat(3)}`, refresh_token: `1//0${'hunter2-'.repeat(8)}` };
const jwt = 'eyJhbGciOiJSUzI1NiJ9.eyJhdWQiOiJodW50ZXIyIn0.aHVudGVyMmh1bnRlcjJodW50ZXIy';
const opaque = `ya29.d.${'hunter2-'.repeat(12)}`;

/** The outside: whoever asks for anything gets this. */
const world = (status = 200, body = ''): SourceDeps => ({
  ...openTestWorld({ host: '127.0.0.1:9' }),
  endpoints: googleEndpoints(googleUniverse),
  http: answering({ status, headers: {}, body }),
});

/** The error of ours, none of it secret; undefined if it worked. Anything else that is thrown fails the test. */
async function refusalOf(work: () => unknown, codes: RegExp): Promise<IapError | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    if (!(error instanceof IapError)) throw error;
    expect(error.code).toMatch(codes);
    expect(error.hint).not.toMatch(/^$|undefined|\[object|NaN/);
    const shown = shownOf(error);
    expect(lines.filter((line) => shown.includes(line.slice(0, 24)))).toEqual([]);
    expect(shown).not.toContain('hunter2-hunter2');
    expect(shown).not.toContain(jwt.split('.')[2]);
    return error;
  }
}

const open = async (text: string) => {
  const deps = world();
  return openFile(parseFile(text, deps.mask), deps);
};
const refused = /^credentials-(malformed|unsupported|missing)$/;
const noise = textOf('\n', '\\n', '\\\\n', '"', '}', '{', '-----', ' ', 'A', '=', '\r', '-----BEGIN PRIVATE KEY-----');

describe('a credential', () => {
  it('that is any text is opened or refused', async () => {
    const text = fc.oneof(fc.string(), noise, fc.base64String(), fc.json(), fc.json().map(toBase64));
    await fc.assert(fc.asyncProperty(text, async (given) => void (await refusalOf(() => open(given), refused))));
  });

  it('that was damaged is opened or refused, and never shown', async () => {
    const seen = { opened: 0, refused: 0 };
    const text = fc.oneof(damaged(json, noise), damaged(toBase64(json), noise));
    await fc.assert(
      fc.asyncProperty(text, async (given) => {
        seen[(await refusalOf(() => open(given), refused)) === undefined ? 'opened' : 'refused'] += 1;
      }),
    );
    expect(seen.opened).toBeGreaterThan(0);
    expect(seen.refused).toBeGreaterThan(runs / 4);
  });

  it('whose key was damaged is opened or refused, and never shown', async () => {
    const broken = damaged(pem, noise).map((private_key) => JSON.stringify({ ...file, private_key }));
    await fc.assert(fc.asyncProperty(broken, async (given) => void (await refusalOf(() => open(given), refused))));
  });

  it('with any values in it is opened or refused', async () => {
    const value = fc.oneof(fc.jsonValue(), hostile, fc.constant(pem));
    const change = fc.dictionary(fc.constantFrom(...Object.keys(file), 'universe_domain'), value, { maxKeys: 3 });
    await fc.assert(
      fc.asyncProperty(change, async (values) => {
        await refusalOf(() => open(JSON.stringify({ ...file, ...values })), refused);
      }),
    );
  });

  it('in base64, however it is wrapped, is what it was', () => {
    const object = fc.dictionary(fc.string(), fc.jsonValue(), { noNullPrototype: true });
    const wrap = fc.constantFrom(
      (text: string) => text,
      (text: string) => text.replace(/.{76}/g, '$&\n'),
      (text: string) => text.replace(/.{64}/g, '$&\r\n'),
      (text: string) => text.replace(/=+$/, ''),
      (text: string) => text.replaceAll('+', '-').replaceAll('/', '_'),
      (text: string) => `\ufeff  ${text}\n`,
    );
    fc.assert(
      fc.property(object, fc.constantFrom('', '\ufeff', '\n '), wrap, (value, before, wrapped) => {
        const text = JSON.stringify(value);
        expect(parseFile(wrapped(toBase64(before + text)), () => undefined)).toEqual(JSON.parse(text));
      }),
    );
  });

  it('whose key went through a store of secrets is mended', async () => {
    const breaks = fc.constantFrom('\n', '\r\n', '\\n', '\\\\n', '\\r\\n', ' ', '\n\n', '\t', '\\\\\\n');
    const edges = fc.constantFrom('', ' ', '\n', '\r\n', '\\n');
    await fc.assert(
      fc.asyncProperty(breaks, edges, edges, async (between, before, after) => {
        const private_key = before + pem.trimEnd().replaceAll('\n', between) + after;
        expect((await open(JSON.stringify({ ...file, private_key }))).principal).toBe(file.client_email);
      }),
      { numRuns: Math.ceil(runs / 4) },
    );
  });

  const kinds = fc.constantFrom('authorized_user', 'external_account', 'impersonated_service_account');
  const fields = fc.constantFrom(
    ...['client_id', 'client_secret', 'refresh_token', 'audience', 'subject_token_type', 'token_url'],
    ...['service_account_impersonation_url', 'credential_source', 'source_credentials', 'delegates'],
    ...['universe_domain', 'quota_project_id'],
  );
  const source = fc.dictionary(
    fc.constantFrom('file', 'url', 'headers', 'format', 'environment_id', 'regional_cred_verification_url'),
    fc.oneof(fc.jsonValue(), hostile, fc.constantFrom('/nowhere', 'https://x/', 'aws1', { type: 'json' })),
    { maxKeys: 3, noNullPrototype: true },
  );
  const account = 'target@project.iam.gserviceaccount.com';
  const change = fc.dictionary(fields, fc.oneof(fc.jsonValue(), hostile, fc.constantFrom(opaque, jwt), source), {
    maxKeys: 4,
    noNullPrototype: true,
  });

  it('of any other type is opened or refused, and never shown', async () => {
    await fc.assert(
      fc.asyncProperty(kinds, change, async (type, changed) => {
        const given = {
          audience: '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/ci/providers/github',
          subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
          client_id: '1-x.apps.googleusercontent.com',
          credential_source: { file: '/nowhere' },
          service_account_impersonation_url: `https://x/projects/-/serviceAccounts/${account}:generateAccessToken`,
          source_credentials: { type: 'authorized_user', client_id: 'x', ...secrets },
          ...secrets,
          type,
          ...changed,
        };
        await refusalOf(() => open(JSON.stringify(given)), refused);
      }),
    );
  });
});

describe('a subject token', () => {
  const folder = temporaryFolder();
  const path = join(folder, 'token');

  const format = fc.oneof(
    fc.constantFrom({ type: 'json', subject_token_field_name: 'value' }, { type: 'text' }, undefined),
    fc.jsonValue(),
  );
  const content = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.json(),
    hostile,
    fc.jsonValue().map((value) => JSON.stringify({ value })),
    fc.constantFrom(jwt, opaque, '', ' \n', JSON.stringify({ value: jwt }), '[]', 'null'),
  );
  const isToken = (token: unknown) => expect(typeof token === 'string' && token !== '').toBe(true);
  const codes = /^(oidc-unavailable|credentials-malformed)$/;

  it('is read from any file, or is not there', async () => {
    await fc.assert(
      fc.asyncProperty(format, content, async (given, text) => {
        writeFileSync(path, text);
        const external = { type: 'external_account', credential_source: { file: path, format: given } };
        await refusalOf(async () => isToken(await (await supplierOf(external, world()))()), codes);
      }),
    );
  });

  it('is read from any answer, or is not there', async () => {
    const status = fc.oneof(fc.constant(200), fc.integer({ min: 200, max: 599 }));
    await fc.assert(
      fc.asyncProperty(status, format, content, async (given, form, text) => {
        const external = { type: 'external_account', credential_source: { url: 'https://x/', format: form } };
        await refusalOf(async () => isToken(await (await supplierOf(external, world(given, text)))()), codes);
      }),
    );
  });
});

describe("a desktop client's file", () => {
  it('is read or refused, and never shown', async () => {
    const client = { installed: { client_id: '1-x.apps.googleusercontent.com', ...secrets, redirect_uris: ['x'] } };
    const text = fc.oneof(
      fc.string(),
      fc.json(),
      fc.base64String(),
      damaged(JSON.stringify(client), noise),
      damaged(toBase64(JSON.stringify(client)), noise),
      fc.jsonValue().map((installed) => JSON.stringify({ installed })),
      fc.jsonValue().map((value) => JSON.stringify({ installed: { ...client.installed, client_id: value } })),
    );
    const seen = { read: 0 };
    await fc.assert(
      fc.asyncProperty(text, async (given) => {
        const masks: string[] = [];
        await refusalOf(() => {
          const { clientId, clientSecret } = readClient(given, (secret) => void masks.push(secret));
          expect([clientId === '', clientSecret === '']).toEqual([false, false]);
          expect(masks).toContain(clientSecret);
          seen.read += 1;
        }, refused);
      }),
    );
    expect(seen.read).toBeGreaterThan(0);
  });
});

describe('a token', () => {
  it('that is any text is a JWT that a header can carry, or refused', async () => {
    const part = fc.oneof(
      fc.base64String(),
      fc.jsonValue().map((value) => toBase64(JSON.stringify(value)).replace(/=+$/, '')),
      fc.constantFrom(...jwt.split('.'), '', ' ', '\n', 'é'),
    );
    const parts = fc.array(part, { minLength: 1, maxLength: 5 }).map((all) => all.join('.'));
    const seen = { read: 0 };
    await fc.assert(
      fc.asyncProperty(fc.oneof(parts, damaged(jwt, noise), fc.string()), async (text) => {
        await refusalOf(() => {
          expect(typeof readClaims(text, 'it')).toBe('object');
          expect(() => new Headers({ authorization: `Bearer ${text}` })).not.toThrow();
          expect(text).not.toMatch(/\s/);
          seen.read += 1;
        }, /^token-malformed$/);
      }),
    );
    expect(seen.read).toBeGreaterThan(0);
  });
});

function toBase64(text: string): string {
  return Buffer.from(text).toString('base64');
}
