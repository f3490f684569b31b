import { show } from "../shared/screen.ts";
import BoardScreen from "./BoardScreen.svelte";

show(BoardScreen);
