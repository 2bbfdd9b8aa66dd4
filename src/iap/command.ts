import type { Place } from './place.ts';

/** Lets a member pass IAP: https://cloud.google.com/sdk/gcloud/reference/iap/web/add-iam-policy-binding */
export function grantCommands(place: Place, member: string): string {
  const { runs, project } = place;
  const own = grantCommand(place, member);
  if (runs !== 'elsewhere') return own;
  return [
    own,
    'for a BACKEND_SERVICE of these (a regional one needs --region too):',
    `gcloud compute backend-services list --project=${project}`,
    'or, if IAP is on for the Cloud Run service itself:',
    grantCommand({ ...place, runs: 'cloud-run' }, member),
  ].join('\n');
}

function grantCommand({ runs, project, service, region }: Place, member: string): string {
  const resources = {
    'cloud-run': `cloud-run --service=${service} --region=${region}`,
    'app-engine': 'app-engine',
    elsewhere: 'backend-services --service=BACKEND_SERVICE',
  };
  return `gcloud iap web add-iam-policy-binding --project=${project} --resource-type=${resources[runs]} --member=${member} --role=roles/iap.httpsResourceAccessor`;
}

/** Lets IAP call the Cloud Run service: https://cloud.google.com/run/docs/securing/identity-aware-proxy-cloud-run */
export function invokerCommands({ project, agent, service, region }: Place): string {
  const binding = `gcloud run services add-iam-policy-binding ${service} --region=${region} --project=${project} --member=serviceAccount:${agent} --role=roles/run.invoker`;
  if (/\d/.test(agent)) return binding;
  return `${binding}\nThe project's number:\ngcloud projects describe ${project} --format="value(projectNumber)"`;
}

/** Makes IAP's account, which is there only once IAP was turned on or this was called. */
export function createAgentCommand({ project }: Place): string {
  return `gcloud beta services identity create --service=iap.googleapis.com --project=${project}`;
}

/**
 * Turns IAP on. gcloud's flag --iap for Cloud Run began in `gcloud beta run`; from which version on it is in
 * `gcloud run` is unsure.
 * https://cloud.google.com/run/docs/securing/identity-aware-proxy-cloud-run
 * https://cloud.google.com/sdk/gcloud/reference/compute/backend-services/update
 */
export function enableCommands({ runs, project, service, region }: Place): string {
  const onRun = `gcloud run services update ${service} --region=${region} --project=${project} --iap`;
  if (runs === 'cloud-run') return onRun;
  if (runs === 'app-engine') return `gcloud iap web enable --project=${project} --resource-type=app-engine`;
  const onBackend = `gcloud compute backend-services update BACKEND_SERVICE --global --project=${project} --iap=enabled`;
  return `${onBackend}\nor, for a Cloud Run service by itself:\n${onRun}`;
}

/** Where a load balancer sends which host and path: https://cloud.google.com/sdk/gcloud/reference/compute/url-maps/list */
export function routeCommand({ project }: Place): string {
  return `gcloud compute url-maps list --project=${project}`;
}

export function ingressCommand({ project, service, region }: Place): string {
  return `gcloud run services update ${service} --region=${region} --project=${project} --ingress=all`;
}
