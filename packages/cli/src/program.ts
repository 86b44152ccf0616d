import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { addCompare } from './commands/compare.js';
import { addCompress } from './commands/compress.js';
import { addDecompress } from './commands/decompress.js';
import { addInfo } from './commands/info.js';
import { addPicture } from './commands/picture.js';
import { exitCodeTable } from './exit.js';

const examples = `
By task:
  make a file smaller              fieldzip compress air.nc -o air.fldz
  promise an error, or every bit   fieldzip compress air.nc -o air.fldz --abs 0.05     (or --rel, --pw-rel, --psnr, --lossless)
  promise a size                   fieldzip compress air.nc -o air.fldz --ratio 20     (or --bpp 1.5)
  neural quality levels            fieldzip compress air.nc -o air.fldz --quality 3    (1 smallest .. 10 closest)
  one variable, one time           fieldzip compress run.nc -o ts.fldz --var TS --slice t=0,lev=3
  values without a header          fieldzip compress u.raw -o u.fldz --shape 512x512 --dtype f32
  get the values back              fieldzip decompress air.fldz -o air.npy             (.npy, .nc, .raw)
  some slices of a stack           fieldzip decompress run.fldz -o part.npy --slice 0,5:8
  part of every slice              fieldzip decompress run.fldz -o part.npy --region 100:200,0:50
  what is in it                    fieldzip info air.fldz
  how far off it is                fieldzip compare air.nc air.fldz
  see how far off it is            fieldzip picture air.nc air.fldz -o air.png

Exit codes:
${exitCodeTable()}
`;

function version(): string {
  const manifest = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}

export function buildProgram(): Command {
  const program = new Command('fieldzip')
    .description(
      'Compresses 2-D slices of floating-point scientific data: neural at quality levels, predictive within a bound.',
    )
    .version(version(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand(false)
    .addHelpText('after', examples)
    // Commander would exit and word failures in its own way; exit.ts does both for every failure alike.
    .exitOverride()
    .configureOutput({ outputError: () => {} });
  for (const add of [addCompress, addDecompress, addInfo, addCompare, addPicture]) add(program);
  return program;
}
