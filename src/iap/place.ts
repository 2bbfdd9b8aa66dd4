import { isClientId, isGoogleManaged } from './discovery.ts';

/** What a URL and a client id tell of where the app runs; words in capitals where they do not. */
export interface Place {
  readonly runs: 'cloud-run' | 'app-engine' | 'elsewhere';
  /** For `--project`: its number does as well. */
  readonly project: string;
  /** The account that IAP calls Cloud Run as. */
  readonly agent: string;
  readonly service: string;
  readonly region: string;
}

// A host may hold `$`, `(` or `;`: only what Google's own names are made of goes into a command.
const name = '(?:[a-z\\d-]+---)?([a-z][a-z\\d-]*)';
const numbered = new RegExp(`^${name}-(\\d{6,20})\\.([a-z]+-[a-z]+\\d{1,2})\\.run\\.app$`);
const hashed = new RegExp(`^${name}-[a-z\\d]{10}-[a-z]{1,3}\\.a\\.run\\.app$`);

/**
 * SERVICE-NUMBER.REGION.run.app tells all, the older SERVICE-HASH-xx.a.run.app the service alone:
 * https://cloud.google.com/run/docs/triggering/https-request
 */
export function placeOf({ hostname }: URL, audience = ''): Place {
  const [, service = 'SERVICE', number = ownerOf(audience), region = 'REGION'] =
    numbered.exec(hostname) ?? hashed.exec(hostname) ?? [];
  return {
    runs: runsOn(hostname),
    project: number ?? 'PROJECT_ID',
    agent: `service-${number ?? 'PROJECT_NUMBER'}@gcp-sa-iap.iam.gserviceaccount.com`,
    service,
    region,
  };
}

function runsOn(hostname: string): Place['runs'] {
  if (hostname.endsWith('.run.app')) return 'cloud-run';
  return hostname.endsWith('.appspot.com') ? 'app-engine' : 'elsewhere';
}

/** A client id begins with the number of the project that owns it: the app's, unless the client is Google's own. */
function ownerOf(audience: string): string | undefined {
  return isClientId(audience) && !isGoogleManaged(audience) ? /^\d+/.exec(audience)?.[0] : undefined;
}
