import { describe, expect, it } from '@jest/globals';
import { email } from '../src/google/kinds.ts';
import {
  always,
  appUrl,
  choice,
  count,
  duration,
  flag,
  lines,
  list,
  optional,
  passage,
  secret,
  statuses,
  text,
  Unfit,
  wait,
} from '../src/inputs.ts';

const unfit = (words: string) => new Unfit(words);

describe('text', () => {
  it.each(['x', '123-abc.apps.googleusercontent.com', 'two words', 'Grüße 🎉'])('takes %p', (value) => {
    expect(text.parse(value)).toBe(value);
  });

  it.each(['two\nlines', 'two\r\nlines', 'a tab\t', 'an escape \u001b[31m', 'a zero \0', 'a next line \u0085'])(
    'refuses %p',
    (value) => {
      expect(() => text.parse(value)).toThrow(
        unfit('contains a line break or a control character; give one line of text'),
      );
    },
  );
});

describe('secret', () => {
  const kind = secret('JSON');

  it('keeps every character, line breaks too', () => {
    expect(kind.parse('{\r\n "a": "b"\n}\t')).toBe('{\r\n "a": "b"\n}\t');
  });

  it('says what it takes, and that it is secret', () => {
    expect(kind).toMatchObject({ takes: 'JSON', secret: true });
  });
});

describe('flag', () => {
  it.each([
    ['true', true],
    ['false', false],
    ['TRUE', true],
    ['False', false],
  ])('reads %s', (value, expected) => {
    expect(flag.parse(value)).toBe(expected);
  });

  it.each(['', 'yes', 'no', '1', '0', 'on', 'truee', 'true false'])('refuses %p', (value) => {
    expect(() => flag.parse(value)).toThrow(unfit('is neither true nor false'));
  });
});

describe('duration', () => {
  it.each([
    ['1ms', 1],
    ['500ms', 500],
    ['10s', 10_000],
    ['10 s', 10_000],
    ['10S', 10_000],
    ['1.5s', 1500],
    ['.5s', 500],
    ['2m', 120_000],
    ['2 minutes', 120_000],
    ['24h', 86_400_000],
    ['1d', 86_400_000],
    ['1.4ms', 1],
  ])('reads %s as %d ms', (value, expected) => {
    expect(duration.parse(value)).toBe(expected);
  });

  it.each(['', '10', 'ten seconds', '10x', '1.2.3s', '.s', '10s 5ms', 's', '-1s', '1e3s', '٣s', `${'1'.repeat(200)}s`])(
    'refuses %p',
    (value) => {
      expect(() => duration.parse(value)).toThrow(
        unfit('is not a duration; give one with its unit, such as 10s or 2m'),
      );
    },
  );

  it.each(['0s', '0.4ms', '25h', '86400001ms', '1y'])('refuses %s, which is out of range', (value) => {
    expect(() => duration.parse(value)).toThrow(unfit('is out of range; give a duration from 1ms to 24h'));
  });
});

describe('wait', () => {
  it.each([
    ['0', 0],
    ['0s', 0],
    ['0ms', 0],
    ['90s', 90_000],
    ['24h', 86_400_000],
  ])('reads %s as %d ms', (value, expected) => {
    expect(wait.parse(value)).toBe(expected);
  });

  it.each(['10', '-1s', '00'])('refuses %s', (value) => {
    expect(() => wait.parse(value)).toThrow(unfit('is not a duration; give one with its unit, such as 10s or 2m'));
  });

  it('refuses more than a day', () => {
    expect(() => wait.parse('25h')).toThrow(unfit('is out of range; give a duration from 0ms to 24h'));
  });
});

describe('count', () => {
  it.each([
    ['1', 1],
    ['64', 64],
    ['007', 7],
  ])('reads %s', (value, expected) => {
    expect(count(1, 64).parse(value)).toBe(expected);
  });

  it.each(['0', '65', '-1', '1.5', '1e1', '', 'two', '0x10', '9999999999'])('refuses %p', (value) => {
    expect(() => count(1, 64).parse(value)).toThrow(unfit('is not a whole number from 1 to 64'));
  });
});

describe('passage', () => {
  it('keeps every character', () => {
    expect(passage.parse(' a\n\tb ')).toBe(' a\n\tb ');
  });
});

describe('lines', () => {
  it('reads each line that is not blank, commas and all', () => {
    expect(lines(text).parse('a, b\r\n\n  c  \n')).toEqual(['a, b', 'c']);
    expect(lines(text).parse('')).toEqual([]);
  });

  it('tells which line is wrong', () => {
    const one = { takes: 'x', parse: (value: string) => duration.parse(value) };
    expect(() => lines(one).parse('1s\nsoon\n2s')).toThrow(expect.objectContaining({ part: 'soon' }));
  });

  it('says that it takes several', () => {
    expect(lines(appUrl).takes).toBe('an `https://` URL, or several, one per line');
  });
});

describe('statuses', () => {
  it.each([
    ['200', [[200, 200]]],
    ['200-299', [[200, 299]]],
    [
      '200\n404',
      [
        [200, 200],
        [404, 404],
      ],
    ],
    [
      '200-299,404',
      [
        [200, 299],
        [404, 404],
      ],
    ],
    [
      ' 100 - 101 , 599 ',
      [
        [100, 101],
        [599, 599],
      ],
    ],
  ])('reads %p', (value, expected) => {
    expect(statuses.parse(value)).toEqual(expected);
  });

  it.each(['', ',', '200,', '2xx', '99', '600', '200-600', '299-200', '200-', '-200', '200 204', '200..204', '0200'])(
    'refuses %p',
    (value) => {
      expect(() => statuses.parse(value)).toThrow(
        unfit('is not a list of statuses; give codes and ranges such as 200-299,404'),
      );
    },
  );
});

