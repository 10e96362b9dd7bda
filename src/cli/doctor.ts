/** `nonsmooth doctor`: what works here, and for everything that does not, the command that fixes it. */
import { type Check, checkAll } from "./checks";
import { EXIT, Exit, print, printJson, toWidth } from "./exit";

export interface DoctorOptions {
  readonly json?: boolean;
  readonly data?: string;
}

export async function doctor({ json, data }: DoctorOptions): Promise<void> {
  const done: Check[] = [];
  let area = "";
  for await (const check of checkAll(data)) {
    done.push(check);
    if (json) {
      printJson(check);
      continue;
    }
    if (check.area !== area) print(`${area === "" ? "" : "\n"}${check.area}`);
    area = check.area;
    for (const line of describe(check)) print(toWidth(`  ${line}`));
  }
  const broken = done.filter(({ ok, required }) => !ok && required);
  if (json) printJson({ ok: broken.length === 0, checks: done });
  else
    print(`\n${broken.length === 0 ? "everything that is needed works" : `needed, but not working: ${names(broken)}`}`);
  if (broken.length > 0) throw new Exit(EXIT.failed);
}

function describe({ ok, required, name, detail, remedy }: Check): string[] {
  const mark = ok ? "ok" : required ? "NO" : "--";
  const line = `${mark}  ${name}: ${detail}`;
  return ok || remedy === undefined ? [line] : [line, `    Hint: ${remedy}`];
}

const names = (checks: readonly Check[]) => checks.map(({ area, name }) => `${area} ${name}`).join(", ");
