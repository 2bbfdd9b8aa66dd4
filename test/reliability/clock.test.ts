import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { shifted } from '../../src/clock.ts';
import type { Service } from '../../src/emulator/index.ts';
import { type Code, IapError } from '../../src/errors.ts';
import { emulatorEndpoints, googleUniverse } from '../../src/google/endpoints.ts';
import { createHttp } from '../../src/http.ts';
import { run } from '../../src/run.ts';
import { configOf, fakeClock, noon } from '../world.ts';
import { exportedOf } from './outcome.ts';
import { watchCi } from './seen.ts';
import { account, openStage, type Stage } from './stage.ts';

let stage: Stage;

beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());

const minute = 60_000;
const day = 24 * 60 * minute;

/** By how much this machine's clock is ahead of Google's, in milliseconds. */
const offsets = {
  'ten minutes ahead': 10 * minute,
  'ten minutes behind': -10 * minute,
  'a day ahead': day,
  'a day behind': -day,
};
type Offset = keyof typeof offsets;

/** What Google's answers say of the time. */
const dates = { 'the right time': 0, 'no time': undefined, 'a time that is two days ahead': 2 * day } as const;
type Told = keyof typeof dates;

interface Way {
  readonly name: string;
  /** Whose answers tell the time. */
  readonly services: readonly Service[];
  readonly inputs: () => Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>>;
  /** The rule. */
  readonly ends: (offset: Offset, told: Told) => Ends;
}

interface Ends {
  readonly code: Code | 'passed';
  /** Words of the warning. */
  readonly warning?: string;
  /** Words of the hint. */
  readonly hint?: string;
}

const wif = () => ({ workload_identity_provider: stage.emulator.provider, service_account: account });

/** Google takes what was signed up to five minutes ahead of its clock, and up to an hour behind. */
const isMinded = (offset: Offset) => offsets[offset] > 5 * minute || offsets[offset] <= -60 * minute;

/** What is signed by this machine's clock is put right once, by Google's; if Google does not tell it, nobody can. */
function putRight(offset: Offset, told: Told): Ends {
  if (!isMinded(offset)) return { code: 'passed' };
  if (told === 'the right time') return { code: 'passed', warning: "Trying once more with Google's time." };
  const seconds = (offsets[offset] - (dates[told] ?? 0)) / 1000;
  const hint =
    told === 'no time'
      ? "Google's answer did not say what time it is"
      : `${Math.abs(seconds)} s ${seconds < 0 ? 'behind' : 'ahead'}`;
  return { code: 'clock-skew', hint, ...(told === 'no time' ? {} : { warning: 'Trying once more' }) };
}

/** IAM signs nothing that has expired, or that expires in more than twelve hours: it cannot be put right after that. */
function signedByIam(offset: Offset, told: Told): Ends {
  const refused = { code: 'iam-refused', hint: 'A wrong clock on this machine' } as const;
  if (Math.abs(offsets[offset]) === day) return refused;
  const isMadeWorse = isMinded(offset) && told === 'a time that is two days ahead';
  return isMadeWorse ? { ...refused, warning: 'Trying once more' } : putRight(offset, told);
}

/** What Google mints needs no clock; it has expired only if both this machine and the answer that brought it say so. */
function judged(offset: Offset, told: Told): Ends {
  if (offset !== 'a day ahead') return { code: 'passed' };
  if (told === 'the right time')
    return { code: 'passed', warning: "86400 s ahead of Google's. The token is checked against Google's time." };
  return { code: 'token-expired', hint: "Is this machine's clock right?" };
}

