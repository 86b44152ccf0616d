/**
 * Starts a job for each item, at most `width` at once, and gives the results in the items' order. When a job fails or the consumer stops, no more are started.
 */
export async function* inOrder<Item, Result>(
  items: Iterable<Item> | AsyncIterable<Item>,
  width: number,
  signal: AbortSignal | undefined,
  start: (item: Item) => Promise<Result>,
): AsyncGenerator<Result, void, undefined> {
  const running: Promise<Result>[] = [];
  try {
    for await (const item of items) {
      signal?.throwIfAborted();
      if (running.length >= width) {
        yield await running.shift()!;
        signal?.throwIfAborted();
      }
      const job = start(item);
      // Its failure is met when its turn comes; until then it must not count as unhandled.
      job.catch(() => {});
      running.push(job);
    }
    while (running.length > 0) {
      yield await running.shift()!;
      signal?.throwIfAborted();
    }
  } finally {
    await Promise.allSettled(running);
  }
}
