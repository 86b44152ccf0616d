import { ArgumentError, DeviceError, FieldzipError, FormatError, TargetError, UnsupportedError } from '@fieldzip/core';
import { InputError, type InputErrorCode, removeUnfinished } from '@fieldzip/io';
import { CommanderError } from 'commander';

export const ExitCode = {
  ok: 0,
  unexpected: 1,
  usage: 2,
  input: 3,
  damaged: 4,
  device: 5,
  output: 6,
  target: 7,
  interrupted: 130,
} as const;

export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

const meanings: readonly [ExitCode, string][] = [
  [ExitCode.ok, 'done'],
  [ExitCode.unexpected, 'unexpected failure (set FIELDZIP_DEBUG=1 to see where)'],
  [ExitCode.usage, 'a flag, or the value of one, is wrong'],
  [ExitCode.input, 'the input is not there, cannot be read or is not understood'],
  [ExitCode.damaged, 'the .fldz file is damaged, or needs another version or model'],
  [ExitCode.device, 'the device that was asked for is not available'],
  [ExitCode.output, 'the output cannot be written'],
  [ExitCode.target, 'what was asked for cannot be met by this data'],
  [ExitCode.interrupted, 'interrupted (Ctrl-C or a termination signal)'],
];

export function exitCodeTable(): string {
  return meanings.map(([code, meaning]) => `${String(code).padStart(5)}  ${meaning}`).join('\n');
}

/** A failure whose sentence and exit code are known where it is found. */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly exitCode: ExitCode;
  constructor(exitCode: ExitCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.exitCode = exitCode;
  }
}

export const usageError = (message: string): CliError => new CliError(ExitCode.usage, message);

/** Those of io's codes that do not stand for a fault of the input. */
const inputErrorExits: Partial<Record<InputErrorCode, ExitCode>> = {
  'bad-selection': ExitCode.usage,
  'bad-layout': ExitCode.usage,
  'cannot-write': ExitCode.output,
  exists: ExitCode.output,
  'same-file': ExitCode.output,
  closed: ExitCode.unexpected,
};

export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof CliError) return error.exitCode;
  if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.ok : ExitCode.usage;
  if (error instanceof InputError) return inputErrorExits[error.code] ?? ExitCode.input;
  if (error instanceof ArgumentError) return ExitCode.usage;
  if (error instanceof FormatError || error instanceof UnsupportedError) return ExitCode.damaged;
  if (error instanceof TargetError) return ExitCode.target;
  if (error instanceof DeviceError) return ExitCode.device;
  return ExitCode.unexpected;
}

/** io does not know this program's flags. */
function hint({ code, message }: InputError): string {
  if (code === 'ambiguous-variable') return ' Say which with --var NAME.';
  if (code === 'not-a-known-format' && message.includes('raw values'))
    return ' For example: --shape 192x288 --dtype f32.';
  return '';
}

/** Commander words its findings `error: unknown option '--x'\n(Did you mean --y?)`. */
function commanderSentence(message: string): string {
  const [finding = '', hint] = message.replace(/^error: /, '').split('\n');
  const sentence = finding.charAt(0).toUpperCase() + finding.slice(1).replace(/\.$/, '');
  const suggestion = hint?.startsWith('(Did you mean') ? ` ${hint.slice(1, -1)}` : '';
  return `${sentence}.${suggestion} See fieldzip --help.`;
}

function sentenceOf(error: unknown): string {
  if (error instanceof CommanderError) return commanderSentence(error.message);
  if (error instanceof InputError) return error.message + hint(error);
  if (error instanceof CliError || error instanceof FieldzipError) return error.message;
  const message = error instanceof Error ? error.message : String(error);
  return `Something went wrong that should not have: ${message} (set FIELDZIP_DEBUG=1 to see where).`;
}

/** Runs the program and ends the process with the documented code, having said in one sentence what went wrong. */
export async function runToExit(program: () => Promise<unknown>): Promise<void> {
  // Whoever closed the pipe has read all they wanted.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      process.exit(error.code === 'EPIPE' ? ExitCode.ok : ExitCode.unexpected);
    });
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => {
      removeUnfinished();
      process.stderr.write('\nfieldzip: Interrupted; no unfinished output is left.\n');
      process.exit(ExitCode.interrupted);
    });
  }
  try {
    await program();
  } catch (error) {
    process.exitCode = exitCodeOf(error);
    // Help asked for, or shown because no command was given, has said enough.
    if (error instanceof CommanderError && error.code.startsWith('commander.help')) return;
    if (process.exitCode === ExitCode.ok) return;
    if (process.env.FIELDZIP_DEBUG) console.error(error);
    process.stderr.write(`fieldzip: ${sentenceOf(error)}\n`);
  }
}
