/** Outputs of which one part is only for the page: the live form of a figure, the further rows of a table. */

/** Marks such an output. */
export const liveMetadata = { nonsmooth: { live: true } } as const;

type Data = Readonly<Record<string, unknown>>;

/** The stored part of such an output's data: the picture of a figure, or the rows of a table that are visible without scripts. */
export function withoutLive(data: Data): Data {
  const { "application/vnd.plotly.v1+json": _spec, "text/html": html, ...kept } = data;
  if (typeof html !== "string" || "image/png" in data) return kept;
  return { ...kept, "text/html": html.replace(/\n?<script>[\s\S]*?<\/script>/g, "") };
}
