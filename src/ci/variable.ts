import { type Kind, Unfit } from '../inputs.ts';

// What every later step of the job reads: another value would break it, or is read by the CI system or by iap-auth itself.
const taken =
  /^(path|pathext|home|shell|ifs|env|cdpath|ci|temp|tmp|tmpdir|bash_env|node_options|node_path|comspec|systemroot|(ld|dyld|github|gitlab|circle|buildkite|bitbucket|runner|actions|input|state|iap_auth)_.*)$/i;

/** The name of an environment variable that a token can be kept in. */
export const variable: Kind<string> = {
  takes: 'the name of an environment variable, such as `IAP_TOKEN`',
  parse: (value) => {
    if (!isName(value)) throw new Unfit('is not a valid variable name; give one such as IAP_TOKEN');
    if (taken.test(value)) throw new Unfit('is in use by the system; give another name, such as IAP_TOKEN');
    return value;
  },
};

/** The name of an environment variable to read. Whoever gives its value in place of its name does not see it in the log. */
export const held: Kind<string> = {
  takes: 'the name of an environment variable, such as `GITLAB_OIDC_TOKEN`',
  isHidden: true,
  parse: (value) => {
    if (!isName(value)) throw new Unfit('is not a valid variable name; give its name, not its value');
    return value;
  },
};

function isName(value: string): boolean {
  return /^[a-z_][a-z0-9_]{0,99}$/i.test(value);
}
