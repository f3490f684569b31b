import { show } from "../shared/screen.ts";
import OrderScreen from "./OrderScreen.svelte";

show(OrderScreen);
