import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { initWasm, Resvg } from '@resvg/resvg-wasm';

const require = createRequire(import.meta.url);
const packaged = (name: string): Uint8Array => readFileSync(require.resolve(name));

const fontFiles = [400, 600].map(weight => `@fontsource/inter/files/inter-latin-${weight}-normal.woff2`);

let ready: Promise<void> | undefined;

/** SVG to PNG, with a font that comes along: what a machine has installed would make the picture differ from place to place. */
export async function renderPng(svg: string): Promise<Uint8Array> {
  ready ??= initWasm(packaged('@resvg/resvg-wasm/index_bg.wasm'));
  await ready;
  const image = new Resvg(svg, { font: { fontBuffers: fontFiles.map(packaged), defaultFontFamily: 'Inter' } });
  try {
    return image.render().asPng();
  } finally {
    image.free();
  }
}