describe('appUrl', () => {
  it.each([
    ['https://app.example.com', 'https://app.example.com/'],
    ['https://app.example.com:8443/health?a=b', 'https://app.example.com:8443/health?a=b'],
    ['HTTPS://App.Example.Com/Path', 'https://app.example.com/Path'],
    ['https://app.example.com/a?b#c?d', 'https://app.example.com/a?b'],
    ['https://app.example.com/a,b?to=https://b.com/', 'https://app.example.com/a,b?to=https://b.com/'],
    ['http://127.0.0.1:8080/', 'http://127.0.0.1:8080/'],
    ['http://localhost/', 'http://localhost/'],
    ['http://[::1]:8080/', 'http://[::1]:8080/'],
  ])('reads %s', (value, expected) => {
    expect(appUrl.parse(value).href).toBe(expected);
  });

  it.each(['', 'app.example.com', '/health', 'https://'])('refuses %p, which is no URL', (value) => {
    expect(() => appUrl.parse(value)).toThrow(
      unfit('is not a URL; give it whole, such as https://app.example.com/health'),
    );
  });

  it.each([
    'https://a b/',
    'https://a.com/ https://b.com/',
    'https://a.com/, https://b.com/',
    'https://a.com/\thttps://b.com/',
    'https://a.com/x y',
  ])('refuses %p, which holds a space', (value) => {
    expect(() => appUrl.parse(value)).toThrow(unfit('contains a space; give several URLs one per line'));
  });

  it.each(['https://a.com/,https://b.com/', 'https://a.com/?x,HTTP://b.com/'])(
    'refuses %p, which holds several',
    (value) => {
      expect(() => appUrl.parse(value)).toThrow(
        unfit('contains several URLs with commas between them; give one per line'),
      );
    },
  );

  it.each(['http://app.example.com/', 'http://10.0.0.1/', 'http://localhost.example.com/'])(
    'refuses %s, where others could read the token',
    (value) => {
      expect(() => appUrl.parse(value)).toThrow(
        unfit('would send the token in the clear; give an https:// URL (http:// on loopback only)'),
      );
    },
  );

  it.each(['ftp://127.0.0.1/', 'file:///etc/passwd', 'javascript:alert(1)'])('refuses %s, another scheme', (value) => {
    expect(() => appUrl.parse(value)).toThrow(unfit('is not an https:// URL'));
  });

  it.each(['https://user:pass@app.example.com/', 'https://user@app.example.com/', 'https://:pass@app.example.com/'])(
    'refuses %s, which holds a login',
    (value) => {
      expect(() => appUrl.parse(value)).toThrow(unfit('contains a user name or password; leave them out'));
    },
  );
});

describe('choice', () => {
  const kind = choice('id_token', 'signed_jwt');

  it('takes one of its words', () => {
    expect(kind.parse('signed_jwt')).toBe('signed_jwt');
    expect(kind.takes).toBe('`id_token` or `signed_jwt`');
  });

  it.each(['', 'id-token', 'ID_TOKEN', 'id_token,signed_jwt', 'toString'])('refuses %p', (value) => {
    expect(() => kind.parse(value)).toThrow(unfit('is not one of id_token, signed_jwt'));
  });

  it('tells who wrote a bare off what YAML 1.1 made of it', () => {
    const hint = "; YAML 1.1 reads a bare off as false: write 'off'";
    expect(() => choice('fail', 'off').parse('false')).toThrow(unfit(`is not one of fail, off${hint}`));
    expect(() => choice('fail', 'off').parse('no')).toThrow(unfit('is not one of fail, off'));
    expect(() => kind.parse('false')).toThrow(unfit('is not one of id_token, signed_jwt'));
  });
});

describe('list', () => {
  const emails = list(email);

  it.each([
    ['', []],
    [' , \n', []],
    ['a@b.com', ['a@b.com']],
    ['a@b.com,c@d.com', ['a@b.com', 'c@d.com']],
    ['a@b.com , c@d.com,', ['a@b.com', 'c@d.com']],
    ['a@b.com\n\n  c@d.com\r\n', ['a@b.com', 'c@d.com']],
  ])('reads %j', (value, expected) => {
    expect(emails.parse(value)).toEqual(expected);
  });

  it.each(['a@b.com c@d.com', 'a@b.com;c@d.com', 'a@b.com,x'])('refuses %p', (value) => {
    expect(() => emails.parse(value)).toThrow(
      unfit('is not a valid email; give one such as ci@my-project.iam.gserviceaccount.com'),
    );
  });

  it('tells which one is wrong', () => {
    expect(() => emails.parse('a@b.com, nobody')).toThrow(expect.objectContaining({ part: 'nobody' }));
  });

  it('says that it takes several', () => {
    expect(emails.takes).toBe('an email, or several, separated by commas');
  });
});

describe('rows', () => {
  it('are their kind, and what is said of them', () => {
    const row = { group: 'token', help: 'Help.' } as const;
    expect(always(flag, { ...row, default: 'true' })).toEqual({ ...flag, ...row, default: 'true' });
    expect(optional(text, row)).toEqual({ ...text, ...row });
  });
});
