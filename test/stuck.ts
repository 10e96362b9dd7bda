/** Ends the tests when a file of them hangs where no test's limit can end it: in a program that is waited for, in an endless loop. */
import { execFileSync } from "node:child_process";
import type { Reporter, TestCase, TestModule } from "vitest/node";

/** Longer than any test may take, by far. */
const LONGEST = 20 * 60_000;

/** A file's last sign of life, and the test that it is at. */
interface Sign {
  readonly file: string;
  readonly test: string;
  readonly time: number;
}

export default class Stuck implements Reporter {
  private readonly signs = new Map<string, Sign>();
  private watch: NodeJS.Timeout | undefined;

  onInit(): void {
    this.watch = setInterval(() => this.look(), 10_000);
    this.watch.unref();
  }

  onTestModuleStart(module: TestModule): void {
    this.note(module, "none yet");
  }

  onTestCaseReady(test: TestCase): void {
    this.note(test.module, test.fullName);
  }

  onTestCaseResult(test: TestCase): void {
    this.note(test.module, `after: ${test.fullName}`);
  }

  onTestModuleEnd(module: TestModule): void {
    this.signs.delete(module.id);
  }

  onTestRunEnd(): void {
    clearInterval(this.watch);
  }

  private note(module: TestModule, test: string): void {
    const file = `${module.project.name} ${module.relativeModuleId}`;
    this.signs.set(module.id, { file, test, time: Date.now() });
  }

  private look(): void {
    const stuck = [...this.signs.values()].filter(({ time }) => Date.now() - time > LONGEST);
    if (stuck.length === 0) return;
    for (const { file, test } of stuck) {
      console.error(`tests: no sign of life for ${LONGEST / 60_000} minutes from ${file}, test: ${test}`);
    }
    const children = descendants(process.pid);
    for (const { line } of children) console.error(line);
    for (const { pid } of children) tryKill(pid); // they would hold the output open
    process.exit(1);
  }
}

interface Process {
  readonly pid: number;
  /** `ps`'s line, not longer than a screen is wide. */
  readonly line: string;
}

/** The processes that stem from this one, parents before their children. */
function descendants(root: number): Process[] {
  const columns = ["-eo", "pid=,ppid=,stat=,etime=,args="];
  const lines = execFileSync("ps", columns, { encoding: "utf8", timeout: 10_000 }).trim().split("\n");
  const all = lines.map((line) => {
    const [pid, parent] = line.trim().split(/ +/).map(Number);
    return { pid: pid!, parent, line: line.slice(0, 160) };
  });
  const below = (pid: number): Process[] =>
    all.filter(({ parent }) => parent === pid).flatMap((child) => [child, ...below(child.pid)]);
  return below(root);
}

function tryKill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // it has ended meanwhile
  }
}
