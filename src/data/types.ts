/** The bytes of a dataset that were read (or generated), so that a row can be traced to them. */
export interface DataFile {
  readonly name: string;
  /** Size of the content, unpacked if the file is gzipped. */
  readonly bytes: number;
  /** SHA-256 of the same. */
  readonly sha256: string;
}

/** Labelled images in memory, as stored bytes; they are converted to a floating-point format later. */
export interface Dataset {
  /** The dataset's registered name: `mnist`, `cifar10`. */
  readonly name: string;
  readonly split: Split;
  /** How many images. */
  readonly count: number;
  /** [height, width, channels] */
  readonly shape: readonly [height: number, width: number, channels: number];
  /** [count, height, width, channels], row-major. */
  readonly images: Uint8Array;
  /** [count], class indices in [0, classes). */
  readonly labels: Uint8Array;
  readonly classes: number;
  /** One line for a caption: what the data is, and how it differs from the original. */
  readonly description: string;
  readonly files: readonly DataFile[];
}

/** Labelled inputs in memory, as numbers instead of bytes: what `arrays` makes of anything but bytes. */
export interface NumberDataset extends Omit<Dataset, "images"> {
  readonly kind: "numbers";
  /** [count, height, width, channels], row-major, finite. A loader gives these numbers as they are. */
  readonly images: Float32Array;
}

/** The published parts of a dataset; `extra`: additional training data, if a source has it (SVHN). */
export type Split = "train" | "test" | "extra";

export interface LoadOptions {
  readonly split: Split;
  /** Only the first images; default: all of them. */
  readonly count?: number;
  /** Folder that holds the dataset's own folder or its files, before `NONSMOOTH_DATA` and the project's data folder. */
  readonly directory?: string;
  /** Receives one-line notes (which data was taken and why, a hash that differs, …). */
  readonly log?: (line: string) => void;
}

/** One file in this folder registers one source, with one line in index.ts. */
export interface DataSource {
  readonly name: string;
  /** One sentence for `nonsmooth list`. */
  readonly summary: string;
  /** Of every image: [height, width, channels]. */
  readonly shape: Dataset["shape"];
  readonly classes: number;
  /** How many images each split has officially; a split that is not named here does not exist. */
  readonly counts: { readonly train: number; readonly test: number; readonly extra?: number };
  /**
   * How many images of a split are present, found without reading them. Absent if it is always `counts`.
   *
   * @throws NonsmoothError if none are present, and for a split that does not exist
   */
  count?(options: Pick<LoadOptions, "split" | "directory">): number;
  /** Whether `load` finds what it needs without a network; never throws for missing files or an absent split. */
  available(options: Pick<LoadOptions, "split" | "directory">): boolean;
  load(options: LoadOptions): Promise<Dataset>;
  /** Downloads what is missing, verified, resumable. Absent for datasets that need no file. */
  fetch?(options: FetchOptions): Promise<void>;
  /** Checks the files on disk: one line per file. Throws for the first broken file. Absent if there are no files. */
  verify?(options: Pick<LoadOptions, "directory">): Promise<string[]>;
}

export interface FetchOptions {
  /** Where to put the dataset's folder; default: `NONSMOOTH_DATA`, else the project's data folder. */
  readonly directory?: string;
  /** A mirror's address, or a folder to copy from, instead of the official address. */
  readonly from?: string;
  /** Which splits, if each has its own files (SVHN); default: train and test. */
  readonly splits?: readonly Split[];
  readonly log?: (line: string) => void;
  /** Bytes received, bytes in total. */
  readonly progress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
  /** Seconds without an answer or a byte before giving up; default 30. */
  readonly patience?: number;
}
