import type { HttpResponse } from '../http.ts';
import type { TokenFacts } from '../report/result.ts';
import { excerpt } from '../text.ts';

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
  /** Whether messages leave out what was answered. */
  readonly hidesAnswer?: boolean;
}

/** `WHO answered STATUS`, and the words of it, harmless to show, unless they are to be hidden. */
export function answered(
  who: string,
  { status, body }: Pick<HttpResponse, 'status' | 'body'>,
  { hidesAnswer = false }: Pick<Sent, 'hidesAnswer'>,
): string {
  return `${who} answered ${status}${hidesAnswer ? '' : `, "${excerpt(body)}"`}`;
}
