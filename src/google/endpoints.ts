/**
 * Where Google's services answer. The emulator has a set of its own, so that tests and demos
 * cross a real socket: endpoints are injected, transports never.
 */
export interface Endpoints {
  /** The domain that Google's services of this cloud are under. */
  readonly universe: string;
  /** OAuth 2.0 authorization endpoint: the page where a person signs in. */
  readonly authorization: string;
  /** OAuth 2.0 token endpoint: the JWT-bearer, refresh and authorization-code grants. */
  readonly token: string;
  /** The JWK set that Google signs ID tokens with. */
  readonly certs: string;
  /** The JWK sets of service accounts; the email follows. */
  readonly accountCerts: string;
  /** Security Token Service: the token-exchange grant. */
  readonly sts: string;
  /** IAM Credentials API, version 1. */
  readonly iamCredentials: string;
  /** The metadata server's origin. undefined: as the environment says, or Google's own address. */
  readonly metadata: string | undefined;
}

export const googleUniverse = 'googleapis.com';

/** Google's endpoints in a universe: https://cloud.google.com/docs/overview/universe (unsure for the two sets of keys). */
export function googleEndpoints(universe: string): Endpoints {
  return {
    universe,
    // unsure: that people of every universe sign in here.
    authorization: 'https://accounts.google.com/o/oauth2/v2/auth',
    token: `https://oauth2.${universe}/token`,
    certs: `https://www.${universe}/oauth2/v3/certs`,
    accountCerts: `https://www.${universe}/service_accounts/v1/jwk/`,
    sts: `https://sts.${universe}/v1/token`,
    iamCredentials: `https://iamcredentials.${universe}/v1`,
    metadata: undefined,
  };
}

/** The endpoints of an emulator that listens on `host` (`127.0.0.1:PORT`). */
export function emulatorEndpoints(host: string, universe: string): Endpoints {
  return {
    universe,
    authorization: `http://${host}/o/oauth2/v2/auth`,
    token: `http://${host}/token`,
    certs: `http://${host}/oauth2/v3/certs`,
    accountCerts: `http://${host}/service_accounts/v1/jwk/`,
    sts: `http://${host}/v1/token`,
    iamCredentials: `http://${host}/v1`,
    metadata: `http://${host}`,
  };
}

/** The scope of Google Cloud's APIs: https://cloud.google.com/iam/docs/reference/credentials/rest */
export const cloudPlatform = 'https://www.googleapis.com/auth/cloud-platform';
