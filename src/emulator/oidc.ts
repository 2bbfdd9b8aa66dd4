import { randomUUID } from 'node:crypto';
import type { JWTPayload } from 'jose';
import { sign } from './jwt.ts';
import { defaultProvider, githubIssuer } from './provider.ts';
import { json } from './refusal.ts';
import type { Handler } from './route.ts';
import { seconds, type World } from './world.ts';

/**
 * GitHub's OIDC issuer, as a job calls it.
 * https://docs.github.com/en/actions/concepts/security/openid-connect
 */
export const oidc: Handler = async (request, world) => {
  const requestToken = /^bearer\s+(\S+)$/i.exec(request.headers.get('authorization') ?? '')?.[1];
  const job = world.jobs.get(requestToken ?? '');
  // unsure: the body.
  if (!job) return json(401, { message: 'The token is not valid.' });
  const { searchParams } = new URL(request.url);
  const { repository_owner: owner } = { ...jobClaims(job), ...job };
  const audience = searchParams.get('audience') || `https://github.com/${owner}`;
  const value = await signCiToken({ ...job, aud: audience }, world);
  return json(200, { count: value.length, value });
};

/** A token of the CI's issuer, for the default provider. `claims` win over those of a job on its main branch. */
export async function signCiToken(claims: JWTPayload, world: World): Promise<string> {
  const iat = claims.iat ?? seconds(world);
  const defaults = {
    iss: githubIssuer,
    aud: `https://iam.googleapis.com/${defaultProvider}`,
    iat,
    nbf: iat,
    exp: iat + 300,
  };
  const token = await sign({ jti: randomUUID(), ...jobClaims(claims), ...defaults, ...claims }, world.keys.ci);
  world.ledger.keep(token);
  return token;
}

/** What a job's token says of it: https://docs.github.com/en/actions/reference/security/oidc#oidc-token-claims */
function jobClaims({ repository = 'octo-org/octo-repo', ref = 'refs/heads/main' }: JWTPayload): JWTPayload {
  const sha = '0123456789abcdef0123456789abcdef01234567';
  const workflow = `${repository}/.github/workflows/deploy.yml@${ref}`;
  return {
    sub: `repo:${repository}:ref:${ref}`,
    repository,
    repository_id: '74',
    repository_owner: String(repository).split('/')[0],
    repository_owner_id: '65',
    repository_visibility: 'private',
    ref,
    ref_type: 'branch',
    sha,
    head_ref: '',
    base_ref: '',
    actor: 'octocat',
    actor_id: '12',
    event_name: 'push',
    workflow: 'deploy',
    workflow_ref: workflow,
    workflow_sha: sha,
    job_workflow_ref: workflow,
    job_workflow_sha: sha,
    run_id: '1234567890',
    run_number: '10',
    run_attempt: '1',
    runner_environment: 'github-hosted',
  };
}
