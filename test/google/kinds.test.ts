import { describe, expect, it } from '@jest/globals';
import { audience, domain, email, oidcAudience, provider } from '../../src/google/kinds.ts';
import { Unfit } from '../../src/inputs.ts';

const unfit = (words: string) => new Unfit(words);

describe('audience', () => {
  it.each([
    '123456789012-abc.apps.googleusercontent.com',
    'https://app.example.com/*',
    '/projects/1/global/backendServices/2',
    'discover',
    'a'.repeat(400),
  ])('takes %s', (value) => {
    expect(audience.parse(value)).toBe(value);
  });

  it.each([
    '',
    'two words',
    'a\n::error::b',
    '{"type": "service_account"}',
    'eyJhbGciOiJSUzI1NiJ9.e30.c2ln',
    'a'.repeat(401),
  ])('refuses %j', (value) => {
    expect(() => audience.parse(value)).toThrow(
      unfit('is not a valid audience; give an OAuth client id, such as 123456789012-abc123.apps.googleusercontent.com'),
    );
  });
});

const noEmail = 'is not a valid email; give one such as ci@my-project.iam.gserviceaccount.com';

describe('email', () => {
  it('takes an email', () => {
    expect(email.parse('ci@project.iam.gserviceaccount.com')).toBe('ci@project.iam.gserviceaccount.com');
  });

  it.each([
    'ci',
    'ci @project.iam.gserviceaccount.com',
    'a@b.com c@d.com',
    'serviceAccount:ci@project.iam.gserviceaccount.com',
    'projects/-/serviceAccounts/ci@project.iam.gserviceaccount.com',
  ])('refuses %p', (value) => {
    expect(() => email.parse(value)).toThrow(unfit(noEmail));
  });
});

describe('provider', () => {
  const name = 'projects/123456789012/locations/global/workloadIdentityPools/ci-pool/providers/github';
  const form = 'projects/NUMBER/locations/global/workloadIdentityPools/POOL/providers/PROVIDER';

  it.each([
    name,
    `//iam.googleapis.com/${name}`,
    `https://iam.googleapis.com/${name}`,
    `//iam.cloud.example.com/${name}`,
  ])('reads %s', (value) => {
    expect(provider.parse(value)).toBe(name);
  });

  it.each([
    [
      'a project id',
      name.replace('123456789012', 'my-project'),
      `names the project by its id; give its number: ${form}`,
    ],
    [
      'a project id that begins with digits',
      name.replace('123456789012', '1-project'),
      `names the project by its id; give its number: ${form}`,
    ],
    [
      'a project id and a pool',
      'projects/my-project/locations/global/workloadIdentityPools/ci',
      `names the project by its id; give its number: ${form}`,
    ],
    ['a pool', name.replace('/providers/github', ''), `names the pool; give a provider of it: ${form}`],
    ['a pool and a slash', name.replace('providers/github', ''), `names the pool; give a provider of it: ${form}`],
    ['a name alone', 'github', `is not a valid provider; give ${form}`],
    ['another location', name.replace('global', 'europe-west1'), `is not a valid provider; give ${form}`],
    ['a workforce pool', 'locations/global/workforcePools/p/providers/x', `is not a valid provider; give ${form}`],
    ['more than a provider', `${name}/keys/x`, `is not a valid provider; give ${form}`],
    ['a space', `${name} x`, `is not a valid provider; give ${form}`],
    ['a command', `${name};id`, `is not a valid provider; give ${form}`],
    ['its form', form, `names the project by its id; give its number: ${form}`],
  ])('refuses %s', (_, value, words) => {
    expect(() => provider.parse(value)).toThrow(unfit(words));
  });
});

describe('domain', () => {
  it.each(['googleapis.com', 'cloud.example.com', 'a-b.c'])('takes %s', (value) => {
    expect(domain.parse(value)).toBe(value);
  });

  it.each([
    '',
    'localhost',
    'https://googleapis.com',
    'googleapis.com/',
    'googleapis.com:443',
    'a..b',
    'a.b@c.d',
    'A.B',
  ])('refuses %p', (value) => {
    expect(() => domain.parse(value)).toThrow(unfit('is not a valid domain; give one such as googleapis.com'));
  });
});

describe('oidcAudience', () => {
  it.each(['https://iam.googleapis.com/projects/1', 'sts.amazonaws.com', 'api://AzureADTokenExchange'])(
    'takes %s',
    (value) => {
      expect(oidcAudience.parse(value)).toBe(value);
    },
  );

  it('refuses IAP’s client id, which belongs elsewhere', () => {
    expect(() => oidcAudience.parse('123-abc.apps.googleusercontent.com')).toThrow(
      unfit("is an OAuth client id: that is target_audience; audience is of the CI's own token"),
    );
  });

  it('refuses several lines', () => {
    expect(() => oidcAudience.parse('a\nb')).toThrow(
      unfit('contains a line break or a control character; give one line of text'),
    );
  });
});
