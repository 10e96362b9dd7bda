export interface Check {
  /** What it belongs to: "engines". */
  readonly area: string;
  readonly name: string;
  readonly ok: boolean;
  /** Whether the laboratory is useless without it. */
  readonly required: boolean;
  readonly detail: string;
  /** The command that makes it work. */
  readonly remedy?: string;
}

/** A check of something that the laboratory cannot work without. */
export function needed(area: string, name: string, ok: boolean, detail: string, remedy?: string): Check {
  return { area, name, ok, required: true, detail, ...(!ok && remedy !== undefined && { remedy }) };
}

export function optional(area: string, name: string, ok: boolean, detail: string, remedy?: string): Check {
  return { ...needed(area, name, ok, detail, remedy), required: false };
}
