import type { Host } from './host.ts';

/** Where a redirect leads: the headers of the answer, as bytes that nothing has checked. */
export interface Redirect {
  readonly name: string;
  readonly headers: (hosts: Hosts) => readonly string[];
  /** `away`: to another origin, or to nowhere · `home`: to the page /there of the same origin · otherwise what else it comes to. */
  readonly leads: 'away' | 'home' | 'app-status' | 'connection-reset';
}

/** The app, and others. */
export interface Hosts {
  /** 127.0.0.1 */
  readonly app: Host;
  /** Another port of the same address. */
  readonly neighbour: Host;
  /** 127.0.0.2 */
  readonly evil: Host;
  /** ::1 */
  readonly evil6: Host;
}

export const statuses = [301, 302, 303, 307, 308] as const;

type Leads = Redirect['leads'];
type Written = (hosts: Hosts) => string;

const to = (leads: Leads, rows: Readonly<Record<string, Written>>): Redirect[] =>
  Object.entries(rows).map(([name, location]) => ({
    name,
    leads,
    headers: (hosts) => [`Location: ${location(hosts)}`],
  }));

/** As seen from `http://127.0.0.1:PORT/`. */
export const redirects: readonly Redirect[] = [
  ...to('away', {
    'another address': ({ evil }) => `http://${evil.host}/there`,
    'a token in its query': ({ evil }) => `http://${evil.host}/there?access_token=x`,
    'no scheme': ({ evil }) => `//${evil.host}/there`,
    'three slashes': ({ evil }) => `///${evil.host}/there`,
    'many slashes': ({ evil }) => `http:////${evil.host}/there`,
    'the app as a user name': ({ app, evil }) => `http://${app.host}@${evil.host}/there`,
    'the app as a user name, encoded': ({ app, evil }) => `http://${app.address}%2f@${evil.host}/there`,
    'a user name at the app itself': ({ app }) => `http://user@${app.host}/there`,
    'a password at the app itself': ({ app }) => `http://:password@${app.host}/there`,
    'another port': ({ neighbour }) => `http://${neighbour.host}/there`,
    'the default port': ({ app }) => `http://${app.address}/there`,
    'https at the same port': ({ app }) => `https://${app.host}/there`,
    'https, without slashes': ({ app }) => `https:${app.host}/there`,
    'an IPv6 address': ({ evil6 }) => `http://${evil6.host}/there`,
    'an IPv4 address as IPv6': ({ app }) => `http://[::ffff:127.0.0.1]:${app.port}/there`,
    'the other name of the address': ({ app }) => `http://localhost:${app.port}/there`,
    'that name with a dot': ({ app }) => `http://localhost.:${app.port}/there`,
    'an address in hexadecimal': ({ evil }) => `http://0x7f000002:${evil.port}/there`,
    'an address as one number': ({ evil }) => `http://2130706434:${evil.port}/there`,
    'an address with an encoded digit': ({ evil }) => `http://127.0.0.%32:${evil.port}/there`,
    'an address with a dot at its end': ({ evil }) => `http://127.0.0.2.:${evil.port}/there`,
    'an address with full-width dots': ({ evil }) => `http://127。0。0。2:${evil.port}/there`,
    'a name in circles': ({ evil }) => `http://ⓔvil.example:${evil.port}/there`,
    punycode: ({ evil }) => `http://xn--vil-6cd.example:${evil.port}/there`,
    'two backslashes': ({ evil }) => `\\\\${evil.host}\\there`,
    'a scheme with backslashes': ({ evil }) => `http:\\\\${evil.host}\\there`,
    'a slash and a backslash': ({ evil }) => `/\\${evil.host}/there`,
    'a backslash and a slash': ({ evil }) => `\\/${evil.host}/there`,
    'a tab in the scheme': ({ evil }) => `ht\ttp://${evil.host}/there`,
    'a tab between the slashes': ({ evil }) => `/\t/${evil.host}/there`,
    'a tab at home': () => '/th\tere',
    'upper case': ({ evil }) => `HTTP://${evil.host}/THERE`,
    'a page that is data': () => 'data:text/html,<script>location="http://127.0.0.2"</script>',
    'a script': () => 'javascript:fetch("//127.0.0.2")',
    'a file': () => 'file:///etc/passwd',
    'a file on a host': ({ app }) => `file://${app.address}/etc/passwd`,
    'a blob of the app': ({ app }) => `blob:http://${app.host}/there`,
    'another protocol at the same port': ({ app }) => `ftp://${app.host}/there`,
    'a web socket at the same port': ({ app }) => `ws://${app.host}/there`,
    'no host': () => 'http://',
    'a port that is none': ({ app }) => `http://${app.host}x/there`,
    'a host with a space': ({ evil }) => `http://127.0.0.1 @${evil.host}/there`,
    'a very long name': ({ evil }) => `http://${'a'.repeat(7000)}.${evil.host}/there`,
    'a very long path': ({ evil }) => `http://${evil.host}/${'a'.repeat(7000)}`,
    'two in one, the other first': ({ evil }) => `http://${evil.host}/, /there`,
  }),
  ...to('home', {
    'a path': () => '/there',
    'a relative path': () => 'there',
    'the whole URL': ({ app }) => `http://${app.host}/there`,
    'the whole URL in upper case': ({ app }) => `HTTP://${app.host}/there`,
    'no scheme, at home': ({ app }) => `//${app.host}/there`,
    'a scheme and a path': () => 'http:/there',
    'a scheme and another host as its path': ({ evil }) => `http:/${evil.host}/../there`,
    'a backslash': () => '\\there',
    'backslashes, at home': ({ app }) => `http:\\\\${app.host}\\there`,
    'home in hexadecimal': ({ app }) => `http://0x7f.1:${app.port}/there`,
    'home with a dot at its end': ({ app }) => `http://127.0.0.1.:${app.port}/there`,
    'another host in the fragment': ({ app, evil }) => `http://${app.host}/there#@${evil.host}/`,
    'another host in the query': ({ app, evil }) => `http://${app.host}/there?@${evil.host}/`,
    'another host behind a backslash': ({ app, evil }) => `http://${app.host}\\@${evil.host}/../there`,
    'another host in the path': ({ evil }) => `/x/@${evil.host}/../../there`,
    'an encoded slash': ({ evil }) => `/there?next=%2f%2f${evil.host}`,
    'a very long query': () => `/there?${'a'.repeat(7000)}`,
  }),
  ...to('app-status', { nothing: () => '', blanks: () => '   ' }),
  { name: 'no Location', leads: 'app-status', headers: () => [] },
  {
    name: 'two Locations',
    leads: 'home',
    headers: ({ evil }) => ['Location: /there', `Location: http://${evil.host}/`],
  },
  {
    name: 'two Locations, the other first',
    leads: 'away',
    headers: ({ evil }) => [`Location: http://${evil.host}/`, 'Location: /there'],
  },
  {
    name: 'a line break, and a header',
    leads: 'home',
    headers: ({ evil }) => ['Location: /there\r\nRefresh: 0', `Link: <http://${evil.host}/>; rel=preload`],
  },
  {
    name: 'a lone line feed',
    leads: 'connection-reset',
    headers: ({ evil }) => [`Location: /there\nhttp://${evil.host}/`],
  },
  {
    name: 'a lone carriage return',
    leads: 'connection-reset',
    headers: ({ evil }) => [`Location: /there\rhttp://${evil.host}/`],
  },
  { name: 'a NUL', leads: 'connection-reset', headers: ({ evil }) => [`Location: /there\0http://${evil.host}/`] },
  { name: 'more than a head may hold', leads: 'connection-reset', headers: () => [`Location: /${'a'.repeat(20_000)}`] },
];

