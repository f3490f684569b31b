import "../base.css";
import { mount, type Component } from "svelte";
import { language } from "../text/index.svelte.ts";
// It shows itself by being there.
import "./theme.svelte.ts";

/** Puts a screen on its page. */
export function show(screen: Component): void {
    document.documentElement.lang = language.current;
    const target = document.getElementById("screen");
    if (target !== null) mount(screen, { target });
}
