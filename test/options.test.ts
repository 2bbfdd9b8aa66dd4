import { describe, expect, it } from '@jest/globals';
import { inputs } from '../src/config.ts';
import { readOptions, rethrowInCamel, taken } from '../src/options.ts';
import { failureOf } from './world.ts';

const audience = '123456789012-abc123.apps.googleusercontent.com';

function read(options: unknown, names = [...taken.checkApp, 'url'] as Parameters<typeof readOptions>[1]) {
  const warnings: string[] = [];
  const defaults = { env: { HOME: '/home/one' }, warn: (line: string) => void warnings.push(line) };
  return { ...readOptions(options, names, defaults), warnings };
}

const problemsOf = async (options: unknown, names?: Parameters<typeof readOptions>[1]) => {
  const error = await failureOf(() => read(options, names));
  expect(error.code).toBe('config-invalid');
  return error.message.split('\n').slice(1);
};

describe('options', () => {
  it('have the defaults of the inputs', () => {
    expect(read({ targetAudience: audience }).config).toMatchObject({
      targetAudience: audience,
      tokenKind: 'id_token',
      exchange: 'auto',
      verify: true,
      timeout: 10_000,
      concurrency: 8,
      url: [],
    });
  });

  it('are taken as text, or as what they are', () => {
    const text = {
      verify: 'false',
      concurrency: '3',
      url: 'https://a.example/\nhttps://b.example/',
      expectStatus: '200,404',
    };
    const typed = {
      verify: false,
      concurrency: 3,
      url: [new URL('https://a.example/'), 'https://b.example/'],
      expectStatus: ['200', '404'],
    };
    expect(read({ targetAudience: audience, ...typed }).config).toEqual(
      read({ targetAudience: audience, ...text }).config,
    );
  });

  it('may be undefined, as if left out', () => {
    expect(read({ targetAudience: audience, verify: undefined, env: undefined, log: undefined }).config.verify).toBe(
      true,
    );
  });

  it('are refused all at once, by their names', async () => {
    const secret = 'a secret key';
    const problems = await problemsOf({
      targetAudiance: audience,
      exportEnv: 'IAP_TOKEN',
      target_audience: audience,
      verify: 1,
      timeout: 10,
      concurrency: true,
      targetAudience: 12,
      serviceAccount: ['ci@project.iam.gserviceaccount.com'],
      credentialsJson: { private_key: secret },
      expectStatus: '20',
      tokenKind: 'access_token',
      url: [1],
      env: 'x',
      log: null,
      onSecret: {},
    });
    expect(problems.join('\n')).not.toContain(secret);
    expect(problems.sort()).toEqual(
      [
        '- env: not an object',
        '- log: not an object',
        '- onSecret: not a function',
        '- "targetAudiance": there is no such option; did you mean targetAudience?',
        '- "exportEnv": there is no such option',
        '- "target_audience": there is no such option; did you mean targetAudience?',
        '- verify: has the wrong type; give true or false',
        '- timeout: has the wrong type; give a duration with its unit: 500ms, 10s, 2m',
        '- concurrency: has the wrong type; give a number from 1 to 64',
        "- targetAudience: has the wrong type; give an OAuth client id, discover or, for a signed JWT, the app's URL",
        '- serviceAccount: has the wrong type; give an email',
        '- credentialsJson: has the wrong type; give JSON, or base64 of it',
        '- expectStatus: "20" is not a list of statuses; give codes and ranges such as 200-299,404',
        '- tokenKind: "access_token" is not one of id_token, signed_jwt',
        '- url: has the wrong type; give an https:// URL, or several, one per line',
      ].sort(),
    );
  });

  it.each([
    [{}, '- targetAudience: missing; '],
    [
      {
        targetAudience: audience,
        workloadIdentityProvider: 'projects/1/locations/global/workloadIdentityPools/p/providers/q',
      },
      '- serviceAccount: missing; workloadIdentityProvider needs the account to act as',
    ],
    [
      { tokenKind: 'signed_jwt', idToken: 'eyJ', url: 'https://a.example/' },
      '- tokenKind: an idToken that is given cannot become a signed_jwt; leave one of them out',
    ],
  ])('that lack another name it as an option: %j', async (options, problem) => {
    expect((await problemsOf(options)).join('\n')).toContain(problem);
  });

  it.each([undefined, null, 'text', 3])('are an object, not %j', async (options) => {
    expect(await problemsOf(options)).toEqual(['- options: not an object']);
  });

  it.each(['mintToken', 'createTokenSource', 'checkApp'] as const)('of %s are none that hand something on', (name) => {
    const rows = Object.entries(inputs).filter(([, { group }]) => group === 'report');
    const handedOn = rows.map(([row]) => row).filter((row) => row !== 'show_response');
    expect(handedOn.length).toBeGreaterThan(3);
    expect(taken[name].filter((one) => handedOn.includes(one))).toEqual([]);
  });

  it('of mintToken are what a token needs', async () => {
    const problems = await problemsOf(
      { targetAudience: audience, method: 'POST', tokenHeader: 'authorization' },
      taken.mintToken,
    );
    expect(problems).toHaveLength(2);
    expect(taken.mintToken).toEqual(expect.arrayContaining(['credentials_json', 'url', 'timeout', 'propagation_wait']));
    expect(taken.createTokenSource).toContain('token_header');
  });
});

describe('surroundings', () => {
  it('stand in where they are left out', () => {
    const { env, openCi, warnings } = read({ targetAudience: audience });
    expect(env).toEqual({ HOME: '/home/one' });
    const ci = openCi();
    ci.info('nowhere');
    ci.debug('nowhere');
    ci.warn('here');
    ci.warn('here');
    openCi().warn('here');
    expect(warnings).toEqual(['here']);
  });

  it('are told of lines, and of secrets before any line can show them', () => {
    const told: string[] = [];
    class Lines {
      readonly prefix = '> ';
      info(line: string) {
        told.push(this.prefix + line);
      }
      warn(line: string) {
        told.push(`!${this.prefix}${line}`);
      }
    }
    const onSecret = (secret: string) => void told.push(`secret: ${secret}`);
    const ci = read({ targetAudience: audience, log: new Lines(), onSecret }).openCi();
    ci.mask('hush');
    ci.info('say hush');
    ci.warn('no hush');
    ci.debug('lost');
    expect(told).toEqual(['secret: hush', '> say ***', '!> no ***']);
  });

  it('never write to the log of a CI system', () => {
    const env = { GITHUB_ACTIONS: 'true', GITHUB_OUTPUT: '/nowhere' };
    const lines: string[] = [];
    const ci = read({ targetAudience: audience, env, log: { info: (line: string) => void lines.push(line) } }).openCi();
    ci.info('plain');
    expect([ci.name, lines]).toEqual(['github', ['plain']]);
  });
});

describe('rethrowInCamel', () => {
  it('leaves other errors as they are', async () => {
    const broken = new Error('target_audience');
    expect(() => rethrowInCamel(broken)).toThrow(broken);
    const problems = await problemsOf({
      targetAudience: audience,
      url: 'https://a.example/',
      tokenKind: 'x',
      expectStatus: 'y',
    });
    expect(problems).toHaveLength(2);
  });
});
