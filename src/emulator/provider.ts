import type { JWTPayload } from 'jose';

/** A workload identity pool provider: https://cloud.google.com/iam/docs/workload-identity-federation */
export interface Provider {
  /** `projects/NUMBER/locations/global/workloadIdentityPools/POOL/providers/PROVIDER` */
  readonly name: string;
  /** Whose tokens it takes. */
  readonly issuer: string;
  /** What `aud` of such a token may be. Default: the provider itself. */
  readonly allowedAudiences: readonly string[];
  /** The attribute condition, on the token's claims. */
  readonly condition: (claims: JWTPayload) => boolean;
  readonly disabled: boolean;
  /** STS cannot fetch the issuer's keys. */
  readonly unreachable: boolean;
}

export const githubIssuer = 'https://token.actions.githubusercontent.com';

/** The project of all that the emulator plays. */
export const projectNumber = '123456789012';

export const defaultProvider = 'projects/123456789012/locations/global/workloadIdentityPools/ci/providers/github';

export const providerForm = /^projects\/\d+\/locations\/global\/workloadIdentityPools\/[^/\s]+\/providers\/[^/\s]+$/;

/** @throws on a name that no provider can have */
export function createProvider({ name = defaultProvider, ...options }: Partial<Provider> = {}): Provider {
  if (!providerForm.test(name)) throw new Error(`"${name}" is not the name of a provider`);
  return {
    name,
    issuer: githubIssuer,
    allowedAudiences: [`https://iam.googleapis.com/${name}`, `//iam.googleapis.com/${name}`],
    condition: () => true,
    disabled: false,
    unreachable: false,
    ...options,
  };
}

/** The pool of a provider, as principals name it. */
export const poolOf = (provider: string): string => `iam.googleapis.com/${provider.replace(/\/providers\/.*$/, '')}`;

/** Whom IAM takes the bearer of such a token for: https://cloud.google.com/iam/docs/principal-identifiers */
export function principalsOf(claims: JWTPayload, { name }: Provider): string[] {
  const pool = poolOf(name);
  const attributes = mapped.filter((attribute) => claims[attribute] !== undefined);
  return [
    `principal://${pool}/subject/${claims.sub}`,
    `principalSet://${pool}/*`,
    ...attributes.map((attribute) => `principalSet://${pool}/attribute.${attribute}/${claims[attribute]}`),
  ];
}

/** The attribute mapping: `attribute.X=assertion.X` for each. */
const mapped = [
  'repository',
  'repository_id',
  'repository_owner',
  'repository_owner_id',
  'ref',
  'actor',
  'workflow',
  'environment',
  'project_path',
];
