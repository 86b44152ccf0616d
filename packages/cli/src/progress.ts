/** Progress on a terminal, nothing elsewhere: logs and pipes get no control characters. */
export class Progress {
  readonly #label: string;
  readonly #stream: NodeJS.WriteStream;
  #shown = false;

  constructor(label: string, stream: NodeJS.WriteStream = process.stderr) {
    this.#label = label;
    this.#stream = stream;
  }

  readonly update = (done: number, total: number): void => {
    if (!this.#stream.isTTY) return;
    const width = 24;
    const filled = total > 0 ? Math.round((width * done) / total) : 0;
    const bar = `${'='.repeat(filled)}${' '.repeat(width - filled)}`;
    this.#put(`${this.#label} [${bar}] ${done} of ${total} ${total === 1 ? 'slice' : 'slices'}`);
  };

  /** Shows a message of the library's, above the bar where there is one. */
  readonly notice = (message: string): void => {
    this.clear();
    this.#stream.write(`fieldzip: ${message}\n`);
  };

  clear(): void {
    if (this.#shown) this.#put('');
    this.#shown = false;
  }

  #put(text: string): void {
    this.#stream.write(`\r\x1b[K${text}`);
    this.#shown = true;
  }
}
