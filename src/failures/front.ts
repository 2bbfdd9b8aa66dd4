import { failure } from './failure.ts';

/** What stands in front of the app answered, or what should stand there does not. */
export const frontFailures = {
  'cloud-run-invoker': failure(
    'no',
    'Cloud Run refused the call (403 or 401), before the app saw it',
    (f: { url: string; commands: string }) =>
      `IAP accepted the token, but its own service account may not call the Cloud Run service; or ${f.url} is not behind IAP at all. Let IAP's account call the service:\n${f.commands}`,
    {
      url: 'URL',
      commands:
        'gcloud run services add-iam-policy-binding SERVICE --region=REGION --project=PROJECT_ID --member=serviceAccount:service-PROJECT_NUMBER@gcp-sa-iap.iam.gserviceaccount.com --role=roles/run.invoker',
    },
  ),
  'edge-not-found': failure(
    'no',
    'Google’s own 404, or the load balancer’s: the request did not reach the app',
    (f: { why: string; fix: string }) => `${f.why} ${f.fix}`,
    {
      why: 'Google reserves /healthz on run.app addresses: call another path.',
      fix: "A service with internal ingress answers only at its load balancer's address: call that, or open the run.app address:\ngcloud run services update SERVICE --region=REGION --project=PROJECT_ID --ingress=all",
    },
  ),
  'rate-limited': failure(
    'wait',
    'too many requests (429)',
    (f: { url: string }) =>
      `${f.url} is called too often: IAP and the app each have a limit per minute. Call it less often, or try again later.`,
  ),
  unavailable: failure(
    'wait',
    'no backend is ready (502, 503, 504); or the app cannot be asked for its client id (any 5xx)',
    (f: { url: string; tried: string }) =>
      `${f.url} was tried ${f.tried}. Has the new version started, and is it healthy? Look at the app's own log. Raise retry_for if it starts slowly.`,
    { url: 'URL', tried: '4 times within 3 s' },
  ),
  'app-unprotected': failure(
    'no',
    'called without a token, the URL was not refused by IAP',
    (f: { url: string; commands: string }) =>
      `Anybody may be able to call ${f.url}. Turn IAP on:\n${f.commands}\n` +
      'If this path is public on purpose, set check_protected: off.',
    {
      url: 'URL',
      commands:
        'gcloud compute backend-services update BACKEND_SERVICE --global --project=PROJECT_ID --iap=enabled\nor, for a Cloud Run service by itself:\ngcloud run services update SERVICE --region=REGION --project=PROJECT_ID --iap',
    },
  ),
  'app-trusts-assertion': failure(
    'no',
    'the app accepted an IAP assertion that was broken on purpose',
    (f: { kinds: string }) =>
      `The app answered as usual although x-goog-iap-jwt-assertion was invalid (${f.kinds}): whoever gets around IAP can pose as any user. ` +
      'Check the signature, iss, aud, iat and exp of the assertion: https://cloud.google.com/iap/docs/signed-headers-howto\n' +
      'An app that redirects before it looks at the assertion (for example / to /home) is judged by that redirect: give the page it leads to as its own url.',
  ),
  'app-redirect': failure(
    'no',
    'the app redirects to another origin, or too often',
    (f: { to: string }) =>
      `It redirects to ${f.to}. The token is sent to the origin of url only, and at most 5 redirects are followed: ` +
      'point url at the page where the redirects end, or set expect_status if the redirect itself is right.',
  ),
};
