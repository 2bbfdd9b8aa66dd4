import { parseFields } from './fields.ts';
import { readJwt } from './jwt.ts';
import type { Service } from './service.ts';

/** A request that arrived, in full: secrets included. For snapshots there is `lines()`. */
export interface Exchange {
  /** Who answered, or was about to; `none` where no service has the path. */
  service: Service | 'none';
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Undefined until headers were sent, and for ever where a fault sent none. */
  status?: number;
}

/** What went over the wire, and every secret the emulator ever issued or was sent. */
export class Ledger {
  /** In order of arrival. */
  readonly requests: Exchange[] = [];
  readonly secrets: Set<string> = new Set();

  /** One line a request: `POST token → 200`, `GET app /json → 200`. Holds no token unless a URL does. */
  lines(): string[] {
    return this.requests.map(
      ({ method, service, path, status }) =>
        `${method} ${service}${hasOnePath(service) ? '' : ` ${path}`} → ${status ?? 'no answer'}`,
    );
  }

  /** Forgets the requests. Secrets stay secret. */
  clear(): void {
    this.requests.length = 0;
  }

  /** Notes a request, and the secrets that it brought. */
  receive(exchange: Exchange): Exchange {
    this.requests.push(exchange);
    for (const secret of secretsOf(exchange)) this.keep(secret);
    return exchange;
  }

  /** Notes a secret: a JWT also by its signature, a PEM also by each line of its base64. */
  keep(secret: string): void {
    const parts = readJwt(secret) ? [secret.split('.')[2] ?? ''] : base64Lines(secret);
    for (const text of [secret, ...parts]) if (text.length >= shortestSecret) this.secrets.add(text);
  }
}

/** Below this, a text would be found in harmless output by chance: `Bearer x`. */
const shortestSecret = 16;

const secretHeaders = ['authorization', 'proxy-authorization'];
const secretFields = [
  'assertion',
  'client_secret',
  'code',
  'code_verifier',
  'refresh_token',
  'subject_token',
  'subjectToken',
];

const hasOnePath = (service: string): boolean => ['token', 'certs', 'iap-keys', 'consent', 'sts'].includes(service);

const base64Lines = (text: string): string[] =>
  text.startsWith('-----BEGIN') ? text.split('\n').filter((line) => line !== '' && !line.startsWith('-----')) : [];

function secretsOf({ headers, body }: Exchange): string[] {
  const credentials = secretHeaders.flatMap((name) => headers[name]?.split(/\s+/).slice(1) ?? []);
  const fields = parseFields(body, headers['content-type'] ?? '');
  const sent = secretFields.map((name) => fields[name]).filter((value) => typeof value === 'string');
  return [...credentials, ...sent];
}
