import { show } from "../shared/screen.ts";
import KitchenScreen from "./KitchenScreen.svelte";

show(KitchenScreen);
