import { describe, expect, it } from '@jest/globals';
import { UnsecuredJWT } from 'jose';
import { subjectOf } from '../../src/sources/subject.ts';
import { failureOf } from '../world.ts';

const pool = '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/ci';
const provider = `${pool}/providers/github`;

/** Not signed, but of the length of a signature. */
const tokenOf = (claims: Record<string, unknown>) => `${new UnsecuredJWT(claims).encode()}signature`;

function open(...tokens: string[]) {
  const masks: string[] = [];
  const rest = [...tokens];
  const fetchToken = async () => rest.shift() ?? Promise.reject(new Error('no more tokens'));
  return { masks, ...subjectOf(provider, fetchToken, (secret) => masks.push(secret)) };
}

describe('subjectOf', () => {
  it('fetches a fresh token each time, and masks each', async () => {
    const [first, second] = [tokenOf({ jti: '1' }), tokenOf({ jti: '2' })];
    const { token, masks } = open(first, second);
    expect([await token(), await token()]).toEqual([first, second]);
    expect(masks).toEqual([first, 'signature', second, 'signature']);
  });

  it('passes a failure on', async () => {
    const { token } = open();
    await expect(token()).rejects.toThrow('no more tokens');
    await expect(failureOf(token)).rejects.toThrow('no more tokens');
  });
});

describe('the member of a subject', () => {
  it('is the whole pool until a token tells more', () => {
    expect(open().member()).toBe(`principalSet:${pool}/*`);
  });

  it.each<[Record<string, unknown>, string]>([
    [
      { repository: 'acme/shop', sub: 'repo:acme/shop:ref:refs/heads/main' },
      'principalSet:POOL/attribute.repository/acme/shop',
    ],
    // What a provider of another system maps google.subject to is not known: not always the sub.
    [{ sub: 'project_path:acme/shop:ref_type:branch:ref:main' }, 'principalSet:POOL/*'],
    [{ sub: 'org/7/project/8/user/9' }, 'principalSet:POOL/*'],
    [{ repository: 7, sub: 'x' }, 'principalSet:POOL/*'],
    // What cannot be pasted into a shell is left out.
    [{ repository: 'a/$(id)', sub: 'x' }, 'principalSet:POOL/*'],
    [{ repository: 'a";id;"' }, 'principalSet:POOL/*'],
    [{ repository: 'a\nb' }, 'principalSet:POOL/*'],
    [{ repository: '' }, 'principalSet:POOL/*'],
    [{}, 'principalSet:POOL/*'],
  ])('of %j is %s', async (claims, member) => {
    const { token, member: memberOf } = open(tokenOf(claims));
    await token();
    expect(memberOf()).toBe(member.replace('POOL', pool));
  });

  it('is the whole pool of a token that cannot be read', async () => {
    const { token, member } = open('opaque');
    await token();
    expect(member()).toBe(`principalSet:${pool}/*`);
  });

  it('is that of the last token', async () => {
    const { token, member } = open(tokenOf({ repository: 'o/a' }), tokenOf({ repository: 'o/b' }));
    await token();
    expect(member()).toBe(`principalSet:${pool}/attribute.repository/o/a`);
    await token();
    expect(member()).toBe(`principalSet:${pool}/attribute.repository/o/b`);
  });
});
