import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { runStep } from '../../scripts/runner.ts';
import { temporaryFolder } from '../folder.ts';
import { account, expectNoLeak, onScene, type Scene } from './scene.ts';

const robot = 'robot@demo-project.iam.gserviceaccount.com';
const folder = temporaryFolder();

/** What a step is given, once the world is arranged for it. */
interface Given {
  readonly inputs: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
}

type Row = readonly [code: string, hints: readonly string[], arrange: (scene: Scene) => Given | Promise<Given>];

/** A job of GitHub's that may act as the robot. */
function job({ emulator }: Scene, inputs: Readonly<Record<string, string>> = {}): Given {
  emulator.allow(emulator.principalSet('repository', 'octo-org/octo-repo'), robot, 'roles/iam.workloadIdentityUser');
  emulator.grant(robot);
  const env = { ...emulator.githubEnv({ repository: 'octo-org/octo-repo', ref: 'refs/heads/main' }) };
  return { inputs: { workload_identity_provider: emulator.provider, service_account: robot, ...inputs }, env };
}

function user({ emulator }: Scene): Given {
  return { inputs: { credentials_json: JSON.stringify(emulator.createUser('ada@example.com')) } };
}

async function staleFile({ emulator }: Scene): Promise<string> {
  const path = join(folder, 'stale');
  const iat = Math.floor(Date.now() / 1000) - 86_400 * 2;
  writeFileSync(path, await emulator.signCiToken({ iat, exp: iat + 86_400 * 3 }));
  return path;
}

const describeProvider =
  'gcloud iam workload-identity-pools providers describe github --workload-identity-pool=ci --project=123456789012 --location=global';
const bindRobot = `gcloud iam service-accounts add-iam-policy-binding ${robot} --role=roles/iam.workloadIdentityUser`;

const refusals: readonly Row[] = [
  [
    'oidc-unavailable',
    ['permissions:\n  contents: read\n  id-token: write', 'forks and of Dependabot'],
    (scene) => ({ inputs: job(scene).inputs }),
  ],
  [
    'oidc-refused',
    ['permissions:\n  contents: read\n  id-token: write', 'forks and of Dependabot'],
    (scene) => {
      scene.emulator.fail('oidc', { status: 403, body: 'no' });
      return job(scene);
    },
  ],
  [
    'oidc-refused',
    ['status page'],
    (scene) => {
      scene.emulator.fail('oidc', { status: 200, body: 'no' });
      return job(scene);
    },
  ],
  [
    'sts-provider-unknown',
    ['providers describe other --workload-identity-pool=ci --project=123456789012'],
    (scene) => job(scene, { workload_identity_provider: scene.emulator.provider.replace('github', 'other') }),
  ],
  [
    'sts-audience-malformed',
    ['the project number, not its id'],
    (scene) => {
      const file = scene.emulator.externalAccountFile({ account: robot });
      return {
        inputs: {
          credentials_json: JSON.stringify({ ...file, audience: file.audience.replace('123456789012', 'my-project') }),
        },
      };
    },
  ],
  [
    'sts-condition-rejected',
    ['repository=octo-org/octo-repo', 'ref=refs/heads/main', describeProvider],
    (scene) => {
      scene.emulator.createProvider({ condition: () => false });
      return job(scene);
    },
  ],
  [
    'sts-audience-mismatch',
    ["The token's aud was https://other.example", describeProvider],
    (scene) => job(scene, { audience: 'https://other.example' }),
  ],
  [
    'sts-issuer-mismatch',
    ["The token's iss was https://token.actions.githubusercontent.com", describeProvider],
    (scene) => {
      scene.emulator.createProvider({ issuer: 'https://gitlab.example' });
      return job(scene);
    },
  ],
  [
    'sts-token-stale',
    ['write a new token to that file'],
    async (scene) => job(scene, { subject_token_file: await staleFile(scene) }),
  ],
  [
    'sts-refused',
    ['Its own message is above'],
    (scene) => {
      scene.emulator.fail('sts', {
        status: 400,
        body: '{"error":"invalid_grant","error_description":"Something new."}',
      });
      return job(scene);
    },
  ],
  [
    'iam-api-disabled',
    ['gcloud services enable iamcredentials.googleapis.com --project='],
    (scene) => {
      scene.emulator.disableApi();
      return job(scene);
    },
  ],
  [
    'iam-permission-denied',
    [
      `${bindRobot} --member="principalSet://iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/ci/attribute.repository/octo-org/octo-repo"`,
    ],
    (scene) => {
      const given = job(scene);
      scene.emulator.disallow(
        scene.emulator.principalSet('repository', 'octo-org/octo-repo'),
        robot,
        'roles/iam.workloadIdentityUser',
      );
      return given;
    },
  ],
  [
    'iam-service-account-unknown',
    ['gcloud iam service-accounts describe nobody@demo-project.iam.gserviceaccount.com'],
    (scene) => job(scene, { service_account: 'nobody@demo-project.iam.gserviceaccount.com' }),
  ],
  [
    'iam-scope-insufficient',
    ['gcloud compute instances set-service-account INSTANCE --scopes=cloud-platform'],
    ({ emulator }) => {
      emulator.attach(robot, { scopes: ['https://www.googleapis.com/auth/devstorage.read_only'] });
      return { inputs: { exchange: 'token_uri' } };
    },
  ],
  [
    'iam-refused',
    [`The call was for ${robot}`],
    (scene) => {
      scene.emulator.fail('iam', {
        status: 400,
        body: '{"error":{"code":400,"message":"Request contains an invalid argument.","status":"INVALID_ARGUMENT"}}',
      });
      return job(scene);
    },
  ],
  [
    'refresh-token-expired',
    ['gcloud auth application-default login', 'workload identity'],
    (scene) => {
      const given = user(scene);
      scene.emulator.revokeUser('ada@example.com', 'rapt');
      return given;
    },
  ],
  [
    'client-unknown',
    ['client_id was '],
    (scene) => {
      const given = user(scene);
      scene.emulator.deleteClient();
      return given;
    },
  ],
  [
    'credentials-missing',
    [
      'id_token, workload_identity_provider and credentials_json',
      'GOOGLE_APPLICATION_CREDENTIALS',
      'application_default_credentials.json',
      'The metadata server',
    ],
    () => ({ inputs: {} }),
  ],
  [
    'credentials-conflict',
    ['Give one of workload_identity_provider and credentials_json'],
    (scene) => {
      const { inputs, env = {} } = job(scene);
      return { inputs: { ...inputs, credentials_json: JSON.stringify(scene.key) }, env };
    },
  ],
  [
    'credentials-unsupported',
    ['Types that work here: service_account, authorized_user'],
    () => ({ inputs: { credentials_json: '{"type":"gdch_service_account"}' } }),
  ],
];

