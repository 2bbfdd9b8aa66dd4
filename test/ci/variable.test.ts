import { describe, expect, it } from '@jest/globals';
import { held, variable } from '../../src/ci/variable.ts';
import { Unfit } from '../../src/inputs.ts';

describe('variable', () => {
  it.each(['IAP_TOKEN', 'token', '_x9', 'MY_PATH', 'GITHUBTOKEN', 'HOMEPAGE'])('takes %s', (name) => {
    expect(variable.parse(name)).toBe(name);
  });

  it.each(['', '9x', 'a-b', 'a b', 'a=b', 'a\nb', 'é', 'A'.repeat(101)])('refuses %p, which is no name', (name) => {
    expect(() => variable.parse(name)).toThrow(new Unfit('is not a valid variable name; give one such as IAP_TOKEN'));
  });

  it.each([
    'PATH',
    'Path',
    'HOME',
    'LD_PRELOAD',
    'LD_LIBRARY_PATH',
    'DYLD_INSERT_LIBRARIES',
    'NODE_OPTIONS',
    'BASH_ENV',
    'ENV',
    'GITHUB_TOKEN',
    'GITLAB_TOKEN',
    'CIRCLE_TOKEN',
    'BUILDKITE_TOKEN',
    'BITBUCKET_TOKEN',
    'RUNNER_TEMP',
    'ACTIONS_ID_TOKEN_REQUEST_TOKEN',
    'INPUT_URL',
    'IAP_AUTH_ID_TOKEN',
    'iap_auth_url',
  ])('refuses %s, which others read', (name) => {
    expect(() => variable.parse(name)).toThrow(
      new Unfit('is in use by the system; give another name, such as IAP_TOKEN'),
    );
  });
});

describe('held', () => {
  it.each(['GITLAB_OIDC_TOKEN', 'idToken', '_x9', 'ACTIONS_ID_TOKEN_REQUEST_TOKEN'])('takes %s', (name) => {
    expect(held.parse(name)).toBe(name);
  });

  it.each(['', '$IAP_OIDC', 'a-b', 'eyJhbGciOi.x.y'])('refuses %p, and asks for the name', (name) => {
    expect(() => held.parse(name)).toThrow(new Unfit('is not a valid variable name; give its name, not its value'));
    expect(held.isHidden).toBe(true);
  });
});
