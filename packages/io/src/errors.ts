/** What can be wrong with a file, a request about it, or a place to write to. Stable: programs may branch on it. */
export type InputErrorCode =
  | 'no-such-file'
  | 'not-a-file'
  | 'cannot-read'
  | 'cannot-write'
  | 'exists'
  | 'same-file'
  | 'not-a-known-format'
  | 'bad-header'
  | 'truncated'
  | 'wrong-size'
  | 'damaged'
  | 'unsupported-type'
  | 'not-exact'
  | 'empty'
  | 'too-large'
  | 'no-such-variable'
  | 'ambiguous-variable'
  | 'no-such-dimension'
  | 'bad-selection'
  | 'out-of-range'
  | 'bad-layout'
  | 'missing-package'
  | 'closed';

/**
 * The one error this package throws on purpose. Its message is a plain sentence that can be shown to a user as it is:
 * what was found, what was expected, what to do.
 */
export class InputError extends Error {
  override readonly name = 'InputError';
  readonly code: InputErrorCode;

  constructor(code: InputErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
