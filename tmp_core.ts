import { QUICK, Stepping } from "./tests/simulation/stepping.ts";
import { monotonicNow } from "./src/host/base/clock.ts";
const story = Stepping.ready(QUICK, 1);
setInterval(() => { monotonicNow(); story.look(1); }, 1000);
