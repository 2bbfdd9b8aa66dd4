import { describe, expect, it } from '@jest/globals';
import type { Bearer } from '../../src/bearer.ts';
import { type Given, keepSecret } from '../../src/smoke/secrecy.ts';
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

  const never = { current: () => Promise.reject(new Error('no')), renew: () => Promise.reject(new Error('no')) };
  const hiding = (given: Partial<Given>) =>
    keepSecret(never, [{ url: new URL('https://app.example.com/'), headers: {}, body: undefined, ...given }]).hide;

  it.each<[Partial<Given>, string, string]>([
    [{ headers: { 'X-Api-Key': 'hunter2-hunter2' } }, 'you sent hunter2-hunter2', 'you sent […]'],
    [{ headers: { 'X-Pin': '01234567' } }, 'your pin 01234567', 'your pin […]'],
    [{ headers: { Authorization: 'Basic dXNlcjpwYXNz' } }, 'decoded from dXNlcjpwYXNz', 'decoded from […]'],
    [{ headers: { Cookie: 'session=0123456789; theme=dark' } }, 'is 0123456789 in the dark?', 'is […] in the dark?'],
    [{ headers: { 'X-Token': 'short' } }, 'a short one', 'a short one'],
    [{ headers: { Accept: 'application/json' } }, 'not application/json', 'not application/json'],
    [{ url: new URL('https://app.example.com/?code=hunter2-query') }, 'no code hunter2-query', 'no code […]'],
    [{ body: '{"password":"hunter2-body","dry_run":true}' }, 'no hunter2-body; dry_run', 'no […]; dry_run'],
    [{ body: '{"password":"hunter2-body"}' }, 'you sent {"password":"hunter2-body"}', 'you sent […]'],
    [{ body: 'user=me&password=hunter2+body' }, 'no "hunter2 body"', 'no "[…]"'],
    [{ headers: { 'X-Key': 'pa"ss\\word<1>' } }, '{"k":"pa\\"ss\\\\word<1>"}', '{"k":"[…]"}'],
    [{ headers: { 'X-Key': 'pa"ss<word>' } }, '<i>pa&quot;ss&lt;word&gt;</i>', '<i>[…]</i>'],
    [{ headers: { 'X-Key': 'pass/word 1' } }, '/x/pass%2Fword%201', '/x/[…]'],
  ])('keeps out what %j carries: %s', (given, text, shown) => expect(hiding(given)(text)).toBe(shown));

  it('keeps out the whole of a value that another begins', () => {
    const headers = { 'X-Key': 'hunter2-hunter2', 'X-Longer': 'hunter2-hunter2-longer' };
    expect(hiding({ headers })('you sent hunter2-hunter2-longer')).toBe('you sent […]');
  });

  it('takes any body', () => {
    for (const body of ['', 'x', '{', '[1', 'null', '\ud800\ud800\ud800\ud800\ud800\ud800\ud800\ud800'])
      expect(hiding({ body })('some text')).toBe('some text');
  });
});
