import { show } from "../shared/screen.ts";
import StartScreen from "./StartScreen.svelte";

show(StartScreen);
