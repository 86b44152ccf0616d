import { createRequire } from 'node:module';

/** One tile's coefficients, pass by pass. */
export interface NativeCoder {
  readonly passes: number;
  next(): { channels: number; rows: number; columns: number } | undefined;
  inputs(target: Uint8Array | Float32Array): void;
  code(parameters: Uint8Array | Float32Array): void;
  /** An encoder's takes values, mask and reconstruction; a decoder's takes the reconstruction and returns nothing. */
  finish(...arrays: (Float32Array | Float64Array | Uint8Array | null)[]): { bytes: Uint8Array; squaredError: number };
}

/** The addon's own functions. They check types and lengths; outputs are allocated by the caller unless they are bytes. */
export interface Native {
  createScaleTables(family: number): unknown;
  createFactorisedTables(first: Int32Array, lengths: Uint32Array, frequencies: Uint32Array): unknown;
  tableCount(tables: unknown): number;
  tableCodeLengths(tables: unknown, table: number): { first: number; bits: Float32Array };
  encodeSymbols(tables: unknown, symbols: Int32Array, index: Uint16Array, mean8: Int32Array | null): Uint8Array;
  decodeSymbols(
    tables: unknown,
    bytes: Uint8Array,
    index: Uint16Array,
    mean8: Int32Array | null,
    symbols: Int32Array,
  ): void;
  quantiseLatents(
    tables: unknown,
    shape: Uint32Array,
    y: Float32Array,
    params: Uint8Array,
    prices: Float32Array,
    quantised: Float32Array,
  ): void;
  latentBits(tables: unknown, shape: Uint32Array, quantised: Float32Array, params: Uint8Array): number;
  encodeLatents(
    tables: unknown,
    shape: Uint32Array,
    y: Float32Array,
    params: Uint8Array,
    prices: Float32Array,
    quantised: Float32Array,
  ): Uint8Array;
  decodeLatents(
    tables: unknown,
    shape: Uint32Array,
    bytes: Uint8Array,
    params: Uint8Array,
    quantised: Float32Array,
  ): void;
  waveletForward(data: Float32Array | Float64Array, height: number, width: number, levels: number): void;
  waveletInverse(data: Float32Array | Float64Array, height: number, width: number, levels: number): void;
  toLatents(
    coefficients: Float32Array,
    height: number,
    width: number,
    gains: Float32Array,
    latents: Float32Array,
  ): void;
  fromLatents(
    latents: Float32Array,
    height: number,
    width: number,
    inverseGains: Float32Array,
    coefficients: Float32Array,
  ): void;
  encodeMask(classes: Uint8Array, height: number, width: number): Uint8Array;
  decodeMask(bytes: Uint8Array, height: number, width: number, patterns: number, classes: Uint8Array): void;
  fillMissing(values: Float32Array | Float64Array, classes: Uint8Array, height: number, width: number): void;
  encodeLattice(
    values: Int32Array | BigInt64Array | Float32Array | Float64Array,
    mask: Uint8Array | null,
    rows: number,
    columns: number,
    effort: number,
    network: Uint8Array | null,
    threads: number,
  ): Uint8Array;
  decodeLattice(
    bytes: Uint8Array,
    mask: Uint8Array | null,
    rows: number,
    columns: number,
    values: Int32Array | BigInt64Array | Float32Array | Float64Array,
    network: Uint8Array | null,
    threads: number,
  ): void;
  CoefficientEncoder: new (
    values: Float32Array | Float64Array,
    rows: number,
    columns: number,
    step: number,
    lambda: number,
    lowest: number,
    highest: number,
    trellis: number,
  ) => NativeCoder;
  CoefficientDecoder: new (
    bytes: Uint8Array,
    rows: number,
    columns: number,
    wide: number,
    lowest: number,
    highest: number,
  ) => NativeCoder;
  storedStep(step: number): number;
  estimateCoefficients(
    values: Float32Array | Float64Array,
    rows: number,
    columns: number,
    steps: Float64Array,
    bits: Float64Array,
    errors: Float64Array,
    threads: number,
  ): void;
  encodeBands(
    values: Float32Array | Float64Array,
    mask: Uint8Array | null,
    rows: number,
    columns: number,
    step: number,
    lambda: number,
    lowest: number,
    highest: number,
    network: Uint8Array,
    threads: number,
    mayLeaveOut: number,
    reconstruction: Float32Array | Float64Array,
    bound: number,
    trellis: number,
    quick: number,
  ): { bytes: Uint8Array; squaredError: number; leavesOut: boolean };
  decodeBands(
    bytes: Uint8Array,
    mask: Uint8Array | null,
    rows: number,
    columns: number,
    lowest: number,
    highest: number,
    network: Uint8Array,
    threads: number,
    reconstruction: Float32Array | Float64Array,
    form: number,
  ): void;
  encodeCorrections(
    values: Float32Array | Float64Array,
    base: Float32Array | Float64Array,
    mask: Uint8Array | null,
    rows: number,
    columns: number,
    bound: number,
    baseIsExact: number,
    margin: number,
    threads: number,
    corrected: Float32Array | Float64Array | null,
  ): Uint8Array;
  applyCorrections(
    bytes: Uint8Array,
    base: Float32Array | Float64Array,
    mask: Uint8Array | null,
    rows: number,
    columns: number,
    threads: number,
  ): void;
  encodeInterpolated(
    values: Float32Array | Float64Array,
    mask: Uint8Array | null,
    rows: number,
    columns: number,
    minimum: number,
    maximum: number,
    bound: number,
    restored: Float32Array | Float64Array,
    threads: number,
    networks: Uint8Array | null,
  ): Uint8Array | undefined;
  decodeInterpolated(
    bytes: Uint8Array,
    mask: Uint8Array | null,
    rows: number,
    columns: number,
    minimum: number,
    maximum: number,
    values: Float32Array | Float64Array,
    networks: Uint8Array | null,
  ): void;
  scanValues(
    values: Float32Array | Float64Array,
    fills: Float32Array | Float64Array,
  ): { minimum: number; maximum: number; missing: boolean };
  classifyMissing(
    values: Float32Array | Float64Array,
    fills: Float32Array | Float64Array,
    most: number,
    classes: Uint8Array,
  ): BigUint64Array | undefined;
  toLattice(
    values: Float32Array | Float64Array,
    mask: Uint8Array | null,
    minimum: number,
    step: number,
    bound: number,
    integers: Int32Array,
    restored: Float32Array | Float64Array,
  ): boolean;
  fromLattice(values: Float32Array | Float64Array, integers: Int32Array, minimum: number, step: number): void;
  keepsBound(
    values: Float32Array | Float64Array,
    restored: Float32Array | Float64Array,
    mask: Uint8Array | null,
    bound: number,
  ): boolean;
  rootMeanSquare(
    values: Float32Array | Float64Array,
    restored: Float32Array | Float64Array,
    mask: Uint8Array | null,
  ): number;
  estimateLattice(values: Int32Array | BigInt64Array, mask: Uint8Array | null, rows: number, columns: number): number;
}

