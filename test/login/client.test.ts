import { describe, expect, it } from '@jest/globals';
import { readClient } from '../../src/login/client.ts';
import { failureOf, shownOf } from '../world.ts';

const installed = {
  client_id: '123-abc.apps.googleusercontent.com',
  project_id: 'demo-project',
  auth_uri: 'https://evil.example/auth',
  token_uri: 'https://evil.example/token',
  client_secret: 'GOCSPX-hunter2hunter2hunter2',
  redirect_uris: ['http://localhost'],
};

const read = (file: unknown) => {
  const masks: string[] = [];
  const text = typeof file === 'string' ? file : JSON.stringify(file);
  return { client: readClient(text, (secret) => void masks.push(secret)), masks };
};

describe('readClient', () => {
  it('reads the id and the secret, and no address', () => {
    expect(read({ installed })).toEqual({
      client: { clientId: installed.client_id, clientSecret: installed.client_secret },
      masks: [installed.client_secret],
    });
  });

  it('reads base64 of the file too', () => {
    const { client } = read(Buffer.from(JSON.stringify({ installed })).toString('base64'));
    expect(client.clientId).toBe(installed.client_id);
  });

  it('refuses a client of a web application, and says which is needed', async () => {
    const error = await failureOf(() => read({ web: installed }));
    expect(error).toMatchObject({ code: 'credentials-unsupported' });
    expect(error.hint).toContain('https://console.cloud.google.com/auth/clients');
    expect(error.hint).toContain('"Desktop app"');
    expect(shownOf(error)).not.toContain('hunter2');
  });

  it.each([
    [
      'a key',
      { type: 'service_account', private_key: 'hunter2' },
      'is not a desktop OAuth client: it has no "installed"',
    ],
    ['a client without its secret', { installed: { client_id: 'x' } }, 'lacks client_secret'],
    ['a client of nothing', { installed: null }, 'lacks client_id, client_secret'],
    ['a client of numbers', { installed: { client_id: 1, client_secret: 2 } }, 'lacks client_id, client_secret'],
    ['a list', '[]', 'is neither JSON nor base64 of JSON'],
    ['a file cut short', '{"installed": {"client_id": "hunter2', 'is not valid JSON'],
  ])('refuses %s', async (_name, file, problem) => {
    const error = await failureOf(() => read(file));
    expect(error).toMatchObject({ code: 'credentials-malformed', message: `the credential ${problem}` });
    expect(shownOf(error)).not.toContain('hunter2');
  });
});