/** What some clients follow, or remember, though it is no redirect. */
export const lures: Readonly<Record<string, (evil: Host) => readonly string[]>> = {
  Refresh: ({ host }) => [`Refresh: 0; url=http://${host}/there`],
  'Content-Location': ({ host }) => [`Content-Location: http://${host}/there`],
  'Link, preload': ({ host }) => [`Link: <http://${host}/there>; rel=preload; as=fetch`],
  'Link, canonical': ({ host }) => [`Link: <http://${host}/there>; rel=canonical`],
  'Alt-Svc': ({ host }) => [`Alt-Svc: h2="${host}", http/1.1="${host}"`],
  'WWW-Authenticate': ({ host }) => [`WWW-Authenticate: Bearer realm="http://${host}/", Basic realm="x"`],
  'Proxy-Authenticate': ({ host }) => [`Proxy-Authenticate: Basic realm="http://${host}/"`],
  Location: ({ host }) => [`Location: http://${host}/there`],
  'Set-Cookie': () => ['Set-Cookie: session=thief; Path=/', 'Set-Cookie: other=thief; Domain=127.0.0.1'],
  'Service-Worker-Allowed': () => ['Service-Worker-Allowed: /', 'Clear-Site-Data: "*"'],
  'Report-To': ({ host }) => [
    `Report-To: {"group":"x","max_age":1,"endpoints":[{"url":"http://${host}/"}]}`,
    'NEL: {"report_to":"x","max_age":1,"success_fraction":1}',
  ],
};

