import { describe, expect, it } from '@jest/globals';
import { jenkins } from '../../src/ci/jenkins.ts';
import { failureOf, openTestWorld } from '../world.ts';

describe('Jenkins', () => {
  it('has no OIDC token of its own, and says which plugin makes one', async () => {
    const { subjectToken } = jenkins.open({}, () => undefined);
    const error = await failureOf(() => subjectToken('https://iam.example.com/x', openTestWorld({ host: 'x' })));
    expect(error).toMatchObject({ code: 'oidc-unavailable', message: 'Jenkins gives this job no OIDC token' });
    expect(error.hint).toContain('OpenID Connect Provider');
    expect(error.hint).toContain("withCredentials([string(credentialsId: 'CREDENTIAL', variable: 'IAP_OIDC')])");
    expect(error.hint).toContain('https://iam.example.com/x');
    expect(error.hint).toContain('--subject-token-variable IAP_OIDC');
  });
});
