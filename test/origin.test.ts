import { describe, expect, it } from '@jest/globals';
import { isConfidential, isLoopback, showUrl } from '../src/origin.ts';

describe('isLoopback', () => {
  it.each(['localhost', '127.0.0.1', '127.255.255.254', '::1', '[::1]', '0:0:0:0:0:0:0:1'])('takes %s', (host) => {
    expect(isLoopback(host)).toBe(true);
  });

  it.each([
    '',
    'localhost.example.com',
    '127.0.0.1.example.com',
    'app.localhost.test',
    '128.0.0.1',
    '126.255.255.255',
    '0.0.0.0',
    '10.0.0.1',
    '::',
    '::2',
    '[::1',
    '169.254.169.254',
    'example.com',
  ])('refuses "%s"', (host) => {
    expect(isLoopback(host)).toBe(false);
  });
});

describe('isConfidential', () => {
  it.each([
    'https://app.example.com/',
    'https://10.0.0.1/',
    'http://127.0.0.1:8080/',
    'http://localhost/',
    'http://[::1]:8080/',
    // The URL parser writes these as 127.0.0.1.
    'http://127.1/',
    'http://2130706433/',
  ])('takes %s', (url) => {
    expect(isConfidential(new URL(url))).toBe(true);
  });

  it.each([
    'http://app.example.com/',
    'http://10.0.0.1/',
    'http://169.254.169.254/',
    'http://localhost.example.com/',
    'http://127.0.0.1@example.com/',
    'ftp://127.0.0.1/',
    'ws://localhost/',
    'file:///etc/passwd',
    'data:text/plain,x',
  ])('refuses %s', (url) => {
    expect(isConfidential(new URL(url))).toBe(false);
  });
});

describe('showUrl', () => {
  it.each([
    ['https://app.example.com/', 'https://app.example.com/'],
    ['https://app.example.com:8443/a%20b', 'https://app.example.com:8443/a%20b'],
    ['https://app.example.com/a?key=hunter2&b', 'https://app.example.com/a?…'],
  ])('shows no value of a query: %s', (url, shown) => {
    expect(showUrl(new URL(url))).toBe(shown);
  });
});