/** As seen from `https://app.example.com/`, by names that no resolver is asked for. */
export const named: readonly (readonly [name: string, location: string, leads: 'away' | 'home'])[] = [
  ['another name', 'https://evil.example/there', 'away'],
  ['a dot at the end', 'https://app.example.com./there', 'away'],
  ['a longer name', 'https://app.example.com.evil.example/there', 'away'],
  ['a name before it', 'https://evil.app.example.com/there', 'away'],
  ['a shorter name', 'https://example.com/there', 'away'],
  ['a hyphen for a dot', 'https://app-example.com/there', 'away'],
  ['a user name', 'https://app@evil.example/there', 'away'],
  ['a user name with a port', 'https://app.example.com:443@evil.example/there', 'away'],
  ['an encoded slash in the user name', 'https://app.example.com%2f@evil.example/there', 'away'],
  ['an encoded NUL', 'https://app.example.com%00.evil.example/there', 'away'],
  ['an encoded at', 'https://app.example.com%40evil.example/there', 'away'],
  ['a backslash in the name', 'https://evil.example\\.app.example.com/there', 'away'],
  ['a fragment in the name', 'https://evil.example#.app.example.com/there', 'away'],
  ['a query in the name', 'https://evil.example?.app.example.com/there', 'away'],
  ['backslashes', 'https:\\\\evil.example\\there', 'away'],
  ['one backslash', 'https:\\evil.example/../there', 'home'],
  ['another port', 'https://app.example.com:8443/there', 'away'],
  ['the port of http', 'https://app.example.com:80/there', 'away'],
  ['http', 'http://app.example.com/there', 'away'],
  ['http at port 443', 'http://app.example.com:443/there', 'away'],
  ['http on loopback', 'http://127.0.0.1/there', 'away'],
  ['punycode', 'https://xn--pp-xkc.example.com/there', 'away'],
  ['a Cyrillic letter', 'https://\u0430pp.example.com/there', 'away'],
  ['a full-width letter', 'https://\uff41pp.example.com/there', 'away'],
  ['a soft hyphen', 'https://app.exam\u00adple.com/there', 'away'],
  ['full-width letters, encoded', 'https://%EF%BD%81pp.example.com/there', 'home'],
  ['an encoded letter', 'https://%61pp.example.com/there', 'home'],
  ['upper case', 'HTTPS://APP.EXAMPLE.COM/there', 'home'],
  ['its own port', 'https://app.example.com:443/there', 'home'],
  ['its own port, with zeros', 'https://app.example.com:00443/there', 'home'],
  ['no slashes', 'https:there', 'home'],
];
