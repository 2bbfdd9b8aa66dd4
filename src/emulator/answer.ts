import { isAnswer } from './fault.ts';
import type { Answer, Fault, Reply, Service } from './service.ts';
import type { World } from './world.ts';

/** What `service` replies: its fault's answer if it has one, else what `handle` answers. */
export async function reply(world: World, service: Service, handle: () => Promise<Reply>): Promise<Reply> {
  const fault = world.faults.take(service);
  if (!fault) return handle();
  if (isAnswer(fault)) return { answer: answerOf(fault, service), fault };
  const inner = await handle();
  const headers = new Headers(inner.answer.headers);
  for (const [name, value] of Object.entries(fault.headers ?? {})) headers.set(name, value);
  return { answer: { ...inner.answer, headers }, fault: { ...fault, ...inner.fault } };
}

/** A handler's `Response`, as bytes. */
export async function toReply(response: Response): Promise<Reply> {
  const { status, headers } = response;
  return { answer: { status, headers, body: new Uint8Array(await response.arrayBuffer()) } };
}

function answerOf({ status = 200, headers = {}, body }: Fault, service: Service): Answer {
  const own = service === 'iap' ? { 'x-goog-iap-generated-response': 'true' } : {};
  const text = body ?? defaultBody(service, status);
  const isJson = typeof text === 'string' && text.startsWith('{');
  const type = isJson ? 'application/json; charset=utf-8' : 'text/html; charset=UTF-8';
  return {
    status,
    headers: new Headers({ 'content-type': type, ...own, ...headers }),
    body: typeof text === 'string' ? new TextEncoder().encode(text) : text,
  };
}

function defaultBody(service: Service, status: number): string {
  if (status < 500) return '';
  if (service === 'token') return JSON.stringify({ error: 'internal_failure', error_description: 'Backend Error' });
  if (service !== 'iam') return '';
  return JSON.stringify({
    error: { code: status, message: 'The service is currently unavailable.', status: 'UNAVAILABLE' },
  });
}
