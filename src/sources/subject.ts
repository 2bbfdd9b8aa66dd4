import { decodeJwt } from 'jose';
import { type Mask, maskJwt } from '../token.ts';

/** A workload's subject tokens, and whom a role must be granted to for them. */
export interface Subject {
  /** Fetches a fresh token, and masks it. */
  readonly token: () => Promise<string>;
  /** The IAM member that the last token stands for. */
  readonly member: () => string;
}

/**
 * @param provider the provider's full name, `//iam.googleapis.com/projects/…/workloadIdentityPools/POOL/providers/NAME`
 */
export function subjectOf(provider: string, fetchToken: () => Promise<string>, mask: Mask): Subject {
  // A credential file may name anything: only what is safe to paste into a shell is shown.
  const pool =
    /^(\/\/iam\.[\w.-]+\/projects\/[\w./-]+)\/providers\/[\w-]+$/.exec(provider)?.[1] ?? '//iam.googleapis.com/POOL';
  let member = `principalSet:${pool}/*`;
  return {
    token: async () => {
      const token = await fetchToken();
      maskJwt(token, mask);
      member = memberIn(token, pool) ?? member;
      return token;
    },
    member: () => member,
  };
}

/**
 * GitHub's repository. Of other systems' tokens the whole pool stays: whether its provider maps `google.subject` to
 * `sub` is not known here, and a member of another name would match nobody.
 * https://cloud.google.com/iam/docs/workload-identity-federation#principal-types
 */
function memberIn(token: string, pool: string): string | undefined {
  try {
    const { repository } = decodeJwt<{ repository?: unknown }>(token);
    // A claim of another issuer: only what is safe to paste into a shell is shown.
    if (typeof repository !== 'string' || !/^[\w./-]+$/.test(repository)) return undefined;
    return `principalSet:${pool}/attribute.repository/${repository}`;
  } catch {
    return undefined;
  }
}
