import { show } from "../shared/screen.ts";
import "./kiosk.css";
import KioskScreen from "./KioskScreen.svelte";

show(KioskScreen);
