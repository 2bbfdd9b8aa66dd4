import { describe, expect, it } from '@jest/globals';
import { enableCommands, grantCommands, invokerCommands } from '../../src/iap/command.ts';
import { placeOf } from '../../src/iap/place.ts';
import { clientId, managedId } from './literal.ts';

const place = (url: string, audience?: string) => placeOf(new URL(url), audience);

describe('placeOf', () => {
  it('reads all from the URL of a Cloud Run service, its project before that of the client', () => {
    expect(place('https://my-shop-987654321098.us-central1.run.app/x?y', clientId)).toEqual({
      runs: 'cloud-run',
      project: '987654321098',
      agent: 'service-987654321098@gcp-sa-iap.iam.gserviceaccount.com',
      service: 'my-shop',
      region: 'us-central1',
    });
  });

  it.each([
    ['of a tag', 'https://v2---shop-987654321098.northamerica-northeast1.run.app', 'shop', 'northamerica-northeast1'],
    ['in capitals', 'https://SHOP-987654321098.Europe-West12.RUN.APP', 'shop', 'europe-west12'],
    ['that is older', 'https://my-shop-abcde12345-uc.a.run.app', 'my-shop', 'REGION'],
    ['that is older, of a tag', 'https://v2---shop-abcde12345-ew.a.run.app', 'shop', 'REGION'],
    ['that tells nothing', 'https://x.run.app', 'SERVICE', 'REGION'],
    ['of a region that is none', 'https://shop-987654321098.nowhere.run.app', 'SERVICE', 'REGION'],
  ])('reads a run.app URL %s', (_, url, service, region) => {
    expect(place(url)).toMatchObject({ runs: 'cloud-run', service, region });
  });

  it.each([
    ['https://demo.ew.r.appspot.com', 'app-engine'],
    ['https://demo.appspot.com', 'app-engine'],
    ['https://app.example.com', 'elsewhere'],
    ['https://run.app.example.com', 'elsewhere'],
    ['https://evil-run.app', 'elsewhere'],
    ['https://[::1]:8443', 'elsewhere'],
    ['http://127.0.0.1:8080', 'elsewhere'],
  ])('tells where %s runs: %s', (url, runs) => {
    expect(place(url, clientId)).toMatchObject({ runs, project: '123456789012', service: 'SERVICE', region: 'REGION' });
  });

  it.each([
    ['no audience', undefined],
    ['a URL', 'https://app.example.com/*'],
    ['the Google-managed client', managedId],
    ['what only begins like a client id', '123456789012-$(id)'],
    ['what goes on after a client id', `${clientId}; id`],
  ])('knows no project by %s', (_, audience) => {
    expect(place('https://app.example.com', audience)).toMatchObject({
      project: 'PROJECT_ID',
      agent: 'service-PROJECT_NUMBER@gcp-sa-iap.iam.gserviceaccount.com',
    });
  });

  // What a host may hold, too: https://url.spec.whatwg.org/#forbidden-host-code-point
  const parts = ['$(id)', '`id`', ';id', '&id', "'id'", '"id"', '!id', '*', '{id}', '~', '=x', '_x', ',x', '(x)'];
  const hosts = parts.flatMap((part) => [
    `shop${part}-987654321098.us-central1`,
    `${part}-987654321098.us-central1`,
    `v2${part}---shop-987654321098.us-central1`,
    `shop-987654321098${part}.us-central1`,
    `shop-987654321098.us-central1${part}`,
    `shop${part}-abcde12345-uc.a`,
  ]);

  it.each(hosts.filter((host) => URL.canParse(`https://${host}.run.app`)))('takes nothing from the host %s', (host) => {
    expect(place(`https://${host}.run.app`)).toMatchObject({
      project: 'PROJECT_ID',
      service: 'SERVICE',
      region: 'REGION',
    });
  });
});

describe('commands', () => {
  it.each([
    [
      'https://shop-987654321098.us-central1.run.app',
      'gcloud run services update shop --region=us-central1 --project=987654321098 --iap',
    ],
    ['https://demo.appspot.com', 'gcloud iap web enable --project=123456789012 --resource-type=app-engine'],
    [
      'https://app.example.com',
      'gcloud compute backend-services update BACKEND_SERVICE --global --project=123456789012 --iap=enabled\n' +
        'or, for a Cloud Run service by itself:\n' +
        'gcloud run services update SERVICE --region=REGION --project=123456789012 --iap',
    ],
  ])('turn IAP on for %s', (url, commands) => {
    expect(enableCommands(place(url, clientId))).toBe(commands);
  });

  it('ask for the number of a project only where it is not known', () => {
    const binding = (agent: string, project: string) =>
      `gcloud run services add-iam-policy-binding SERVICE --region=REGION --project=${project} --member=serviceAccount:service-${agent}@gcp-sa-iap.iam.gserviceaccount.com --role=roles/run.invoker`;
    expect(invokerCommands(place('https://x.run.app', clientId))).toBe(binding('123456789012', '123456789012'));
    expect(invokerCommands(place('https://x.run.app'))).toBe(
      `${binding('PROJECT_NUMBER', 'PROJECT_ID')}\nThe project's number:\n` +
        'gcloud projects describe PROJECT_ID --format="value(projectNumber)"',
    );
  });

  it('let an App Engine app be called', () => {
    expect(grantCommands(place('https://demo.appspot.com', clientId), 'user:a@b.com')).toBe(
      'gcloud iap web add-iam-policy-binding --project=123456789012 --resource-type=app-engine --member=user:a@b.com --role=roles/iap.httpsResourceAccessor',
    );
  });
});