const ways: readonly Way[] = [
  {
    name: 'a key, by the token endpoint',
    services: ['token'],
    inputs: () => ({ credentials_json: JSON.stringify(stage.key) }),
    ends: putRight,
  },
  {
    name: 'workload identity, by signJwt and the token endpoint',
    services: ['token'],
    inputs: () => ({ ...wif(), exchange: 'token_uri' }),
    ends: signedByIam,
  },
  { name: 'workload identity', services: ['iam'], inputs: wif, ends: judged },
  { name: 'the metadata server', services: ['metadata'], inputs: () => ({}), ends: judged },
  {
    name: "a user's refresh",
    services: ['token'],
    inputs: () => ({ credentials_json: JSON.stringify(stage.user), target_audience: stage.emulator.clientId }),
    ends: judged,
  },
  {
    // Nobody answers who could tell the time.
    name: 'a token that was brought',
    services: [],
    inputs: async () => ({ id_token: await stage.emulator.mintIdToken({ email: account, sub: '1' }) }),
    ends: (offset) =>
      offset === 'a day ahead' ? { code: 'token-expired', hint: "Is this machine's clock right?" } : { code: 'passed' },
  },
  {
    // unsure: whether IAP minds an iat that is ahead; the emulator looks at exp alone.
    name: 'a JWT that the key signs for the app',
    services: ['iap'],
    inputs: () => ({
      credentials_json: JSON.stringify(stage.key),
      token_kind: 'signed_jwt',
      target_audience: `${stage.emulator.appUrl}/*`,
    }),
    ends: (offset) => (offset === 'a day behind' ? { code: 'iap-token-expired' } : { code: 'passed' }),
  },
  {
    name: 'a key, by generateIdToken',
    services: ['iam'],
    inputs: () => ({ credentials_json: JSON.stringify(stage.key), exchange: 'generate_id_token' }),
    ends: (offset, told) =>
      isMinded(offset) ? { code: 'iam-refused', hint: 'A wrong clock on this machine' } : judged(offset, told),
  },
];

const rows = ways.flatMap((way) =>
  Object.keys(offsets).flatMap((offset) =>
    Object.keys(dates).map((told) => [way.name, offset as Offset, told as Told, way] as const),
  ),
);

async function pass(way: Way, offset: Offset, told: Told) {
  const { emulator, user } = stage;
  const google = fakeClock(noon);
  await stage.reset(google);
  emulator.allow(`serviceAccount:${account}`, account, 'roles/iam.serviceAccountOpenIdTokenCreator');
  emulator.grant('ada@example.com');
  const ahead = dates[told];
  const date = ahead === undefined ? 'no time' : new Date(noon + ahead).toUTCString();
  for (const service of way.services) emulator.fail(service, { headers: { date } });
  const clock = shifted(google, offsets[offset]);
  const env = { ...emulator.githubEnv(), GITHUB_ACTIONS: 'true' };
  const seen = watchCi(env);
  const { ci } = seen;
  const http = createHttp({ clock, log: ci, timeout: 20_000 });
  const endpoints = emulatorEndpoints(emulator.host, googleUniverse);
  const world = { http, endpoints, ci, clock, env, log: ci, mask: ci.mask, timeline: [] };
  const given = {
    target_audience: emulator.clientId,
    url: `${emulator.appUrl}/`,
    retry_for: '0',
    ...(await way.inputs()),
  };
  const error = await run(configOf(given), world).catch((thrown: unknown) => thrown);
  return {
    seen,
    failure: error instanceof IapError ? error : failedCheck(seen.outputs.get('report')),
    exported: await exportedOf({ ...seen, shown: [] }, stage),
    user,
  };
}

interface Failure {
  readonly code: string;
  readonly hint: string;
}

function failedCheck(report = '{"checks": []}'): Failure | undefined {
  return (JSON.parse(report) as { checks: (Failure & { passed: boolean })[] }).checks.find(({ passed }) => !passed);
}

describe('a clock that is wrong', () => {
  it.each(rows)('%s: %s, and Google tells %s', async (_name, offset, told, way) => {
    const { code, warning, hint = '' } = way.ends(offset, told);
    const { seen, failure } = await pass(way, offset, told);
    expect(failure?.code ?? 'passed').toBe(code);
    expect(failure?.hint ?? '').toContain(hint);
    const warnings = seen.lines.filter((line) => line.startsWith('::warning'));
    expect(warnings).toEqual(warning === undefined ? [] : [expect.stringContaining(warning)]);
    // What IAP is to judge is exported before it does.
    expect(seen.outputs.has('token')).toBe(code === 'passed' || code === 'iap-token-expired');
  });
});
