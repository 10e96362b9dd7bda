import { describe, expect, it } from "vitest";
import { unusedProxy } from "../../src/data/proxy";

const url = "https://mirror.example.org/file";
const set = { HTTPS_PROXY: "http://proxy.example.org:3128" };

describe("a proxy in the environment that fetch does not use", () => {
  it("it is named, with what to do", () => {
    const { fact, remedy } = unusedProxy(url, set)!;
    expect(fact).toBe("HTTPS_PROXY is set and not used");
    expect(remedy).toMatch(/^run with NODE_USE_ENV_PROXY=1 .* or download the files otherwise and copy them/);
    const other = unusedProxy("http://mirror.example.org/", { http_proxy: "http://proxy" });
    expect(other?.fact).toBe("http_proxy is set and not used");
  });

  it("none is named where none is set for the address, or the host is excepted", () => {
    expect(unusedProxy(url, {})).toBeUndefined();
    expect(unusedProxy(url, { HTTP_PROXY: "http://proxy", HTTPS_PROXY: "" })).toBeUndefined();
    for (const except of ["*", "example.org", ".example.org", "*.example.org", "localhost, mirror.example.org:443"]) {
      expect(unusedProxy(url, { ...set, NO_PROXY: except })).toBeUndefined();
    }
    const fact = "HTTPS_PROXY is set and not used";
    for (const except of ["", "ample.org", "other.example.org"]) {
      expect(unusedProxy(url, { ...set, no_proxy: except })).toMatchObject({ fact });
    }
  });
});
