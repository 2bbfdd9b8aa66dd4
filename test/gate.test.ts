import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { KeyFile } from '../src/emulator/index.ts';
import { openGate, passGate } from '../src/gate.ts';
import { openEmulator } from './emulated.ts';
import { configOf, failureOf, noon, openTestWorld } from './world.ts';

const email = 'ci@project.iam.gserviceaccount.com';
const account = 'deployer@project.iam.gserviceaccount.com';
const emulator = await openEmulator();
let key: KeyFile;

beforeAll(async () => {
  key = await emulator.createKey(email);
  emulator.allow(`serviceAccount:${email}`, account, 'roles/iam.serviceAccountTokenCreator');
});
beforeEach(() => {
  emulator.grant(email);
});

function prepare(values: Readonly<Record<string, string>> = {}) {
  const all = {
    credentials_json: JSON.stringify(key),
    target_audience: emulator.clientId,
    url: `${emulator.appUrl}/`,
    check_protected: 'off',
    ...values,
  };
  const config = configOf(all);
  const world = { ...openTestWorld(emulator), timeline: [] };
  return { config, world };
}

const exchanges = () => emulator.ledger.lines().filter((line) => line.startsWith('POST token')).length;

describe('a gate', () => {
  it('is opened with a token, and passed with checks in their order', async () => {
    const { config, world } = prepare({ url: `${emulator.appUrl}/\n${emulator.appUrl}/none`, retry_for: '0' });
    const gate = await openGate(config, world);
    expect(gate.minted.facts.principal).toBe(email);
    emulator.setApp((request) => new Response(null, { status: request.url.endsWith('/none') ? 404 : 200 }));
    const { report, checks } = await passGate(gate, config, world);
    expect(report.token).toBe(gate.minted.facts);
    expect(report.checks.map(({ status, passed }) => [status, passed])).toEqual([
      [200, true],
      [404, false],
    ]);
    expect(report.passed).toBe(false);
    expect(checks.map(({ result }) => result)).toEqual(report.checks);
    expect(exchanges()).toBe(1);
  });

  it('passes where there is nothing to check', async () => {
    const { config, world } = prepare({ url: '' });
    const { report } = await passGate(await openGate(config, world), config, world);
    expect([report.passed, report.checks]).toEqual([true, []]);
  });

  it('waits for the app to tell its client id', async () => {
    emulator.fail('edge', { status: 503, times: 3 });
    const { config, world } = prepare({ target_audience: 'discover' });
    expect((await openGate(config, world)).minted.facts.audience).toBe(emulator.clientId);
  });

  it('is not opened, and nothing is sent, for a check that is wrong', async () => {
    const { config, world } = prepare({ expect_body: '/(/' });
    expect((await failureOf(() => openGate(config, world))).code).toBe('config-invalid');
    expect(emulator.ledger.lines()).toEqual([]);
  });

  it.each([
    ['1m', 'granted'],
    ['0', 'iam-permission-denied'],
  ])('waits %s for a grant that is on its way: %s', async (propagation_wait, expected) => {
    const permission = 'iam.serviceAccounts.getOpenIdToken';
    const details = [{ reason: 'IAM_PERMISSION_DENIED', metadata: { permission } }];
    const message = `Permission '${permission}' denied on resource (or it may not exist).`;
    const body = JSON.stringify({ error: { code: 403, status: 'PERMISSION_DENIED', message, details } });
    emulator.fail('iam', { status: 403, body, times: 2 });
    const { config, world } = prepare({ service_account: account, propagation_wait });
    const outcome = await openGate(config, world).then(
      () => 'granted',
      (error) => error.code,
    );
    expect(outcome).toBe(expected);
    expect(world.clock.slept).toHaveLength(expected === 'granted' ? 1 : 0);
  });

  it('has another token minted while it is passed, for the same', async () => {
    const { config, world } = prepare();
    const gate = await openGate(config, world);
    const facts = { ...gate.minted.facts, expires_at: new Date(noon + 60_000).toISOString() };
    const { report } = await passGate({ ...gate, minted: { ...gate.minted, facts } }, config, world);
    expect([report.passed, exchanges()]).toEqual([true, 2]);
  });
});
