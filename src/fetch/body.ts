import { isAnyArrayBuffer } from 'node:util/types';

/** Whether a body can be sent a second time: a stream cannot. */
export function canRepeat(body: unknown): boolean {
  if (body === undefined || body === null || typeof body === 'string') return true;
  if (isAnyArrayBuffer(body) || ArrayBuffer.isView(body)) return true;
  return /^\[object (URLSearchParams|Blob|File|FormData)\]$/.test(Object.prototype.toString.call(body));
}

interface Limits {
  readonly bytes: number;
  /** Milliseconds. */
  readonly most?: number;
  readonly signal?: AbortSignal | null | undefined;
}

/** The beginning of an answer, which stays whole for others; what came of it, where it breaks or takes too long. */
export async function beginningOf(response: Response, { bytes, most = 3000, signal }: Limits): Promise<string> {
  const reader: ReadableStreamDefaultReader<Uint8Array> | undefined = response.clone().body?.getReader();
  const decoder = new TextDecoder();
  let text = '';
  // Its promise ends only when the other reader ends too; what is being read ends at once.
  const stop = () => void reader?.cancel().catch(() => undefined);
  const timer = setTimeout(stop, most);
  signal?.addEventListener('abort', stop, { once: true });
  if (signal?.aborted) stop();
  try {
    for (let size = 0; reader !== undefined && size < bytes; ) {
      const { done, value } = await reader.read();
      if (done) break;
      size += value.length;
      text += decoder.decode(value, { stream: true });
    }
  } catch {
    return text;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', stop);
    stop();
  }
  return text.slice(0, bytes);
}
