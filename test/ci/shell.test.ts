import { describe, expect, it } from '@jest/globals';
import { shell } from '../../src/ci/shell.ts';
import { failureOf, openTestWorld } from '../world.ts';

describe('a shell', () => {
  it.each([[{}], [{ RUNNER_DEBUG: '0' }], [{ RUNNER_DEBUG: 'true' }]])('keeps debug lines to itself: %p', (env) => {
    const lines: string[] = [];
    shell.open(env, (line) => lines.push(line)).debug('detail');
    expect(lines).toEqual([]);
  });

  it('has no OIDC token, and says what to give instead', async () => {
    const { subjectToken } = shell.open({}, () => undefined);
    const error = await failureOf(() => subjectToken('x', openTestWorld({ host: '127.0.0.1:9' })));
    expect(error).toMatchObject({
      code: 'oidc-unavailable',
      message: 'this CI system is not recognised: there is no OIDC token',
    });
    expect(error.hint).toContain('set subject_token_file to its path');
    expect(error.hint).toContain('subject_token_variable');
  });
});
