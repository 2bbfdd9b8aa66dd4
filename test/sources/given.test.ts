import { describe, expect, it } from '@jest/globals';
import { givenToken } from '../../src/sources/given.ts';
import { failureOf, openTestWorld, shownOf, sourceConfig } from '../world.ts';

const jwt = `${Buffer.from('{"alg":"RS256"}').toString('base64url')}.${Buffer.from('{"aud":"x"}').toString('base64url')}.c2lnbmF0dXJl`;

const open = async (idToken: string) => {
  const world = openTestWorld({ host: '127.0.0.1:9' });
  return { world, work: () => givenToken.open(sourceConfig({ idToken }), world) };
};

describe('id_token', () => {
  it('is chosen by its input', () => {
    expect(givenToken.chosenBy(sourceConfig({ idToken: jwt }))).toBe(true);
    expect(givenToken.chosenBy(sourceConfig())).toBe(false);
  });

  it('is the token, whatever is asked for, and nothing more', async () => {
    const { world, work } = await open(jwt);
    const credential = await work();
    expect(await credential.idToken?.('another')).toBe(jwt);
    expect(credential).toMatchObject({ principal: undefined, prefers: 'id_token' });
    expect([credential.signer, credential.accessToken]).toEqual([undefined, undefined]);
    expect(world.masks).toEqual([jwt, 'c2lnbmF0dXJl']);
  });

  it.each(['ya29.hunter2-hunter2', 'hunter2', 'a.b'])('must be a JWT, not %s', async (text) => {
    const { world, work } = await open(text);
    const error = await failureOf(work);
    expect(error).toMatchObject({ code: 'token-malformed', message: 'the input id_token is not a JWT' });
    expect(error.hint).toBe('Give the token itself, without "Bearer" and without quotes.');
    expect(world.masks[0]).toBe(text);
    for (const secret of [text, 'hunter2', 'c2lnbmF0dXJl']) expect(shownOf(error)).not.toContain(secret);
  });
});
