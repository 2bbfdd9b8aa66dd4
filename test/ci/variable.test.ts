import { describe, expect, it } from '@jest/globals';
import { variable } from '../../src/ci/variable.ts';
import { Unfit } from '../../src/inputs.ts';

describe('variable', () => {
  it.each(['IAP_TOKEN', 'token', '_x9', 'MY_PATH', 'GITHUBTOKEN', 'HOMEPAGE'])('takes %s', (name) => {
    expect(variable.parse(name)).toBe(name);
  });

  it.each(['', '9x', 'a-b', 'a b', 'a=b', 'a\nb', 'é', 'A'.repeat(101)])('refuses %p, which is no name', (name) => {
    expect(() => variable.parse(name)).toThrow(new Unfit('is no name of a variable; give one such as IAP_TOKEN'));
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