describe('the built action, refused', () => {
  it.each(refusals)('fails with %s, and says what mends it', (code, hints, arrange) =>
    onScene(async (scene) => {
      const { inputs, env } = await arrange(scene);
      const { target_audience = '', url = '' } = scene.inputs;
      const step = await runStep({ target_audience, url, ...inputs }, { ...scene.env, ...env });
      expect(step.log).toMatch(new RegExp(`^Error: ${code}: .+`, 'm'));
      expect(step).toMatchObject({ code: 1, outputs: { result: 'failed' } });
      for (const hint of hints) expect(step.log).toContain(hint);
      expect(step.summary).toContain(`**\`${code}\`**`);
      expect(scene.emulator.ledger.lines().join()).not.toContain('app');
      expectNoLeak(scene, step);
    }),
  );
});

describe('the built action, by other ways', () => {
  it('falls back to signJwt where only that is granted', () =>
    onScene(async (scene) => {
      const { emulator } = scene;
      const { inputs, env } = job(scene);
      emulator.allow(emulator.principalSet(), robot, 'roles/iam.serviceAccountTokenCreator');
      const denied = {
        code: 403,
        message: "Permission 'iam.serviceAccounts.getOpenIdToken' denied on resource (or it may not exist).",
        status: 'PERMISSION_DENIED',
      };
      emulator.fail('iam', { status: 403, body: JSON.stringify({ error: denied }), times: 1 });
      const { target_audience = '', url = '' } = scene.inputs;
      const step = await runStep({ target_audience, url, ...inputs }, { ...scene.env, ...env });
      expect(step).toMatchObject({ code: 0, outputs: { result: 'passed', principal: robot } });
      expect(
        emulator.ledger
          .lines()
          .filter((line) => line.startsWith('POST'))
          .map((line) => line.replace(/.*:/, '')),
      ).toEqual(['POST sts → 200', 'generateIdToken → 403', 'signJwt → 200', 'POST token → 200']);
      expectNoLeak(scene, step);
    }));

  it('fetches a fresh CI token where the first was stale', () =>
    onScene(async (scene) => {
      const { inputs, env } = job(scene);
      const body = '{"error":"invalid_grant","error_description":"ID Token issued at 1 is stale to sign-in."}';
      scene.emulator.fail('sts', { status: 400, body, times: 1 });
      const { target_audience = '', url = '' } = scene.inputs;
      const step = await runStep({ target_audience, url, ...inputs }, { ...scene.env, ...env });
      expect(step.outputs['result']).toBe('passed');
      expect(scene.emulator.ledger.lines().filter((line) => /oidc|sts/.test(line))).toHaveLength(4);
      expectNoLeak(scene, step);
    }));

  it.each(['GOOGLE_APPLICATION_CREDENTIALS', 'GOOGLE_GHA_CREDS_PATH'])('reads the file that %s names', (variable) =>
    onScene(async (scene) => {
      const path = join(folder, 'named.json');
      writeFileSync(path, scene.inputs['credentials_json'] ?? '');
      const { target_audience = '', url = '' } = scene.inputs;
      const step = await runStep({ target_audience, url }, { ...scene.env, [variable]: path });
      expect(step.outputs).toMatchObject({ result: 'passed', principal: account });
      expectNoLeak(scene, step);
    }),
  );

  it('mints through IAM in another universe', () =>
    onScene(async (scene) => {
      const key = { ...scene.key, universe_domain: 'example.goog' };
      scene.emulator.allow(`serviceAccount:${account}`, account, 'roles/iam.serviceAccountOpenIdTokenCreator');
      const step = await runStep(
        { ...scene.inputs, universe: 'example.goog', credentials_json: JSON.stringify(key) },
        scene.env,
      );
      expect(step.outputs).toMatchObject({ result: 'passed' });
      expect(scene.emulator.ledger.lines().join()).toContain(':generateIdToken → 200');
      const usual = await runStep({ ...scene.inputs, credentials_json: JSON.stringify(key) }, scene.env);
      expect(usual.log).toContain('Set the input universe to that of the credential.');
    }));
});

