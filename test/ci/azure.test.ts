import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { openCi } from '../../src/ci/index.ts';
import type { Env } from '../../src/ci/system.ts';
import { failureOf, openTestWorld, shownOf } from '../world.ts';
import { type AzureEndpoint, startAzure } from './machine.ts';

const jwt = 'aaaaaaaa.bbbbbbbb.cccccccc';
const folder = mkdtempSync(join(tmpdir(), 'iap-auth-'));
let azure: AzureEndpoint;

beforeAll(async () => {
  azure = await startAzure(async () => jwt);
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await azure.close();
});
afterEach(() => {
  azure.asked.length = 0;
});

function open(env: Env = {}) {
  const lines: string[] = [];
  return { ci: openCi({ TF_BUILD: 'True', ...env }, (line) => lines.push(line)), lines };
}

function prepare(env: Env) {
  const world = openTestWorld({ host: '127.0.0.1:9' });
  return { world, ask: () => open(env).ci.subjectToken('https://iam.example.com/x', world) };
}

describe('a command on Azure Pipelines', () => {
  it('is one line, whatever it says', () => {
    const { ci, lines } = open();
    ci.mask('100%\r\nb');
    ci.annotate('error', 'title', 'a\nb; c]');
    ci.output('report', 'a\nb');
    ci.group('a\nb', []);
    expect(lines).toEqual([
      '##vso[task.setsecret]100%AZP25%0D%0Ab',
      '##vso[task.logissue type=error]a%0Ab; c]',
      '##vso[task.setvariable variable=IAP_REPORT]a%0Ab',
      '##vso[task.setvariable variable=IAP_REPORT;isOutput=true]a%0Ab',
      '##[group]a b',
      '##[endgroup]',
    ]);
  });

  it('sets no variable that would keep later steps from starting, and no output of a token', () => {
    const { ci, lines } = open();
    ci.output('report', 'x'.repeat(16 * 1024 + 1));
    // Empty, for what an earlier step may have set.
    expect(lines.splice(0)).toEqual([
      '##vso[task.setvariable variable=IAP_REPORT]',
      '##vso[task.setvariable variable=IAP_REPORT;isOutput=true]',
    ]);
    ci.output('id_token', jwt);
    expect(lines).toEqual([`##vso[task.setvariable variable=IAP_ID_TOKEN;issecret=true]${jwt}`]);
  });

  it('hands a file of this machine to this job alone', () => {
    const { ci, lines } = open();
    ci.output('header_file', '/tmp/iap-auth/header');
    expect(lines).toEqual(['##vso[task.setvariable variable=IAP_HEADER_FILE]/tmp/iap-auth/header']);
  });
});

describe('the summary on Azure Pipelines', () => {
  it('is a file that nobody else reads', async () => {
    const { ci, lines } = open({ AGENT_TEMPDIRECTORY: folder });
    await ci.summary('### One');
    await ci.summary('### Two');
    const paths = lines.map((line) => line.replace('##vso[task.uploadsummary]', ''));
    expect(paths.map((path) => readFileSync(path, 'utf8'))).toEqual(['### One', '### Two']);
    for (const path of paths) {
      expect(path.startsWith(folder)).toBe(true);
      if (process.platform !== 'win32') expect(statSync(path).mode & 0o777).toBe(0o600);
    }
  });

  it('is left out where the agent has no folder', async () => {
    const { ci, lines } = open();
    const before = readdirSync(folder);
    await ci.summary('### One');
    expect(lines).toEqual([]);
    expect(readdirSync(folder)).toEqual(before);
  });
});

describe('the OIDC token on Azure Pipelines', () => {
  it('is that of the service connection, asked for as the job', async () => {
    const { world, ask } = prepare(azure.env);
    expect(await ask()).toBe(jwt);
    expect(azure.asked).toMatchObject([
      {
        method: 'POST',
        url: expect.stringMatching(/oidctoken\?api-version=7\.1&serviceConnectionId=0a1b2c3d-[\w-]+$/),
        headers: {
          authorization: `Bearer ${azure.env['SYSTEM_ACCESSTOKEN']}`,
          'content-length': '0',
          'x-tfs-fedauthredirect': 'Suppress',
        },
      },
    ]);
    expect(world.masks).toEqual([azure.env['SYSTEM_ACCESSTOKEN'], jwt, 'cccccccc']);
  });

  it.each(['SYSTEM_OIDCREQUESTURI', 'SYSTEM_ACCESSTOKEN', 'AZURESUBSCRIPTION_SERVICE_CONNECTION_ID'])(
    'cannot be asked for without %s',
    async (name) => {
      const { world, ask } = prepare({ ...azure.env, [name]: '' });
      const error = await failureOf(ask);
      expect(error).toMatchObject({
        code: 'oidc-unavailable',
        message: 'Azure gives this job no OIDC token',
      });
      expect(error.hint).toContain('SYSTEM_ACCESSTOKEN: $(System.AccessToken)');
      expect(error.hint).toContain('api://AzureADTokenExchange');
      expect(azure.asked).toEqual([]);
      expect(world.masks).toEqual([]);
    },
  );

  it.each([
    [{ SYSTEM_ACCESSTOKEN: 'hunter2hunter2' }, 'status 401, "{"message": "TF400813: not authorized"}"'],
    [{ AZURESUBSCRIPTION_SERVICE_CONNECTION_ID: 'x&y' }, 'status 404, "{"message": "no such service connection"}"'],
  ])('is refused for %j', async (change, words) => {
    const env: Env = { ...azure.env, ...change };
    const error = await failureOf(prepare(env).ask);
    expect(error).toMatchObject({ code: 'oidc-refused', message: `Azure's OIDC endpoint refused: ${words}` });
    expect(error.hint).toContain(
      `Permit this pipeline to use the connection: service connection ${env['AZURESUBSCRIPTION_SERVICE_CONNECTION_ID']},`,
    );
    expect(error.hint).not.toContain('status page');
    expect(shownOf(error)).not.toContain('hunter2');
  });

  it('is not asked for in the clear', async () => {
    const error = await failureOf(prepare({ ...azure.env, SYSTEM_OIDCREQUESTURI: 'http://ado.example.com/' }).ask);
    expect(error).toMatchObject({ code: 'oidc-refused', facts: { host: 'SYSTEM_OIDCREQUESTURI' } });
  });
});
