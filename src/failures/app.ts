import { failure } from './failure.ts';

/** The app answered; but not as expected. */
export const appFailures = {
  'app-status': failure(
    'no',
    'the app answered with another status than expected',
    (f: { expected: string; found: number }) =>
      `The token passed IAP; the app itself answered ${f.found}. If that is right for this URL, set expect_status (now ${f.expected}).`,
  ),
  'app-header': failure(
    'no',
    "a header of the app's answer is missing, or another than expected",
    (f: { name: string; expected: string }) =>
      `The token passed IAP; the app itself answered. Is this the version that you deployed? If its header ${f.name} is right, change expect_header (now ${f.expected}).`,
  ),
  'app-body': failure(
    'no',
    "the app's answer does not contain what was expected",
    (f: { expected: string }) =>
      `The token passed IAP; the app itself answered. Is this the page that you meant, and the version that you deployed? If it is, change expect_body (now ${f.expected}).`,
  ),
  'app-json': failure(
    'no',
    "the app's JSON does not hold what was expected",
    (f: { expected: string }) =>
      `The token passed IAP; the app itself answered. Is the app healthy, and the version that you deployed? If the answer is right, change expect_json (now ${f.expected}).`,
  ),
};
