import { isAnyArrayBuffer } from 'node:util/types';

/** Whether a body can be sent a second time: a stream cannot. */
export function canRepeat(body: unknown): boolean {
  if (body === undefined || body === null || typeof body === 'string') return true;
  if (isAnyArrayBuffer(body) || ArrayBuffer.isView(body)) return true;
  return /^\[object (URLSearchParams|Blob|File|FormData)\]$/.test(Object.prototype.toString.call(body));
}

/** The beginning of an answer, which stays whole for others; what came of it, where it breaks. */
export async function beginningOf(response: Response, max: number): Promise<string> {
  const reader: ReadableStreamDefaultReader<Uint8Array> | undefined = response.clone().body?.getReader();
  const decoder = new TextDecoder();
  let text = '';
  try {
    for (let size = 0; reader !== undefined && size < max; ) {
      const { done, value } = await reader.read();
      if (done) break;
      size += value.length;
      text += decoder.decode(value, { stream: true });
    }
  } catch {
    return text;
  }
  // That ends only when the other reader ends too.
  reader?.cancel().catch(() => undefined);
  return text.slice(0, max);
}
