import { describe, expect, it } from '@jest/globals';
import { credentialsJson, parseFile } from '../../src/sources/file.ts';
import { createPem, failureOf, openTestWorld, shownOf, sourceConfig } from '../world.ts';

const { pem, lines } = createPem();
const key = {
  type: 'service_account',
  project_id: 'project',
  client_email: 'ci@project.iam.gserviceaccount.com',
  private_key: pem,
  private_key_id: 'abc123',
  // In base64 these become the characters in which its two alphabets differ.
  note: '???>>>~~~ÿÿÿ',
};
const json = JSON.stringify(key, null, 2);
const base64 = Buffer.from(json).toString('base64');
const bom = '\ufeff';

const wrap = (text: string, end: string) => text.replace(/.{76}/g, `$&${end}`);

function parse(text: string) {
  const masks: string[] = [];
  return { file: parseFile(text, (secret) => void masks.push(secret)), masks };
}

async function refusalOf(text: string) {
  const error = await failureOf(() => parse(text));
  const shown = shownOf(error);
  for (const line of lines) expect(shown).not.toContain(line);
  expect(error.cause).toBeUndefined();
  return { code: error.code, message: error.message, hint: error.hint };
}

/** Nothing listens there: to open a file sends nothing. */
const world = openTestWorld({ host: '127.0.0.1:9' });

const open = (text: string | undefined) => credentialsJson.open(sourceConfig({ credentialsJson: text }), world);

describe('parseFile', () => {
  it.each([
    ['JSON', json],
    ['JSON on one line', JSON.stringify(key)],
    ['JSON with CRLF', json.replaceAll('\n', '\r\n')],
    ['JSON with white space around it', `\n\t ${json}\n\n`],
    ['JSON with a BOM', bom + json],
    ['JSON with a BOM within white space', `\n${bom}${json}`],
    ['base64', base64],
    ['base64 without its padding', base64.replace(/=+$/, '')],
    ['base64 for URLs', Buffer.from(json).toString('base64url')],
    ['base64 in lines', wrap(base64, '\n')],
    ['base64 in lines of Windows', wrap(base64, '\r\n')],
    ['base64 with spaces for line breaks', wrap(base64, ' ')],
    ['base64 of JSON with a BOM', Buffer.from(bom + json).toString('base64')],
    ['base64 after a BOM', bom + base64],
    ['base64 of JSON with white space around it', Buffer.from(`\n ${json}\n`).toString('base64')],
  ])('reads %s', (_, text) => {
    expect(parse(text).file).toEqual(key);
  });

  it('masks base64, line by line', () => {
    expect(parse(base64).masks).toEqual([base64]);
    const wrapped = wrap(base64, '\n').split('\n');
    expect(parse(wrapped.join('\n')).masks).toEqual(wrapped.filter((line) => line.length >= 16));
  });

  it('masks no JSON: each of its braces would be hidden from the log', () => {
    expect(parse(json).masks).toEqual([]);
  });

  const notJson = 'the credential is not valid JSON';
  const neither = 'the credential is neither JSON nor base64 of JSON';
  const whole = 'Give the whole file, from { to }.';

  it.each([
    ['real line breaks in the key', json.replaceAll('\\n', '\n'), notJson, 'real line breaks'],
    ['line breaks of Windows in the key', json.replaceAll('\\n', '\r\n'), notJson, 'real line breaks'],
    ['base64 of that', Buffer.from(json.replaceAll('\\n', '\n')).toString('base64'), notJson, 'real line breaks'],
    ['the end cut off', json.slice(0, 900), notJson, 'Its end is missing'],
    ['base64 cut off', base64.slice(0, 1200), notJson, 'Its end is missing'],
    ['a comma too many', json.replace(/\n}$/, ',\n}'), notJson, 'base64 -w0 key.json'],
    ['single quotes', json.replaceAll('"', "'"), notJson, 'base64 -w0 key.json'],
    ['no quotes', json.replaceAll('"', ''), notJson, 'base64 -w0 key.json'],
    ['two files', json + json, notJson, 'base64 -w0 key.json'],
    ['the beginning cut off', json.slice(2), neither, whole],
    ['quotes around it', JSON.stringify(json), neither, whole],
    ['a list', `[${json}]`, neither, whole],
    ['the key alone', pem, neither, whole],
    ['a line of the key', lines[0] ?? '', neither, whole],
    ['a word', 'null', neither, whole],
    ['nothing', '', neither, whole],
    ['other text', 'not a key, I fear', neither, whole],
    ['base64 of a list', Buffer.from(`[${json}]`).toString('base64'), neither, whole],
    ['base64 of base64', Buffer.from(base64).toString('base64'), neither, whole],
    ['base64 twice padded', `${base64}====`, neither, whole],
    ['bytes', Buffer.from(base64, 'base64').toString('latin1').replace('{', '\u0000'), neither, whole],
    ['a path', './secrets/key.json', neither, 'It looks like a path'],
    ['a path of Windows', 'C:\\secrets\\KEY.JSON', neither, 'It looks like a path'],
  ])('refuses %s, and shows none of it', async (_, text, message, fix) => {
    const refusal = await refusalOf(text);
    expect(refusal).toMatchObject({ code: 'credentials-malformed', message });
    expect(refusal.hint).toContain(fix);
  });
});

describe('credentials_json', () => {
  it('opens the key of a service account', async () => {
    const credential = await open(base64);
    expect(credential).toMatchObject({ principal: key.client_email, signer: { tokenUri: world.endpoints.token } });
  });

  it.each([
    ['external_account_authorized_user', 'external_account_authorized_user'],
    ['gdch_service_account', 'gdch_service_account'],
    ['constructor', 'constructor'],
    ['__proto__', '__proto__'],
    ['Not A Type', 'unknown'],
    ['s3cret-s3cret', 'unknown'],
    ['x'.repeat(51), 'unknown'],
    ['', 'unknown'],
  ])('knows no type "%s"', async (type, shown) => {
    const error = await failureOf(() => open(JSON.stringify({ ...key, type })));
    expect(error).toMatchObject({
      code: 'credentials-unsupported',
      message: `a credential of type "${shown}" cannot reach IAP`,
    });
    expect(error.hint).toContain(
      'Types that work here: service_account, authorized_user, external_account, impersonated_service_account.',
    );
  });

  it.each([['{}'], ['{"type": 7}'], ['{"type": null}'], ['{"type": ["service_account"]}']])(
    'refuses a file without a type: %s',
    async (text) => {
      const error = await failureOf(() => open(text));
      expect(error).toMatchObject({ code: 'credentials-malformed', message: 'the credential has no "type"' });
    },
  );
});
