/** Bytes that are read of a large file at once. */
const CHUNK = 1 << 18;

/** Bytes `from` to `to` of a large file, read as the client takes them. */
export function streamOf(
  { from, to }: { readonly from: number; readonly to: number },
  read: (offset: number, length: number) => Promise<Uint8Array>,
): ReadableStream<Uint8Array> {
  let at = from;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const chunk = await read(at, Math.min(CHUNK, to - at));
        at += chunk.length;
        if (chunk.length > 0) controller.enqueue(chunk);
        if (at >= to || chunk.length === 0) controller.close();
      },
    },
    { highWaterMark: 0 },
  );
}
