import { failure } from './failure.ts';

/** What stands in front of the app answered, or what should stand there does not. */
export const frontFailures = {
  'cloud-run-invoker': failure(
    'no',
    'Cloud Run refused the call (403 or 401), before the app saw it',
    (f: { url: string; commands: string }) =>
      `IAP let the token pass, but may not call the service itself; or ${f.url} is not behind IAP at all. Let IAP's own account call it:\n${f.commands}`,
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
      why: 'On a run.app address Google keeps /healthz to itself: call another path.',
      fix: "A service whose ingress is internal answers at its load balancer's address alone: call that, or open the run.app address:\ngcloud run services update SERVICE --region=REGION --project=PROJECT_ID --ingress=all",
    },
  ),
  'rate-limited': failure(
    'wait',
    'too many requests (429)',
    (f: { url: string }) =>
      `${f.url} is called too often: IAP and the app each have a limit per minute. Call it less, or try again later.`,
  ),
  unavailable: failure(
    'wait',
    'no backend is ready (502, 503, 504); or the app cannot be asked for its client id (any 5xx)',
    (f: { url: string; tried: string }) =>
      `${f.url} was tried ${f.tried}. Is the new version started and healthy? Look at the app's own log; raise retry_for if it starts slowly.`,
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
    'the app accepted an assertion of IAP’s that was broken on purpose',
    (f: { kinds: string }) =>
      `The app answered as usual though x-goog-iap-jwt-assertion was wrong (${f.kinds}): whoever gets around IAP can pose as anybody. ` +
      'Check the signature, iss, aud, iat and exp of the assertion: https://cloud.google.com/iap/docs/signed-headers-howto',
  ),
  'app-redirect': failure(
    'no',
    'the app redirects to another origin, or too often',
    (f: { to: string }) =>
      `It redirects to ${f.to}. The token goes to no other origin than that of url, and after no more than 5 redirects: ` +
      'point url at the page that answers in the end, or set expect_status if the redirect itself is right.',
  ),
};
