/** Bytes `from` to `to` of a large file, read as the client takes them. */
export function streamOf(
  { from, to }: { readonly from: number; readonly to: number },
  read: (offset: number) => Promise<Uint8Array>,
): ReadableStream<Uint8Array> {
  let at = from;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const chunk = await read(at);
        at += chunk.length;
        controller.enqueue(chunk);
        if (at >= to) controller.close();
      },
    },
    { highWaterMark: 0 },
  );
}
