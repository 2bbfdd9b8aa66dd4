import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { decodeJwt } from 'jose';
import { type Credential, matrix, type Row, ways } from '../../scripts/matrix.ts';
import { runStep } from '../../scripts/runner.ts';
import type { Emulator, Exchange } from '../../src/emulator/index.ts';
import { temporaryFolder } from '../folder.ts';
import { account, expectMasked, expectNoLeak, onScene } from './scene.ts';

const robot = 'robot@demo-project.iam.gserviceaccount.com';
const creator = 'roles/iam.serviceAccountTokenCreator';
const folder = temporaryFolder();

interface Given {
  readonly inputs: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  /** The email that the token carries. */
  readonly principal: string;
}

async function tokenFile(emulator: Emulator): Promise<string> {
  const path = join(folder, 'subject-token');
  writeFileSync(path, `${await emulator.signCiToken()}\n`);
  return path;
}

/** Lets the default provider's jobs act as the robot, by every verb. */
function allowJobs(emulator: Emulator): void {
  emulator.allow(emulator.principalSet(), robot, creator);
}

const arrange: Readonly<Record<Credential, (emulator: Emulator) => Promise<Given>>> = {
  '`credentials_json`: `service_account`': async (emulator) => {
    emulator.allow(`serviceAccount:${account}`, account, creator);
    return { inputs: { credentials_json: JSON.stringify(await emulator.createKey(account)) }, principal: account };
  },
  'the same, with `service_account`': async (emulator) => {
    emulator.allow(`serviceAccount:${account}`, robot, creator);
    const credentials_json = JSON.stringify(await emulator.createKey(account));
    return { inputs: { credentials_json, service_account: robot }, principal: robot };
  },
  '`workload_identity_provider`': async (emulator) => {
    allowJobs(emulator);
    const inputs = { workload_identity_provider: emulator.provider, service_account: robot };
    return { inputs, env: { ...emulator.githubEnv() }, principal: robot };
  },
  '`workload_identity_provider`, `subject_token_file`': async (emulator) => {
    allowJobs(emulator);
    const subject_token_file = await tokenFile(emulator);
    return {
      inputs: { workload_identity_provider: emulator.provider, service_account: robot, subject_token_file },
      principal: robot,
    };
  },
  '`credentials_json`: `external_account`, by URL': async (emulator) => {
    allowJobs(emulator);
    return {
      inputs: { credentials_json: JSON.stringify(emulator.externalAccountFile({ account: robot })) },
      principal: robot,
    };
  },
  '`credentials_json`: `external_account`, by file, with `service_account`': async (emulator) => {
    allowJobs(emulator);
    const file = emulator.externalAccountFile({ file: await tokenFile(emulator) });
    return { inputs: { credentials_json: JSON.stringify(file), service_account: robot }, principal: robot };
  },
  '`credentials_json`: `impersonated_service_account` of a user': async (emulator) => {
    emulator.allow('user:ada@example.com', robot, creator);
    const file = emulator.impersonatedFile(emulator.createUser('ada@example.com'), robot);
    return { inputs: { credentials_json: JSON.stringify(file) }, principal: robot };
  },
  '`credentials_json`: `authorized_user`': async (emulator) => {
    const file = emulator.createUser('ada@example.com');
    return { inputs: { credentials_json: JSON.stringify(file) }, principal: 'ada@example.com' };
  },
  'metadata server': async (emulator) => {
    emulator.attach(robot);
    emulator.allow(`serviceAccount:${robot}`, robot, creator);
    return { inputs: {}, principal: robot };
  },
  '`id_token`': async (emulator) => {
    const id_token = await emulator.mintIdToken({ email: robot, email_verified: true, sub: '1' });
    return { inputs: { id_token }, principal: robot };
  },
};

/** A request as the table names it. */
function stepOf({ service, path }: Exchange): string {
  if (service === 'iam') return /:(\w+)$/.exec(path)?.[1] ?? path;
  if (service === 'metadata') return `metadata ${/(\w+)(\?.*)?$/.exec(path)?.[1]}`;
  return service;
}

const cells = Object.entries(matrix).flatMap(([credential, row]: [string, Row]) =>
  Object.entries(ways).map(([way, inputs]) => ({
    credential: credential as Credential,
    way,
    inputs,
    steps: row[way as keyof Row],
  })),
);
const possible = cells.flatMap(({ steps, ...cell }) => (steps === undefined ? [] : [{ ...cell, steps }]));
const impossible = cells.filter(({ steps }) => steps === undefined);

/** What was asked of whom, keys apart: they are fetched at the same time as the rest. */
function requestsOf({ ledger }: Emulator): { steps: string[]; keys: string[] } {
  const all = ledger.requests.map(stepOf);
  const isKeys = (name: string) => name === 'certs' || name === 'account-certs';
  return { steps: all.filter((name) => !isKeys(name)), keys: all.filter(isKeys) };
}

/** What a cell of the table comes to; what was signed on this machine needs no key of Google's. */
function expectedOf(way: string, steps: readonly string[], emulator: Emulator) {
  const asked = { steps: [...steps, 'app'] };
  if (way !== 'signed_jwt') return { ...asked, keys: ['certs'], kind: 'id_token', aud: emulator.clientId };
  const keys = steps.length === 0 ? [] : ['account-certs'];
  return { ...asked, keys, kind: 'signed_jwt', aud: `${emulator.appUrl}/*` };
}

describe('the built action, by', () => {
  it.each(possible)('$credential, $way: $steps', ({ credential, inputs, way, steps }) =>
    onScene(async (scene) => {
      const { emulator } = scene;
      const given = await arrange[credential](emulator);
      emulator.grant(given.principal);
      const { credentials_json: _, ...wanted } = scene.inputs;
      const target = way === 'signed_jwt' ? { target_audience: '' } : {};
      const step = await runStep({ ...wanted, ...target, ...given.inputs, ...inputs }, { ...scene.env, ...given.env });

      expect({ code: step.code, log: step.log }).toEqual({ code: 0, log: expect.stringContaining('Passed: GET') });
      const { kind, aud, ...asked } = expectedOf(way, steps, emulator);
      expect(requestsOf(emulator)).toEqual(asked);
      const { token = '', ...outputs } = step.outputs;
      expect(outputs).toMatchObject({ token_kind: kind, principal: given.principal, target_audience: aud });
      expect(Object.hasOwn(outputs, 'id_token')).toBe(kind === 'id_token');
      const claims = decodeJwt(token);
      expect(claims.aud).toBe(aud);
      expect(Number(claims.exp) - Number(claims.iat)).toBeLessThanOrEqual(3600);
      expectMasked(token, step.stdout);
      expectNoLeak(scene, step);
    }),
  );

  it.each(impossible)('$credential, $way: cannot', ({ credential, inputs }) =>
    onScene(async (scene) => {
      const given = await arrange[credential](scene.emulator);
      const { credentials_json: _, ...wanted } = scene.inputs;
      const step = await runStep({ ...wanted, ...given.inputs, ...inputs }, { ...scene.env, ...given.env });
      expect(step).toMatchObject({ code: 1, outputs: { result: 'failed' } });
      expect(step.log).toMatch(/^Error: (credentials-unsupported|config-invalid): /m);
      expect(requestsOf(scene.emulator).steps).toEqual([]);
      expectNoLeak(scene, step);
    }),
  );
});
