import { failure } from './failure.ts';

/** The app, or what stands in front of it, answered; but not as expected. */
export const appFailures = {
  'rate-limited': failure(
    'wait',
    'too many requests (429)',
    (f: { url: string }) =>
      `${f.url} is called too often: IAP and the app each have a limit per minute. Call it less, or try again later.`,
  ),
  unavailable: failure(
    'wait',
    'no backend is ready (502, 503, 504)',
    (f: { url: string; tries: number }) =>
      `${f.url} was tried ${f.tries} times. Is the new version started and healthy? Look at the app's own log.`,
  ),
  'app-status': failure(
    'no',
    'the app answered with another status than expected',
    (f: { expected: string; found: number }) =>
      `The token passed IAP; the app itself answered ${f.found}. If that is right for this URL, set expect_status (now ${f.expected}).`,
  ),
};
