import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { CodecError, UnsupportedError } from './errors.js';

/** One quality level of a hyperprior model. */
export interface ModelLevel {
  /** Weight of the squared error, on the 0..255 scale, against bits (the paper's Table I). */
  readonly lambda: number;
  /** Quantisation step in units of the value range. */
  readonly step: number;
  /** Factor of each latent channel before rounding. */
  readonly gains: readonly number[];
}

/** What manifest.json of any model says; training/ writes it. */
export interface Manifest {
  readonly name: string;
  readonly codec: string;
  readonly graphs: Readonly<Record<string, { readonly file: string; readonly sha256: string }>>;
}

/** What that of a hyperprior model says besides. */
export interface HyperpriorManifest extends Manifest {
  readonly channels: number;
  readonly hyperChannels: number;
  readonly levelUnits: number;
  readonly levels: readonly ModelLevel[];
  /** Per level and channel of Z: the index of its scale and its mean in eighths. */
  readonly prior: {
    readonly scaleIndex: readonly (readonly number[])[];
    readonly meanEighths: readonly (readonly number[])[];
  };
}

export interface Model<M extends Manifest = Manifest> {
  readonly manifest: M;
  /** First 8 bytes of the SHA-256 of the manifest, in hexadecimal: the model's name in a file. */
  readonly hash: string;
  readonly folder: string;
}

export type HyperpriorModel = Model<HyperpriorManifest>;

/** The model that new files of a codec are written with. */
const CURRENT: Readonly<Record<string, string>> = {
  hyperprior: 'compact',
  wavelet: 'wavelet-tables',
  predict: 'predict-advised',
};

let installed: readonly Model[] | undefined;

/** The models in @fieldzip/models. */
export function installedModels(): readonly Model[] {
  if (installed === undefined) {
    const root = dirname(createRequire(import.meta.url).resolve('@fieldzip/models/package.json'));
    installed = readdirSync(root, { withFileTypes: true })
      .filter(entry => entry.isDirectory() && existsSync(join(root, entry.name, 'manifest.json')))
      .map(entry => readModel(join(root, entry.name)));
  }
  return installed;
}

function readModel(folder: string): Model {
  const bytes = readFileSync(join(folder, 'manifest.json'));
  const hash = createHash('sha256').update(bytes).digest('hex').slice(0, 16);
  return { manifest: JSON.parse(bytes.toString('utf8')) as Manifest, hash, folder };
}

/** @throws CodecError if the installation lacks it. */
export function currentModel(codec: string): Model {
  const model = installedModels().find(candidate => candidate.manifest.name === CURRENT[codec]);
  if (model === undefined) {
    throw new CodecError(`The model of the ${codec} codec is missing from @fieldzip/models: install fieldzip again.`);
  }
  return model;
}

/** @throws UnsupportedError if no installed model of the codec has this hash. */
export function modelOfHash(codec: string, hash: string | undefined): Model {
  const model = installedModels().find(candidate => candidate.hash === hash && candidate.manifest.codec === codec);
  if (model === undefined) {
    const known = installedModels().map(candidate => `${candidate.manifest.name} ${candidate.hash}`);
    throw new UnsupportedError(
      `This file needs the ${codec} model ${hash ?? 'that it does not name'}, which is not installed (installed: ${known.join(', ') || 'none'}): use the version of fieldzip that wrote it, or a newer one.`,
    );
  }
  return model;
}

/**
 * The bytes of a model's graph.
 * @throws CodecError if the file is not the one that the manifest names.
 */
export function readGraph(model: Model, name: string): Uint8Array {
  const graph = model.manifest.graphs[name];
  if (graph === undefined) {
    throw new CodecError(`The model ${model.manifest.name} has no graph named ${name}.`);
  }
  const bytes = readFileSync(join(model.folder, graph.file));
  const found = createHash('sha256').update(bytes).digest('hex');
  if (found !== graph.sha256) {
    throw new CodecError(
      `${graph.file} of the model ${model.manifest.name} is damaged (SHA-256 ${found}, expected ${graph.sha256}): install fieldzip again.`,
    );
  }
  return bytes;
}
