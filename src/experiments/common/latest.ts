/** What a worker keeps from job to job. */
interface Disposable {
  dispose(): void | Promise<void>;
}

/** Keeps what was made for the latest key: jobs come sorted by it. What was made before is disposed of. */
export class Latest<For, T extends Disposable> {
  private current: { readonly key: string; readonly made: T } | undefined;

  constructor(
    private readonly keyOf: (wanted: For) => string,
    private readonly make: (wanted: For) => T | Promise<T>,
  ) {}

  async of(wanted: For): Promise<T> {
    const key = this.keyOf(wanted);
    if (this.current?.key !== key) {
      await this.dispose();
      this.current = { key, made: await this.make(wanted) };
    }
    return this.current!.made;
  }

  async dispose(): Promise<void> {
    const old = this.current;
    this.current = undefined;
    await old?.made.dispose();
  }
}
