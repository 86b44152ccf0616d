import { closePools } from './pool.js';

/** Ends all worker threads and frees their networks. The next call starts new ones. */
export async function dispose(): Promise<void> {
  await closePools();
}
