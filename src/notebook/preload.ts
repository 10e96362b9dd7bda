/** Preload of the Jupyter kernel: `node -r dist/notebook/preload.js …/tslab kernel …`. See zeromq.ts for what it does. */
import { unlimitTslab } from "./zeromq";

unlimitTslab();
