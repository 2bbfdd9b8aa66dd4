/** An error answer of an OAuth endpoint; status 400 where left out. */
export interface Refusal {
  readonly status?: number;
  readonly error: string;
  readonly error_description: string;
  readonly error_subtype?: string;
}

export const invalidGrant = (error_description: string): Refusal => ({ error: 'invalid_grant', error_description });

export const invalidRequest = (error_description: string): Refusal => ({ error: 'invalid_request', error_description });

export const refuse = ({ status = 400, ...body }: Refusal): Response => json(status, body);

export const json = (status: number, body: unknown): Response =>
  new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json; charset=utf-8' } });
