import { describe, expect, it } from '@jest/globals';
import type { Given } from '../src/config.ts';
import { readConfig } from '../src/reading.ts';
import { demandUrl, readStep, requireUrl, wantedReports, withEnvironment } from '../src/step.ts';
import { failureOf } from './world.ts';

const audience = '123456789012-abc.apps.googleusercontent.com';
const app = 'https://app.example.com/';

const given = (values: Readonly<Record<string, string>>): Given[] =>
  Object.entries(values).map(([writtenAs, value]) => ({
    name: writtenAs.replace(/^IAP_AUTH_/, '').toLowerCase(),
    writtenAs,
    value,
  }));

describe('readStep', () => {
  const linesOf = async (values: Readonly<Record<string, string>>) => {
    const { message } = await failureOf(() => readStep(given({ target_audience: audience, ...values })));
    return message.split('\n').slice(1);
  };

  it('reads what is right', async () => {
    const all = given({ target_audience: audience, url: app });
    expect(await readStep(all)).toEqual(readConfig(all));
  });

  it('names what is wrong with the inputs and with the checks at once', async () => {
    const checks = `- { url: '${app}', expect_jsn: x }`;
    expect(await linesOf({ url: app, timeout: '10', expect_body: '/(/', checks })).toEqual([
      '- timeout: "10" is not a duration; give one with its unit, such as 10s or 2m',
      '- expect_body: "/(/" is not a valid regex in RE2 syntax: missing closing )',
      '- checks, line 1: expect_jsn: there is no such key; did you mean expect_json?',
    ]);
  });

  it('says nothing twice, and nothing that follows from another fault', async () => {
    const several = { url: `${app}\nhttps://b.example/`, token_kind: 'signed_jwt', retry_on: 'x' };
    expect((await linesOf({ ...several, retry_on: '' })).filter((line) => line.includes('for one app'))).toHaveLength(
      1,
    );
    expect(await linesOf({ method: 'G E T', checks: `- { url: '${app}', body: x, check_assertion: fail }` })).toEqual([
      expect.stringMatching(/^- method: /),
    ]);
    const checks = `- { url: '${app}', headers: { Authorization: x } }`;
    expect(await linesOf({ token_header: 'x', checks })).toEqual([expect.stringMatching(/^- token_header: /)]);
    expect(await linesOf({ url: '/', checks: `- { url: '${app}', method: POST, check_assertion: fail }` })).toEqual([
      expect.stringMatching(/^- url: /),
    ]);
  });

  it('goes on looking at checks that have their own in place of what is wrong', async () => {
    const checks = `- { url: '${app}', method: GET, body: x }\n- { url: '${app}', token_header: authorization, headers: { authorization: x } }`;
    const lines = await linesOf({ method: 'G T', token_header: 'nope', checks });
    expect(lines.map((line) => line.replace(/"?[^:]*$/, ''))).toEqual([
      expect.stringMatching(/^- method/),
      expect.stringMatching(/^- token_header/),
      expect.stringMatching(/^- checks, line 1: body/),
      expect.stringMatching(/^- checks, line 2: headers/),
    ]);
  });

  it('goes on looking where an input is wrong', async () => {
    const checks = `- { url: '${app}', method: HEAD }`;
    const wrong = { expect_json: 'garbage', expect_body: '/(/', method: 'G T', token_kind: 'x', expect_status: '2xx' };
    expect((await linesOf({ ...wrong, checks })).map((line) => line.replace(/:.*/, ''))).toEqual([
      '- token_kind',
      '- method',
      '- expect_status',
      '- expect_json',
      '- expect_body',
      // It is a HEAD, and has no body.
      '- checks, line 1',
    ]);
    expect(await linesOf({ url: app, headers: 'Authorization: x', timeout: '1' })).toHaveLength(2);
  });
});

describe('withEnvironment', () => {
  const env = { IAP_AUTH_URL: 'a', IAP_AUTH_CHECKS: 'b', IAP_AUTH_CHECKS_FILE: 'c', IAP_AUTH_TIMEOUT: '5s', PATH: 'd' };
  const namesOf = (values: Readonly<Record<string, string>>) =>
    withEnvironment(given(values), env).map(({ writtenAs }) => writtenAs);
  const others = ['IAP_AUTH_URL', 'IAP_AUTH_CHECKS', 'IAP_AUTH_CHECKS_FILE'];

  it('adds what the environment gives', () => {
    expect(namesOf({ timeout: '1s', url: ' ' })).toEqual(['timeout', 'url', ...others, 'IAP_AUTH_TIMEOUT']);
  });

  it.each(['url', 'checks', 'checks_file'])('adds no app to those that are named: %s', (name) => {
    expect(namesOf({ [name]: 'x' })).toEqual([name, 'IAP_AUTH_TIMEOUT']);
  });
});

describe('demandUrl', () => {
  const problemsOf = (values: Readonly<Record<string, string>>) =>
    failureOf(() => readConfig(demandUrl(given({ target_audience: audience, ...values })))).then(
      ({ message }) => message,
    );

  it.each([
    [{ url: '', expect_json: '$.a == 1' }, 'expect_json is'],
    [
      { url: ' ', checks: '', checks_file: '\n', expect_status: '200', check_assertion: 'fail' },
      'expect_status, check_assertion are',
    ],
    [{ method: 'POST' }, 'method is'],
    [{ headers: 'A: b' }, 'headers is'],
    [{ body: 'x' }, 'body is'],
    [{ expect_body: 'x' }, 'expect_body is'],
    [{ expect_header: 'a: b' }, 'expect_header is'],
    [{ retry_for: '5m' }, 'retry_for is'],
    [{ retry_on: '404' }, 'retry_on is'],
    [{ check_protected: 'off' }, 'check_protected is'],
    [{ concurrency: '2' }, 'concurrency is'],
    [{ junit_file: 'x.xml' }, 'junit_file is'],
    [{ show_response: 'never' }, 'show_response is'],
    [{ IAP_AUTH_EXPECT_STATUS: '200', IAP_AUTH_RETRY_FOR: '5m' }, 'IAP_AUTH_EXPECT_STATUS is'],
    // One problem, not two.
    [{ target_audience: 'discover', method: 'POST' }, 'method is'],
    [{ target_audience: '', retry_for: '5m' }, 'retry_for is'],
  ])('asks for the app that %j is to check', async (values, words) => {
    expect(await problemsOf(values)).toBe(
      `one input is wrong:\n- url: missing; ${words} set, but there is no app to check`,
    );
  });

  it.each([
    {},
    { url: '', expect_json: '', method: '', check_protected: ' ' },
    { timeout: '20s', token_header: 'proxy-authorization', propagation_wait: '5m', export_env: 'X' },
    { IAP_AUTH_RETRY_FOR: '5m', IAP_AUTH_RETRY_ON: '404', IAP_AUTH_CONCURRENCY: '2', IAP_AUTH_JUNIT_FILE: 'x' },
    { url: app, expect_status: '204' },
    { checks: `- url: ${app}`, check_assertion: 'fail' },
    { checks_file: 'x.yml', retry_for: '5m' },
  ])('takes %j as it is', (values) => {
    const all = given({ target_audience: audience, ...values });
    expect(demandUrl(all)).toBe(all);
    expect(() => readConfig(demandUrl(all))).not.toThrow();
  });
});

describe('requireUrl', () => {
  it.each([{}, { url: '' }, { url: '\n', checks: ' ' }])('asks for one in %j', async (values) => {
    const error = await failureOf(() => readConfig(requireUrl(given({ target_audience: audience, ...values }))));
    expect(error.message).toBe(
      'one input is wrong:\n- URL: missing; give the address to call, --checks or --checks-file',
    );
  });

  it.each([{ url: app }, { checks: `- url: ${app}` }, { checks_file: 'x.yml' }])('finds one in %j', (values) => {
    const all = given(values);
    expect(requireUrl(all)).toBe(all);
  });
});

describe('wantedReports', () => {
  it.each([
    [{}, true, undefined],
    [{ summary: ' FALSE', junit_file: ' out/junit.xml ' }, false, 'out/junit.xml'],
    [{ summary: 'nonsense', junit_file: ' ' }, true, undefined],
  ])('reads them of %j, whatever else is wrong', (values, summary, junitFile) => {
    expect(wantedReports(given({ nonsense: 'x', ...values }))).toEqual({ summary, junitFile });
  });
});