function isMusl(): boolean {
  if (process.platform !== 'linux') return false;
  const report = process.report.getReport() as { header?: { glibcVersionRuntime?: string } };
  return report.header?.glibcVersionRuntime === undefined;
}

/** Where the addon may be, best first: a local build, then the prebuilt package for this platform. */
export function candidates(): string[] {
  const platform = `${process.platform}-${process.arch}${isMusl() ? '-musl' : ''}`;
  return ['../build/Release/fieldzip_native.node', `@fieldzip/native-coder-${platform}`];
}

/**
 * Loads the first candidate that loads.
 *
 * @throws Error that lists what was tried and what can be done.
 */
export function loadNative(paths: readonly string[] = candidates()): Native {
  const require = createRequire(import.meta.url);
  const tried: string[] = [];
  for (const path of paths) {
    try {
      return require(path) as Native;
    } catch (error) {
      const reason = error instanceof Error ? (error.message.split('\n')[0] ?? error.message) : String(error);
      tried.push(`- ${path}: ${reason}`);
    }
  }
  throw new Error(
    [
      `Could not load fieldzip's native addon for ${process.platform}-${process.arch}, Node ${process.versions.node}.`,
      'Tried:',
      ...tried,
      'Possible solutions:',
      '- Install with optional dependencies, so that the prebuilt package for this platform is there:',
      '    npm install --include=optional @fieldzip/native-coder',
      '- Build it here (needs CMake 3.20 and a C++20 compiler):',
      '    pnpm --filter @fieldzip/native-coder build',
      '- If node_modules was copied from another machine or image, install again on this one.',
    ].join('\n'),
  );
}
