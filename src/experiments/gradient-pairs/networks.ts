/** Networks drawn from named streams, in an engine's memory: drawn there where it can, otherwise on the host and copied. */
import { stackFeeds } from "../../autodiff";
import { disposeAll, type Engine, type Held, holdAll } from "../../engines";
import type { FormatName } from "../../formats";
import { size } from "../../ir";
import { initialise, type Layer } from "../../nn";
import type { Stream } from "../../util";

/**
 * The parameters of freshly drawn networks: as in one network if there is one, otherwise [networks, ...].
 * @param streams one for each network, at their beginning
 */
export async function drawNetworks(
  engine: Engine,
  layer: Layer,
  format: FormatName,
  streams: readonly Stream[],
): Promise<Record<string, Held>> {
  const uniform =
    engine.draw && streams.length > 1 && layer.parameters.every(({ initialise: fill }) => fill.bound !== undefined);
  return uniform ? drawThere(engine, layer, format, streams) : drawHere(engine, layer, format, streams);
}

async function drawThere(engine: Engine, layer: Layer, format: FormatName, streams: readonly Stream[]) {
  const keys = streams.map(({ key }) => key);
  const held: Record<string, Held> = {};
  let position = 0;
  try {
    for (const { name, shape, initialise: fill } of layer.parameters) {
      held[name] = await engine.draw!({
        format,
        shape: [streams.length, ...shape],
        bound: fill.bound!,
        keys,
        position,
      });
      position += size(shape);
    }
    return held;
  } catch (error) {
    disposeAll(held);
    throw error;
  }
}

async function drawHere(engine: Engine, layer: Layer, format: FormatName, streams: readonly Stream[]) {
  const networks = streams.map((random) => initialise(layer, format, random));
  return holdAll(engine, networks.length === 1 ? networks[0]! : stackFeeds(networks));
}
