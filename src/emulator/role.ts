/** What a call on a service account needs: https://cloud.google.com/iam/docs/service-account-permissions */
export type Permission =
  `iam.serviceAccounts.${'getAccessToken' | 'getOpenIdToken' | 'signJwt' | 'signBlob' | 'implicitDelegation'}`;

const permissions = {
  'roles/iam.workloadIdentityUser': ['iam.serviceAccounts.getAccessToken', 'iam.serviceAccounts.getOpenIdToken'],
  'roles/iam.serviceAccountOpenIdTokenCreator': ['iam.serviceAccounts.getOpenIdToken'],
  'roles/iam.serviceAccountTokenCreator': [
    'iam.serviceAccounts.getAccessToken',
    'iam.serviceAccounts.getOpenIdToken',
    'iam.serviceAccounts.signJwt',
    'iam.serviceAccounts.signBlob',
    'iam.serviceAccounts.implicitDelegation',
  ],
} as const satisfies Record<string, readonly Permission[]>;

export type Role = keyof typeof permissions;

interface Binding {
  readonly member: string;
  readonly account: string;
  readonly role: Role;
}

/** The allow policies of all service accounts. */
export class Bindings {
  #all: Binding[] = [];

  /** @throws on what IAM would not take for a member or a role */
  allow(binding: Binding): void {
    if (!memberForm.test(binding.member)) throw new Error(`"${binding.member}" is not an IAM member`);
    if (!Object.hasOwn(permissions, binding.role))
      throw new Error(`"${binding.role}" is not a role on service accounts`);
    this.#all.push(binding);
  }

  disallow({ member, account, role }: Binding): void {
    this.#all = this.#all.filter((one) => one.member !== member || one.account !== account || one.role !== role);
  }

  /** An account's policy goes with the account. */
  forget(account: string): void {
    this.#all = this.#all.filter((one) => one.account !== account);
  }

  /** Whether one of `members`, which are all the same caller, has the permission on the account. */
  permit(members: readonly string[], account: string, permission: Permission): boolean {
    return this.#all.some(
      (one) => one.account === account && members.includes(one.member) && isIn(permissions[one.role], permission),
    );
  }
}

const memberForm =
  /^((serviceAccount|user):[^@\s]+@[^@\s]+|principal(Set)?:\/\/iam\.googleapis\.com\/projects\/\d+\/\S+)$/;

const isIn = (list: readonly Permission[], permission: Permission): boolean => list.includes(permission);
