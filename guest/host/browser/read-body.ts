import { TryAgain } from './range-answer.ts';

/**
 * Exactly `length` bytes of an answer's body: what is cut, or longer, is no more than an error.
 * @param onProgress called for each piece that came
 * @throws TryAgain
 */
export async function readBody(
  response: Response,
  length: number,
  onProgress: () => void,
): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  let end = 0;
  const reader = response.body?.getReader();
  try {
    while (reader !== undefined) {
      const { done, value } = await reader.read();
      if (done) break;
      onProgress();
      if (value.length > length - end) throw new TryAgain(`more than ${length} bytes came`);
      bytes.set(value, end);
      end += value.length;
    }
  } finally {
    // Whatever else would come is not wanted.
    reader?.cancel().catch(() => {});
  }
  if (end < length) throw new TryAgain(`${end} of ${length} bytes came`);
  return bytes;
}
