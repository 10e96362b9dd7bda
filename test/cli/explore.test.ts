/** `nonsmooth explore` as its users start it. */
import { describe, expect, it } from "vitest";
import { ended, start, temporaryFolder } from "./support";

describe("nonsmooth explore", () => {
  it.each(["SIGINT", "SIGTERM"] as const)(
    "prints its link, answers, and ends with %s without a complaint",
    async (signal) => {
      const runs = temporaryFolder();
      const child = start(["explore", "--runs", runs, "--no-open"]);
      const outcome = ended(child);
      const link = await new Promise<string>((done) => child.stdout!.once("data", (data) => done(String(data).trim())));
      expect(link).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/\?token=[\w-]{43}$/);
      const { status, headers } = await fetch(link);
      expect([status, headers.get("content-type")]).toEqual([200, "text/html; charset=utf-8"]);
      expect((await fetch(new URL("/api/runs", link))).status).toBe(403);
      child.kill(signal);
      const { code, err } = await outcome;
      expect([code, err.split(";")[1]]).toEqual([0, " Ctrl-C ends it\n"]);
    },
  );
});
