import { readdirSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { decodeJwt } from 'jose';
import { runCli, runStep } from '../../scripts/runner.ts';
import { temporaryFolder } from '../folder.ts';
import { account, expectMasked, expectNoLeak, onScene } from './scene.ts';

describe('the built action, with a key', () => {
  it('mints, exports, checks the app and reports', () =>
    onScene(async (scene) => {
      const step = await runStep({ ...scene.inputs, check_protected: 'fail' }, scene.env);
      expect(step).toMatchObject({ code: 0, stderr: '' });
      const asked = ['GET app / → 200', 'GET certs → 200', 'GET iap / → 302', 'POST token → 200'];
      expect(scene.emulator.ledger.lines().sort()).toEqual(asked);

      const { token = '', report = '', ...outputs } = step.outputs;
      const claims = decodeJwt(token);
      expect(claims).toMatchObject({
        aud: scene.emulator.clientId,
        email: account,
        iss: 'https://accounts.google.com',
      });
      const expiry = new Date((claims.exp ?? 0) * 1000).toISOString().replace('.000', '');
      const facts = { audience: scene.emulator.clientId, principal: account, expires_at: expiry };
      expect(outputs).toEqual({
        id_token: token,
        token_kind: 'id_token',
        target_audience: facts.audience,
        principal: account,
        expires_at: expiry,
        result: 'passed',
        status: '200',
      });
      expect(JSON.parse(report)).toEqual({
        passed: true,
        token: { kind: 'id_token', ...facts },
        checks: [
          {
            name: `${scene.emulator.appUrl.replace('http://', '')}/`,
            url: `${scene.emulator.appUrl}/`,
            method: 'GET',
            passed: true,
            code: null,
            message: null,
            hint: null,
            status: 200,
            answered_by: 'app',
            attempts: 1,
            ms: expect.any(Number),
          },
          expect.objectContaining({ passed: true, status: 302, answered_by: 'iap' }),
        ],
      });
      expect(step.log).toContain(`Minted an ID token for ${account}`);
      expect(step.log).toContain('returned 200 from the app (1 try');
      expect(step.summary).toContain('### ✅ iap-auth: 2 checks passed in ');
      expect(step.summary).toContain('| account | ci&#64;demo-project.iam.gserviceaccount.com |');
      expectMasked(token, step.stdout);
      expectMasked(token.split('.')[2] ?? '', step.stdout);
      expectNoLeak(scene, step);
    }));

  it('masks each secret before it is used: the key before the exchange, the assertion before the token', () =>
    onScene(async (scene) => {
      const { stdout, outputs } = await runStep(scene.inputs, scene.env);
      const masked = stdout
        .split('\n')
        .filter((line) => line.startsWith('::add-mask::'))
        .map((line) => line.slice(12));
      const assertion = new URLSearchParams(
        scene.emulator.ledger.requests.find(({ service }) => service === 'token')?.body,
      ).get('assertion');
      const [firstLine] = scene.key.private_key.split('\n').slice(1);
      const order = [firstLine, assertion, outputs['token']].map((secret) => masked.indexOf(secret ?? ''));
      expect(order).toEqual([...order].sort((a, b) => a - b));
      expect(order[0]).toBe(0);
    }));

  it('takes base64, and a key whose line breaks were doubled', () =>
    onScene(async (scene) => {
      const doubled = { ...scene.key, private_key: scene.key.private_key.replaceAll('\n', '\\n') };
      for (const text of [JSON.stringify(scene.key), JSON.stringify(doubled)]) {
        const credentials_json = Buffer.from(text).toString('base64');
        const step = await runStep({ ...scene.inputs, credentials_json }, scene.env);
        expect(step.code).toBe(0);
        expectMasked(credentials_json, step.stdout);
        expectNoLeak(scene, step);
      }
    }));

  it('only mints without url, and reads what the step leaves out from IAP_AUTH_ variables', () =>
    onScene(async (scene) => {
      const { credentials_json = '', target_audience = '' } = scene.inputs;
      const variables = { IAP_AUTH_CREDENTIALS_JSON: credentials_json, IAP_AUTH_VERIFY: 'false' };
      const step = await runStep({ target_audience }, { ...scene.env, ...variables });
      expect(step.code).toBe(0);
      expect(step.outputs).toMatchObject({ result: 'skipped', status: '', token: expect.stringMatching(/^eyJ/) });
      expect(scene.emulator.ledger.lines()).toEqual(['POST token → 200']);
      expect(step.log).toMatch(/^Nothing was checked: no url was given\.$/m);
      expectNoLeak(scene, step);
    }));

  it('writes no summary where none is wanted', () =>
    onScene(async (scene) => {
      expect((await runStep({ ...scene.inputs, summary: 'false' }, scene.env)).summary).toBe('');
      expect((await runStep({ ...scene.inputs, summary: 'false', timeout: 'soon' }, scene.env)).summary).toBe('');
    }));

  it('does its work whatever the environment says of an earlier step', () =>
    onScene(async (scene) => {
      const step = await runStep(scene.inputs, { ...scene.env, STATE_main: 'done', STATE_isPost: 'true' });
      expect(step.outputs['result']).toBe('passed');
    }));

  it('is told of no further app by the environment, and says what it is told', () =>
    onScene(async (scene) => {
      const elsewhere = '- url: http://127.0.0.1:9/steal';
      const env = {
        ...scene.env,
        IAP_AUTH_CHECKS: elsewhere,
        IAP_AUTH_TIMEOUT: '9s',
        IAP_AUTH_EXPECT_STATUS: '200',
        // The step has its own.
        IAP_AUTH_TARGET_AUDIENCE: 'another',
      };
      const step = await runStep(scene.inputs, env);
      expect(step).toMatchObject({ code: 0, outputs: { result: 'passed' } });
      expect(step.log).toContain('From the environment: IAP_AUTH_TIMEOUT and IAP_AUTH_EXPECT_STATUS.');
      expect(JSON.parse(step.outputs['report'] ?? '').checks).toHaveLength(1);
    }));

  it('heeds IAP_AUTH_SUMMARY, whether it goes well or not', () =>
    onScene(async (scene) => {
      const env = { ...scene.env, IAP_AUTH_SUMMARY: 'false' };
      expect((await runStep(scene.inputs, env)).summary).toBe('');
      expect((await runStep({ ...scene.inputs, timeout: 'soon' }, env)).summary).toBe('');
    }));

  it('passes where the summary cannot be written, and says so', () =>
    onScene(async (scene) => {
      const step = await runStep(scene.inputs, { ...scene.env, GITHUB_STEP_SUMMARY: '/no/such/folder/summary' });
      expect(step).toMatchObject({ code: 0, stderr: '', outputs: { result: 'passed' } });
      expect(step.log).toContain('Warning: The step summary could not be written.');
    }));

  it.each(['GITHUB_OUTPUT', 'GITHUB_ENV', 'GITHUB_STATE'])(
    'fails where the runner’s file cannot be written: %s',
    (file) =>
      onScene(async (scene) => {
        const folder = temporaryFolder();
        const inputs = { ...scene.inputs, header_file: 'true', export_env: 'IAP_TOKEN' };
        const step = await runStep(inputs, { ...scene.env, RUNNER_TEMP: folder, [file]: '/no/such/folder/file' });
        expect(step).toMatchObject({ code: 1, stderr: '' });
        expect(step.log).toContain(`${file}: the file "/no/such/folder/file" is not there; the runner sets it`);
        expect(readdirSync(folder)).toEqual([]);
        expectNoLeak(scene, step);
      }),
  );
});

describe('the built command line, with a key', () => {
  it('token prints the token alone on stdout', () =>
    onScene(async (scene) => {
      const args = ['token', '--credentials-json', '@-', '--target-audience', scene.emulator.clientId];
      const { code, stdout, stderr } = await runCli(args, scene.env, JSON.stringify(scene.key));
      expect(code).toBe(0);
      expect(decodeJwt(stdout.trimEnd())).toMatchObject({ email: account });
      expectNoLeak(scene, { code, stdout: '', stderr });
    }));

  it('token keeps stdout clean on GitHub too, where its masks go to stderr', () =>
    onScene(async (scene) => {
      const args = ['token', '--credentials-json', '@-', '--target-audience', scene.emulator.clientId];
      const env = { ...scene.env, GITHUB_ACTIONS: 'true' };
      const { stdout, stderr } = await runCli(args, env, JSON.stringify(scene.key));
      expect(stdout).toMatch(/^eyJ[\w-]+\.[\w-]+\.[\w-]+\n$/);
      expectMasked(stdout.trimEnd(), stderr);
      expectNoLeak(scene, { code: 0, stdout: '', stderr });
    }));

  it('smoke checks the app', () =>
    onScene(async (scene) => {
      const { credentials_json = '', target_audience = '' } = scene.inputs;
      const env = {
        ...scene.env,
        IAP_AUTH_CREDENTIALS_JSON: credentials_json,
        IAP_AUTH_TARGET_AUDIENCE: target_audience,
      };
      const ended = await runCli(['smoke', `${scene.emulator.appUrl}/`], env);
      expect(ended).toMatchObject({ code: 0, stdout: '', stderr: expect.stringContaining('Passed: GET') });
      expectNoLeak(scene, ended);
    }));
});
