import { describe, expect, it } from '@jest/globals';
import { isEmail, memberOf } from '../src/email.ts';

describe('isEmail', () => {
  it.each([
    'ci@my-project.iam.gserviceaccount.com',
    'ci@my-project.example.com.iam.gserviceaccount.com',
    '123456789012-compute@developer.gserviceaccount.com',
    'first.last+tag@example.com',
    'UPPER@EXAMPLE.COM',
    'a_b@c.d',
  ])('takes %s', (text) => {
    expect(isEmail(text)).toBe(true);
  });

  it.each([
    ...['', 'ci', '@b.com', 'ci@', 'ci@localhost', 'ci@b..com', 'ci@b.com.', 'ci@a@b.com', ' ci@b.com', 'ci@b.com '],
    ...['c i@b.com', 'ci@b.com\n', 'ci@b.com; id', '$(id)@b.com', '`id`@b.com', "a'b@b.com", 'a"b@b.com', 'a|b@b.com'],
    ...['a&b@b.com', 'a>b@b.com', '-f@b.com', '.a@b.com', 'ci@b.com/x', 'user:ci@b.com', 'ci@b_c*.com', 'ci@bücher.de'],
  ])('refuses %j', (text) => {
    expect(isEmail(text)).toBe(false);
  });
});

describe('memberOf', () => {
  it.each([
    ['ci@project.iam.gserviceaccount.com', 'serviceAccount:ci@project.iam.gserviceaccount.com'],
    ['1-compute@developer.gserviceaccount.com', 'serviceAccount:1-compute@developer.gserviceaccount.com'],
    ['CI@PROJECT.IAM.GSERVICEACCOUNT.COM', 'serviceAccount:CI@PROJECT.IAM.GSERVICEACCOUNT.COM'],
    ['user@example.com', 'user:user@example.com'],
    ['gserviceaccount.com@example.com', 'user:gserviceaccount.com@example.com'],
    ['a@fake-gserviceaccount.com', 'user:a@fake-gserviceaccount.com'],
  ])('%s is %s', (email, member) => {
    expect(memberOf(email)).toBe(member);
  });
});
