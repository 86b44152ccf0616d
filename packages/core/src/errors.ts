/** Base of every error that fieldzip throws on purpose; `code` is stable and meant for programs, the message for people. */
export class FieldzipError extends Error {
  readonly code: string;
  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
  }
}

/** An argument of a call is not what it must be. */
export class ArgumentError extends FieldzipError {
  constructor(message: string, options?: ErrorOptions) {
    super('argument', message, options);
  }
}

/** The bytes are not a fieldzip file, or are damaged: a checksum differs, something is cut off or out of range. */
export class FormatError extends FieldzipError {
  constructor(message: string, options?: ErrorOptions) {
    super('format', message, options);
  }
}

/** The file is sound but needs what this version does not have: a newer format version, another codec or model. */
export class UnsupportedError extends FieldzipError {
  constructor(message: string, options?: ErrorOptions) {
    super('unsupported', message, options);
  }
}

/** The device that was asked for cannot be used. */
export class DeviceError extends FieldzipError {
  constructor(message: string, options?: ErrorOptions) {
    super('device', message, options);
  }
}

/** Running a network or the native coder failed on sound input: a fault of ours or of the machine. */
export class CodecError extends FieldzipError {
  constructor(message: string, options?: ErrorOptions) {
    super('codec', message, options);
  }
}

/** What was asked for cannot be met by this data: so few bits a value, say. */
export class TargetError extends FieldzipError {
  constructor(message: string, options?: ErrorOptions) {
    super('target', message, options);
  }
}
