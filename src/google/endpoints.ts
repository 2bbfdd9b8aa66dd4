/**
 * Where Google's services answer. The emulator has a set of its own, so that tests and demos
 * cross a real socket: endpoints are injected, transports never.
 */
export interface Endpoints {
  /** OAuth 2.0 token endpoint: takes the JWT-bearer grant. */
  readonly token: string;
  /** The JWK set that Google signs ID tokens with. */
  readonly certs: string;
}

export const googleEndpoints: Endpoints = {
  token: 'https://oauth2.googleapis.com/token',
  certs: 'https://www.googleapis.com/oauth2/v3/certs',
};

/** The endpoints of an emulator that listens on `host` (`127.0.0.1:PORT`). */
export function emulatorEndpoints(host: string): Endpoints {
  return { token: `http://${host}/token`, certs: `http://${host}/oauth2/v3/certs` };
}
