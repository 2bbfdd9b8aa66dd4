import { describe, expect, it } from '@jest/globals';
import type { Bearer } from '../../src/bearer.ts';
import { keepSecret } from '../../src/smoke/secrecy.ts';
import { Token } from '../../src/token.ts';

const facts = { kind: 'id_token', audience: 'x', principal: 'x', expires_at: 'x' } as const;
const bearerOf = (jwt: string): Bearer => ({ token: new Token(jwt), facts });

function open(jwt: string, renewed = 'aaaa.bbbb.dddd') {
  return keepSecret({ current: async () => bearerOf(jwt), renew: async () => bearerOf(renewed) });
}

describe('keepSecret', () => {
  it('hides the tokens that were handed out, and their signatures', async () => {
    const { bearers, hide } = open('aaaa.bbbb.cccc');
    await bearers.renew(await bearers.current());
    expect(hide('/aaaa.bbbb.cccc/cccc aaaa.bbbb.dddd dddd aaaa.bbbb')).toBe('/[token]/[…] [token] […] aaaa.bbbb');
  });

  it('hands on what it is given', async () => {
    const { bearers } = open('aaaa.bbbb.cccc');
    expect((await bearers.current()).token.reveal()).toBe('aaaa.bbbb.cccc');
    expect((await bearers.renew(bearerOf('x'))).token.reveal()).toBe('aaaa.bbbb.dddd');
  });

  it('hides nothing that was not handed out', () => {
    expect(open('aaaa.bbbb.cccc').hide('aaaa.bbbb.cccc')).toBe('aaaa.bbbb.cccc');
  });

  it.each(['text', 'aaaa.bbbb', 'aaaa.bbbb.'])('hides %p, which has no signature', async (text) => {
    const { bearers, hide } = open(text);
    await bearers.current();
    expect(hide(`1 ${text} 2`)).toBe('1 [token] 2');
  });

  it.each([
    ['X-Api-Key', 'hunter2-hunter2', 'you sent hunter2-hunter2', 'you sent […]'],
    ['Authorization', 'Basic dXNlcjpwYXNz', 'decoded from dXNlcjpwYXNz', 'decoded from […]'],
    ['Cookie', 'session=0123456789; theme=dark', 'who is 0123456789, in the dark?', 'who is […], in the dark?'],
    ['X-Token', 'short', 'a short one', 'a short one'],
    ['Accept', 'application/json', 'not application/json', 'not application/json'],
  ])('keeps out what the header %s carries, where that is a secret', (name, value, text, shown) => {
    const never = { current: () => Promise.reject(new Error('no')), renew: () => Promise.reject(new Error('no')) };
    expect(keepSecret(never, [{ [name]: value }]).hide(text)).toBe(shown);
  });
});
