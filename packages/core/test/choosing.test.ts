import { describe, expect, it } from 'vitest';
import type { EncodedTile, Goal, PreparedTile, TileCodec } from '../src/codecs/codec.js';
import { predict } from '../src/codecs/predict/predict.js';
import { decodeTile, encodeTile } from '../src/tiles/tile.js';
import { bits, waves } from './fields.js';

const { data, shape } = waves(40, 50);
const tile: PreparedTile = { values: data, rows: shape[0]!, columns: shape[1]!, minimum: 200, maximum: 300 };
const context = { device: 'cpu', threads: 1, effort: 'fast', models: {} } as const;

/** A codec that stands for any: it gives so many bytes, and values that are off by so much. */
function standIn(size: number, offBy: number, estimate?: number): TileCodec & { calls: number } {
  return {
    id: 9,
    name: 'stand-in',
    calls: 0,
    modelHash: () => undefined,
    serves: (goal: Goal['kind']) => goal !== 'lossless',
    async encode({ values }): Promise<EncodedTile> {
      this.calls++;
      return { bytes: new Uint8Array(size), restored: values.map(value => value + offBy) };
    },
    async decode(_, { values }) {
      values.fill(1);
    },
    ...(estimate !== undefined && { estimate: () => estimate }),
  };
}

/** Coding that takes a byte for so many values. */
const bytesPer =
  (values: number): TileCodec['encode'] =>
  async ({ values: all }) => ({ bytes: new Uint8Array(all.length / values), restored: all });

const choose = (codecs: readonly TileCodec[], goal: Parameters<typeof encodeTile>[1]) =>
  encodeTile(tile, goal, codecs, predict, context);

describe('of several codecs a tile takes', () => {
  const bound = { kind: 'bound', bound: 0.1 } as const;

  it('the one with fewer bytes', async () => {
    expect(await choose([predict, standIn(3, 0.05)], bound)).toMatchObject({ codec: 9, bytes: new Uint8Array(3) });
    expect(await choose([predict, standIn(30_000, 0.05)], bound)).toMatchObject({ codec: predict.id });
  });

  it('never one that misses the goal, whatever it says', async () => {
    expect(await choose([predict, standIn(3, 0.2)], bound)).toMatchObject({ codec: predict.id });
    expect(await choose([predict, standIn(3, Number.NaN)], bound)).toMatchObject({ codec: predict.id });
    expect(await choose([predict, standIn(3, 0.2)], { kind: 'rmse', rmse: 0.1 })).toMatchObject({ codec: predict.id });
  });

  it('an exact one where all miss it', async () => {
    const stored = await choose([standIn(3, 0.2)], bound);
    expect(stored).toMatchObject({ codec: predict.id, rmse: 0 });
    const values = new Float32Array(data.length);
    await decodeTile(stored, { ...tile, values }, context, [predict]);
    expect(bits(values)).toEqual(bits(data));
  });

  it('no second look at one that is clearly larger by its own estimate', async () => {
    const wide = waves(200, 210);
    const large = { ...tile, values: wide.data, rows: 200, columns: 210 };
    const chosen = async (bytes: number, other: TileCodec) => {
      const withEstimate = { ...predict, estimate: () => bytes };
      return (await encodeTile(large, bound, [withEstimate, other], predict, context)).codec;
    };
    const larger = standIn(3, 0, 20_000);
    expect(await chosen(10_000, larger)).toBe(predict.id);
    expect(larger.calls).toBe(0);
    expect(await chosen(10_000, standIn(3, 0, 13_000))).toBe(9);
    // Estimates of less than a bit a value are rough.
    expect(await chosen(100, standIn(3, 0, 300))).toBe(9);
  });

  it('of a large one another than the first only if that takes clearly less of its middle', async () => {
    const wide = waves(400, 400);
    const large = { ...tile, values: wide.data, rows: 400, columns: 400 };
    const usual = { ...standIn(0, 0), id: 8, encode: bytesPer(4) };
    for (const [values, takes] of [
      [4.2, 8],
      [6, 9],
    ] as const) {
      const other = { ...standIn(0, 0, 1), encode: bytesPer(values) };
      expect((await encodeTile(large, bound, [usual, other], predict, context)).codec).toBe(takes);
    }
    // Not even its middle is tried where the estimate for all promises nothing.
    const hopeless = standIn(3, 0, 39_000);
    expect((await encodeTile(large, bound, [usual, hopeless], predict, context)).codec).toBe(8);
    expect(hopeless.calls).toBe(0);
  });

  it('the better of two errors, where only the size is to be met', async () => {
    const near = { kind: 'near', rmse: 0.1 } as const;
    const { bytes } = await choose([predict], near);
    expect(await choose([predict, standIn(bytes.length, 0.01)], near)).toMatchObject({ codec: 9 });
    expect(await choose([predict, standIn(bytes.length, 1)], near)).toMatchObject({ codec: predict.id });
  });
});

it('a tile without a present value takes no bytes', async () => {
  const missing = new Uint8Array(data.length).fill(1);
  const nothing = { codec: 0, bytes: new Uint8Array(0), present: 0 };
  expect(await encodeTile({ ...tile, missing }, { kind: 'lossless' }, [predict], predict, context)).toMatchObject(
    nothing,
  );
});
