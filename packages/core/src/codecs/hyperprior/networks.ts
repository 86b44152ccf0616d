import { CodecError } from '../../errors.js';
import { run, Tensor } from '../../inference/sessions.js';
import type { HyperpriorModel } from '../../models.js';
import type { CodecContext } from '../codec.js';
import {
  blocksOf,
  cut,
  type Grid,
  hyperExtent,
  isWhole,
  latentExtent,
  paste,
  regrid,
  type Tile,
  tilesOf,
  unblock,
} from './grid.js';
import type { Level } from './level.js';

/** The four networks of a model at one quality level. */
export class Networks {
  readonly #model: HyperpriorModel;
  readonly #level: Level;
  readonly #context: CodecContext;

  constructor(model: HyperpriorModel, level: Level, context: CodecContext) {
    this.#model = model;
    this.#level = level;
    this.#context = context;
  }

  get #levelTensor(): Tensor {
    return new Tensor('float32', this.#level.weights, [1, this.#level.weights.length]);
  }

  /**
   * Y, not yet rounded.
   * @param pixels the slice in steps
   * @param coefficients its wavelet coefficients in steps, times the gains, as planes
   */
  async encode(pixels: Float32Array, coefficients: Float32Array, grid: Grid): Promise<Float32Array> {
    const { channels } = this.#model.manifest;
    const tiles = tilesOf(grid);
    const y = tiles.length === 1 ? undefined : new Float32Array(coefficients.length);
    for (const tile of tiles) {
      const inputs = {
        blocks: blocksTensor(blocksOf(pixels, grid, tile), tile),
        coefficients: this.#part(coefficients, channels, grid, tile),
        level: this.#levelTensor,
      };
      const output = await this.#run('encoder', inputs, tile.readRows * tile.readColumns);
      const part = floats(output);
      if (y === undefined) {
        return part;
      }
      paste(part, tile, y, grid);
    }
    return y!;
  }

  /** Z, not yet rounded. */
  async hyperEncode(y: Float32Array, grid: Grid): Promise<Float32Array> {
    const { channels } = this.#model.manifest;
    const extent = hyperExtent(grid);
    const padded = regrid(y, latentExtent(grid), extent);
    const tensor = new Tensor('float32', padded, [1, channels, extent.rows, extent.columns]);
    const sites = grid.rows32 * grid.columns32;
    return floats(await this.#run('hyper-encoder', { y: tensor, level: this.#levelTensor }, sites));
  }

  /**
   * The distributions of Y: for each latent a scale and a mean, integers 0..255 that are the same on every machine.
   * @param z rounded, within -128..127
   */
  async hyperDecode(z: Int32Array, grid: Grid): Promise<Uint8Array> {
    const onProcessor = this.#context.device === 'cpu';
    const zeroPoint = onProcessor ? 128 : 0;
    const units = this.#level.units;
    const plane = grid.rows32 * grid.columns32;
    const input = onProcessor
      ? new Uint8Array(z.length + units.length * plane)
      : new Float32Array(z.length + units.length * plane);
    for (let i = 0; i < z.length; i++) {
      input[i] = z[i]! + zeroPoint;
    }
    units.forEach((unit, i) => {
      input.fill(unit + zeroPoint, z.length + i * plane, z.length + (i + 1) * plane);
    });
    const shape = [1, input.length / plane, grid.rows32, grid.columns32];
    const output = onProcessor
      ? await this.#run('hyper-decoder', { z: new Tensor('uint8', input as Uint8Array, shape) }, plane)
      : await this.#run('hyper-decoder-fp32', { z: new Tensor('float32', input as Float32Array, shape) }, plane);
    const params = output.data instanceof Uint8Array ? output.data : Uint8Array.from(output.data as Float32Array);
    return regrid(params, hyperExtent(grid), latentExtent(grid));
  }

  /**
   * The learned part of the synthesis: what to add to the linear reconstruction, in steps.
   * @param linear the linear reconstruction in steps
   */
  async decode(linear: Float32Array, y: Float32Array, params: Uint8Array, grid: Grid): Promise<Float32Array> {
    const { channels } = this.#model.manifest;
    const correction = new Float32Array(linear.length);
    for (const tile of tilesOf(grid)) {
      const inputs = {
        blocks: blocksTensor(blocksOf(linear, grid, tile), tile),
        y: this.#part(y, channels, grid, tile),
        params: this.#part(params, 2 * channels, grid, tile),
        level: this.#levelTensor,
      };
      const output = await this.#run('decoder', inputs, tile.readRows * tile.readColumns);
      unblock(floats(output), grid, tile, correction);
    }
    return correction;
  }

  #part(planes: Float32Array | Uint8Array, channels: number, grid: Grid, tile: Tile): Tensor {
    const shape = [1, channels, tile.readRows, tile.readColumns];
    const size = channels * tile.readRows * tile.readColumns;
    if (planes instanceof Uint8Array) {
      return new Tensor('uint8', isWhole(tile, grid) ? planes : cut(planes, grid, tile, new Uint8Array(size)), shape);
    }
    return new Tensor('float32', isWhole(tile, grid) ? planes : cut(planes, grid, tile, new Float32Array(size)), shape);
  }

  #run(graph: string, inputs: Readonly<Record<string, Tensor>>, sites: number): Promise<Tensor> {
    return run(this.#model, graph, inputs, sites, this.#context);
  }
}

function blocksTensor(blocks: Float32Array, tile: Tile): Tensor {
  return new Tensor('float32', blocks, [1, 16, 2 * tile.readRows + 2, 2 * tile.readColumns + 2]);
}

function floats(tensor: Tensor): Float32Array {
  if (!(tensor.data instanceof Float32Array)) {
    throw new CodecError(`Expected a graph to give float32, found ${tensor.type}.`);
  }
  return tensor.data;
}
