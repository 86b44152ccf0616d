import { mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { onCpu, Workplace, waves } from './helpers.js';

const place = new Workplace();
let filesBefore: string[];

beforeAll(async () => {
  await place.write('air.npy', waves(3, 20, 30), [3, 20, 30]);
  await place.write('air.nc', waves(3, 20, 30), [3, 20, 30], { name: 'air', dimensions: ['t', 'lat', 'lon'] });
  await place.write('air.raw', waves(1, 20, 30), [20, 30]);
  await place.write('short.npy', waves(1, 20, 30), [20, 30]);
  truncateSync(place.path('short.npy'), 1000);
  writeFileSync(place.path('empty.npy'), '');
  writeFileSync(place.path('notes.txt'), 'nothing to see here, move along');
  mkdirSync(place.path('folder'));
  expect(place.run('compress', 'air.nc', '-o', 'air.fldz', ...onCpu)).toMatchObject({ status: 0 });
  const bytes = readFileSync(place.path('air.fldz'));
  writeFileSync(place.path('cut.fldz'), bytes.subarray(0, bytes.length - 5));
  bytes[bytes.length - 20]! ^= 1;
  writeFileSync(place.path('flipped.fldz'), bytes);
  filesBefore = place.files();
});

afterAll(() => place.remove());

/** The command's words, split at spaces, and all that it says. */
type Refusal = readonly [command: string, sentence: string];

function refuses(exitCode: number, refusals: readonly Refusal[]): void {
  test.each(refusals)('fieldzip %s', (command, sentence) => {
    expect(place.run(...command.split(' '))).toEqual({
      status: exitCode,
      stdout: '',
      stderr: `fieldzip: ${sentence}\n`,
    });
    expect(place.files()).toEqual(filesBefore);
  });
}

describe('a wrong flag or value (2)', () => {
  refuses(2, [
    ['compress air.nc -o a.fldz --quality 11', "--quality takes a number from 1 to 10, such as 6 or 7.5, not '11'."],
    ['compress air.nc -o a.fldz --quality abc', "--quality takes a number from 1 to 10, such as 6 or 7.5, not 'abc'."],
    ['compress air.nc -o a.fldz --quality', "Option '--quality <level>' argument missing. See fieldzip --help."],
    ['compress air.nc -o a.fldz --quality 0x6', "--quality takes a number from 1 to 10, such as 6 or 7.5, not '0x6'."],
    ['compress air.nc -o a.fldz --quality -1', "--quality takes a number from 1 to 10, such as 6 or 7.5, not '-1'."],
    ['compress air.nc -o a.fldz --abs 0', "--abs takes a number above 0, such as 0.01, not '0'."],
    ['compress air.nc -o a.fldz --pw-rel 1', "--pw-rel takes a number above 0 and below 1, such as 1e-3, not '1'."],
    ['compress air.nc -o a.fldz --ratio 0.5', "--ratio takes a number from 1 to 1000000, such as 20, not '0.5'."],
    ['compress air.nc -o a.fldz --bpp 4 --pw-rel 0.1', '--pw-rel and --bpp cannot be met at once: give one of them.'],
    ['compress air.nc -o a.fldz --effort much', "--effort takes fast, balanced or best, not 'much'."],
    [
      'decompress a.fldz -o a.npy --region 3',
      "--region takes rows and columns counted from 0, such as 100:200,0:50, not '3'.",
    ],
    ['compress air.nc -o a.fldz --rel 1.5', "--rel takes a number above 0 and at most 1, such as 1e-3, not '1.5'."],
    ['compress air.nc -o a.fldz --psnr high', "--psnr takes a number from 10 to 300 dB, such as 70, not 'high'."],
    ['compress air.nc -o a.fldz --abs 1 --rel 0.1', '--abs and --rel cannot be met at once: give one of them.'],
    ['compress air.nc -o a.fldz --qualty 5', "Unknown option '--qualty'. Did you mean --quality? See fieldzip --help."],
    ['compress air.nc -o a.fldz --threads 0', "--threads takes a whole number from 1 to 1024, not '0'."],
    ['compress air.nc -o a.fldz --threads 1.5', "--threads takes a whole number from 1 to 1024, not '1.5'."],
    ['compress air.nc -o a.fldz --device tpu', "--device takes cpu, cuda or auto, not 'tpu'."],
    [
      'compress air.nc -o a.fldz --fill none',
      "--fill takes a number, such as -9999 or 1e20, not 'none'; NaN is always missing.",
    ],
    [
      'compress air.raw -o a.fldz --shape 0x3',
      "--shape takes positive whole numbers with x between them, such as 192x288, not '0x3'.",
    ],
    [
      'compress air.raw -o a.fldz --shape 20*30',
      "--shape takes positive whole numbers with x between them, such as 192x288, not '20*30'.",
    ],
    ['compress air.raw -o a.fldz --shape 20x30 --dtype i8', "--dtype takes f32 or f64, not 'i8'."],
    [
      'compress air.raw -o a.fldz --dtype f64',
      '--dtype describes raw values, so it needs their --shape too, such as --shape 192x288.',
    ],
    [
      'compress air.raw -o a.fldz --big-endian',
      '--big-endian describes raw values, so it needs their --shape too, such as --shape 192x288.',
    ],
    [
      'compress air.nc -o a.fldz --slice t',
      "Cannot read the selection 't': write DIMENSION=INDEX or DIMENSION=FIRST:END, such as t=0 or t=0:10.",
    ],
    [
      'compress air.nc -o a.fldz --slice lat=3',
      'Dimension lat is part of the slices of air (its last two dimensions) and cannot be selected; only t can.',
    ],
    ['compress air.nc', 'compress needs to know where to write: add -o FILE, such as -o OUT.fldz.'],
    ['compress air.nc -o', "Option '-o, --output <file>' argument missing. See fieldzip --help."],
    ['compress', "Missing required argument 'input'. See fieldzip --help."],
    [
      'compress air.nc air.npy -o a.fldz',
      "Too many arguments for 'compress'. Expected 1 argument but got 2. See fieldzip --help.",
    ],
    ['squeeze air.nc', "Unknown command 'squeeze'. See fieldzip --help."],
    ['decompress air.fldz', 'decompress needs to know where to write: add -o FILE, such as -o OUT.npy.'],
    [
      'decompress air.fldz -o air.txt',
      'air.txt does not say which format to write; end it in .npy, .nc, .raw, .bin, .f32 or .f64.',
    ],
    ['decompress air.fldz -o air.f64', 'The values are float32, which air.f64 would misname; end it in .f32 or .raw.'],
    [
      'decompress air.fldz -o b.npy --big-endian',
      '--big-endian is for raw values, and b.npy is not; leave it out, or write to .raw.',
    ],
    [
      'decompress air.fldz -o b.npy --slice x',
      "--slice takes indices counted from 0, such as 3 or 0,5 or 2:8, not 'x'.",
    ],
    ['picture air.nc air.fldz -o a.jpg', "picture writes PNG; end the output's name in .png, not 'a.jpg'."],
    ['picture air.nc air.fldz -o a.png --index -1', "--index takes a whole number counted from 0, not '-1'."],
  ]);
});

describe('an input that is not there or not understood (3)', () => {
  refuses(3, [
    ['compress nothing.nc -o a.fldz', 'There is no file nothing.nc.'],
    ['compress folder -o a.fldz', 'folder is a directory; give the path of a regular file.'],
    ['compress empty.npy -o a.fldz', 'empty.npy is empty.'],
    [
      'compress short.npy -o a.fldz',
      'short.npy is cut short: an array of 20 x 30 float32 values needs 2528 bytes and the file has 1000; get a complete copy.',
    ],
    [
      'compress notes.txt -o a.fldz',
      'notes.txt is not .npy, NetCDF or HDF5; if it is raw values, give their shape (and type, if not float32). For example: --shape 192x288 --dtype f32.',
    ],
    [
      'compress air.raw -o a.fldz --shape 20x31',
      'air.raw holds 2400 bytes but 20 x 31 values of float32 take 2480; check the shape, the type and the offset.',
    ],
    ['compress air.nc -o a.fldz --var wind', 'air.nc has no variable wind; it has air (float32, 3 x 20 x 30).'],
    ['compress air.nc -o a.fldz --slice t=3', 'Index 3 is out of range: dimension t has 3 entries (0 to 2).'],
    ['compress air.nc -o a.fldz --slice lev=0', 'Variable air has no dimension lev; its dimensions are t, lat, lon.'],
    ['decompress nothing.fldz -o b.npy', 'There is no file nothing.fldz.'],
    ['decompress folder -o b.npy', 'folder is a directory; give the path of a .fldz file.'],
    ['decompress air.fldz -o b.npy --slice 3', 'The file has slices 0 to 2, but no slice 3.'],
    ['decompress air.fldz -o b.npy --slice 1:9', 'The file has slices 0 to 2, but not all of 1:9.'],
    [
      'compare air.raw air.fldz',
      'air.raw holds 2400 bytes but 3 x 20 x 30 values of float32 take 7200; check the shape, the type and the offset.',
    ],
    [
      'compare air.nc air.fldz --slice t=0',
      'air.nc gives 20 x 30 values of air, but air.fldz holds 3 x 20 x 30; say with --var and --slice which part it was made from.',
    ],
    ['picture air.nc air.fldz -o a.png --index 3', 'air.fldz has 3 slices, counted from 0, so none 3.'],
  ]);
});

describe('a .fldz file that is none, or damaged (4)', () => {
  refuses(4, [
    ['info notes.txt', 'notes.txt: This is not a fieldzip file: found 6e 6f 74 68, expected c6 4c 44 5a.'],
    ['info empty.npy', 'empty.npy: This is not a fieldzip file: found no bytes, expected c6 4c 44 5a.'],
    ['info air.nc', 'air.nc: This is not a fieldzip file: found 43 44 46 02, expected c6 4c 44 5a.'],
  ]);
});

describe('an output that cannot be written (6)', () => {
  refuses(6, [
    ['compress air.nc -o air.fldz', 'air.fldz exists already; add --force to replace it, or choose another name.'],
    ['compress air.nc -o air.nc', 'air.nc is also the input (air.nc); write the output to another file.'],
    [
      'compress air.nc -o ./folder/../air.nc --force',
      './folder/../air.nc is also the input (air.nc); write the output to another file.',
    ],
    ['compress air.nc -o folder', 'folder is a directory; give the name of a file in it.'],
    ['compress air.nc -o nowhere/a.fldz', 'nowhere/a.fldz cannot be written: its directory does not exist.'],
    ['decompress air.fldz -o air.npy', 'air.npy exists already; add --force to replace it, or choose another name.'],
  ]);
});

describe('further', () => {
  test('a file that was cut off (4)', () => {
    const { status, stderr } = place.run('decompress', 'cut.fldz', '-o', 'b.npy');
    // How many bytes depends on the model.
    const sentence =
      /^fieldzip: cut\.fldz: The file is cut off: the section of slice 2 \(of 0 to 2\) needs \d+ bytes, \d+ are there\.\n$/;
    expect({ status, stderr }).toEqual({ status: 4, stderr: expect.stringMatching(sentence) });
  });

  test('a slice that was changed is found out when it is decoded (4)', () => {
    const { status, stderr } = place.run('decompress', 'flipped.fldz', '-o', 'b.npy', ...onCpu);
    expect({ status, stderr }).toEqual({
      status: 4,
      stderr: expect.stringMatching(/^fieldzip: [^\n]*slice 2[^\n]*\.\n$/),
    });
    expect(place.files()).toEqual(filesBefore);
  });

  test('CUDA where there is none (5)', () => {
    const { status, stderr } = place.run('compress', 'air.nc', '-o', 'cuda.fldz', '--device', 'cuda');
    // On a machine that has it, this is no refusal.
    if (status !== 0)
      expect({ status, stderr }).toEqual({ status: 5, stderr: expect.stringContaining('fieldzip: CUDA ') });
  });

  test('no command shows the help, and fails as a wrong flag does', () => {
    const { status, stdout, stderr } = place.run();
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain('By task:');
  });

  test('--help shows tasks and exit codes', () => {
    const { status, stdout, stderr } = place.run('--help');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/By task:[\s\S]*Exit codes:\n {4}0 {2}done/);
  });

  test('--version prints the version and nothing else', () => {
    expect(place.run('--version')).toEqual({ status: 0, stdout: '0.1.0\n', stderr: '' });
  });

  test('FIELDZIP_DEBUG=1 adds where it happened', () => {
    process.env.FIELDZIP_DEBUG = '1';
    try {
      expect(place.run('info', 'nothing.fldz').stderr).toMatch(/ {4}at /);
    } finally {
      delete process.env.FIELDZIP_DEBUG;
    }
  });
});