describe('the built action, before an app', () => {
  it('discovers the client id, and names it where target_audience is left out', () =>
    onScene(async (scene) => {
      const found = await runStep({ ...scene.inputs, target_audience: 'discover' }, scene.env);
      expect(found.outputs).toMatchObject({ result: 'passed', target_audience: scene.emulator.clientId });
      const left = await runStep({ ...scene.inputs, target_audience: '' }, scene.env);
      expect(left.log).toContain(
        `Error: config-invalid: one input is wrong:\n- target_audience: missing; IAP in front of`,
      );
      expect(left.log).toContain(
        `uses the OAuth client id ${scene.emulator.clientId}. Set it to IAP's OAuth client id, or to discover`,
      );
      expect(left.outputs).toEqual({ result: 'failed', status: '', report: '' });
    }));

  it('fails with discovery-failed where no IAP answers', () =>
    onScene(async (scene) => {
      scene.emulator.fail('edge', { status: 200, body: 'the app itself' });
      const step = await runStep({ ...scene.inputs, target_audience: 'discover' }, scene.env);
      expect(step.log).toMatch(/^Error: discovery-failed: no IAP client id found at http.*status 200$/m);
      expect(step.log).toContain('Is IAP turned on for it?');
    }));

  it.each([
    ['google-managed', 'iap-audience', 'token_kind: signed_jwt'],
    ['identity-platform', 'iap-identity-platform', 'token_kind: signed_jwt'],
  ] as const)('with a %s client fails with %s, and passes with a signed JWT', (mode, code, hint) =>
    onScene(async (scene) => {
      scene.emulator.setIap(mode);
      const refused = await runStep(scene.inputs, scene.env);
      expect(refused.log).toMatch(new RegExp(`^Error: ${code}: `, 'm'));
      expect(refused.log).toContain(hint);
      const step = await runStep({ ...scene.inputs, token_kind: 'signed_jwt' }, scene.env);
      expect(step.outputs).toMatchObject({ result: 'passed', target_audience: `${scene.emulator.appUrl}/*` });
      expectNoLeak(scene, step);
    }),
  );
});

describe('the bundle', () => {
  /** The files of dist that a run loads, by what V8 says it covered. */
  async function loadedBy(given: Given, scene: Scene): Promise<string[]> {
    const coverage = mkdtempSync(join(folder, 'coverage-'));
    const { target_audience = '' } = scene.inputs;
    await runStep({ target_audience, ...given.inputs }, { ...scene.env, ...given.env, NODE_V8_COVERAGE: coverage });
    const reports = readdirSync(coverage).map((name) => JSON.parse(readFileSync(join(coverage, name), 'utf8')));
    const urls: string[] = reports.flatMap(({ result }) => result.map(({ url }: { url: string }) => url));
    return [...new Set(urls.flatMap((url) => /dist\/action\/(.*)$/.exec(url)?.[1] ?? []))];
  }

  it('loads google-auth-library for AWS and commands, and for nothing else', () =>
    onScene(async (scene) => {
      const { emulator } = scene;
      emulator.allow(emulator.principalSet(), robot, 'roles/iam.workloadIdentityUser');
      const file = emulator.externalAccountFile({ account: robot });
      const given = (json: object) => ({ inputs: { credentials_json: JSON.stringify(json) } });
      expect(await loadedBy(given(scene.key), scene)).toEqual(['index.js']);
      expect(await loadedBy(job(scene), scene)).toEqual(['index.js']);
      expect(await loadedBy(given(file), scene)).toEqual(['index.js']);
      const command = { ...file, credential_source: { executable: { command: '/none', timeout_millis: 5000 } } };
      expect((await loadedBy(given(command), scene)).length).toBeGreaterThan(1);
    }));
});
