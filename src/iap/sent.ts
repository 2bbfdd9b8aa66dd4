import type { TokenFacts } from '../report/result.ts';

/** What was sent, as far as a hint has to name it. */
export interface Sent {
  readonly url: URL;
  readonly kind: TokenFacts['kind'];
  readonly audience: string;
  readonly principal: string;
  /** RFC 3339. */
  readonly expiry: string;
  /** IAP's client id, where the app's own sign-in redirect was asked for it. */
  readonly expectedClient?: string | undefined;
}
