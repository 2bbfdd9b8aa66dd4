import { isEmail } from '../email.ts';
import { type Kind, text, Unfit } from '../inputs.ts';

/** What a token is for. Anything else in its place may be a credential, and an audience is shown. */
export const audience: Kind<string> = {
  takes: "an OAuth client id, `discover` or, for a signed JWT, the app's URL",
  parse: (value) => {
    if (/^[\w.:/*~-]{1,400}$/.test(value) && !value.startsWith('eyJ')) return value;
    throw new Unfit(
      'is not a valid audience; give an OAuth client id, such as 123456789012-abc123.apps.googleusercontent.com',
    );
  },
};

export const email: Kind<string> = {
  takes: 'an email',
  parse: (value) => {
    if (!isEmail(value))
      throw new Unfit('is not a valid email; give one such as ci@my-project.iam.gserviceaccount.com');
    return value;
  },
};

const providerForm = 'projects/NUMBER/locations/global/workloadIdentityPools/POOL/providers/PROVIDER';

export const provider: Kind<string> = {
  takes: `\`${providerForm}\``,
  parse: (value) => {
    const name = value.replace(/^(https:)?\/\/iam\.[\w.-]+\//, '');
    if (/^projects\/\d+\/locations\/global\/workloadIdentityPools\/[\w-]+\/providers\/[\w-]+$/.test(name)) return name;
    if (/^projects\/[^/]*[^/\d][^/]*\//.test(name))
      throw new Unfit(`names the project by its id; give its number: ${providerForm}`);
    if (/\/workloadIdentityPools\/[^/]+\/?$/.test(name))
      throw new Unfit(`names the pool; give a provider of it: ${providerForm}`);
    throw new Unfit(`is not a valid provider; give ${providerForm}`);
  },
};

export const domain: Kind<string> = {
  takes: 'a domain',
  parse: (value) => {
    if (!/^[a-z0-9-]+(\.[a-z0-9-]+)+$/.test(value))
      throw new Unfit('is not a valid domain; give one such as googleapis.com');
    return value;
  },
};

/** The audience of a CI's own token, which is often mistaken for IAP's. */
export const oidcAudience: Kind<string> = {
  takes: text.takes,
  parse: (value) => {
    if (value.endsWith('.apps.googleusercontent.com'))
      throw new Unfit("is an OAuth client id: that is target_audience; audience is of the CI's own token");
    return text.parse(value);
  },
};
