import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { htmlOf, pageHeaders } from '../../src/login/page.ts';

const html = htmlOf({ title: 'A title', text: 'A text.' });

describe('htmlOf', () => {
  it('says what there is to say, and where it comes from', () => {
    expect(html).toContain('<title>A title – iap-auth</title>');
    expect(html).toContain('<h1>A title</h1>\n<p>A text.</p>');
  });

  it('runs nothing, loads nothing and leads nowhere', () => {
    expect(html).not.toMatch(/<script|<link|<a |<img|<form|http|url\(|@import|\son\w+=/i);
  });

  it('has the one style that its headers allow', () => {
    const [, style = '', ...more] = html.split(/<\/?style>/);
    expect(more).toHaveLength(1);
    const hash = createHash('sha256').update(style).digest('base64');
    expect(pageHeaders['content-security-policy']).toContain(`style-src 'sha256-${hash}';`);
  });
});
