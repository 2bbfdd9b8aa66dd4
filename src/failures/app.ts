import { failure } from './failure.ts';

/** What a status of the app's own often means, once IAP has let the token pass. */
const statusHint = (found: number) => {
  if (found === 404 || found === 405) return '\nIs the path right, and the method?';
  if (found !== 401 && found !== 403) return '';
  return "\nDoes the app have a login of its own? With token_header: proxy-authorization the header Authorization is free for the app's own credential.";
};

/** The app answered; but not as expected. */
export const appFailures = {
  'app-status': failure(
    'no',
    'the app answered with an unexpected status',
    (f: { expected: string; found: number }) =>
      `IAP accepted the token; the app itself answered ${f.found}. If that is right for this URL, set expect_status (currently ${f.expected}).${statusHint(f.found)}`,
  ),
  'app-header': failure(
    'no',
    "a header of the app's answer is missing or has an unexpected value",
    (f: { name: string; expected: string }) =>
      `IAP accepted the token; the app itself answered. Is this the version that you deployed? If its header ${f.name} is right, change expect_header (currently ${f.expected}).`,
  ),
  'app-body': failure(
    'no',
    "the app's answer does not contain what was expected",
    (f: { expected: string }) =>
      `IAP accepted the token; the app itself answered. Is this the page that you meant, and the version that you deployed? If it is, change expect_body (currently ${f.expected}).`,
  ),
  'app-json': failure(
    'no',
    "the app's JSON does not hold what was expected",
    (f: { expected: string }) =>
      `IAP accepted the token; the app itself answered. Is the app healthy, and the version that you deployed? If the answer is right, change expect_json (currently ${f.expected}).`,
  ),
};
