import { show } from "../shared/screen.ts";
import PairScreen from "./PairScreen.svelte";

show(PairScreen);
