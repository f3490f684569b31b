import "./admin.css";
import { show } from "../shared/screen.ts";
import AdminScreen from "./AdminScreen.svelte";

show(AdminScreen);
