import type { Kitchen } from "./kitchen.svelte.ts";
import type { Selection } from "./selection.svelte.ts";

/** What else there is on the screen, by its key. */
export type Panel = "finished" | "stock" | "messages";

interface Screen {
    kitchen: Kitchen;
    selection: Selection;
    open(panel: Panel): void;
    toggleAllDay(): void;
}

/** The keys of a keyboard, and of a bump bar, which is one. False: it is not one of them. */
export function press(key: string, { kitchen, selection, open, toggleAllDay }: Screen): boolean {
    const { actions } = kitchen;
    const { card } = selection;
    if (/^[1-9]$/.test(key)) {
        selection.selectDigit(Number(key));
        return true;
    }
    const does: Record<string, () => void> = {
        Enter: () => {
            const line = card?.lines[selection.line];
            if (card !== undefined && line !== undefined) actions.toggle(card, line);
            else if (card !== undefined) actions.bump(card);
        },
        ArrowDown: () => selection.moveLine(1),
        ArrowUp: () => selection.moveLine(-1),
        ArrowRight: () => selection.turn(1),
        ArrowLeft: () => selection.turn(-1),
        Escape: () => selection.clear(),
        u: () => actions.undo(),
        p: () => card !== undefined && actions.hurry(card.order),
        a: () => toggleAllDay(),
        r: () => open("finished"),
        s: () => open("stock"),
        m: () => open("messages"),
    };
    const named = key.length === 1 ? key.toLowerCase() : key;
    if (!Object.hasOwn(does, named)) return false;
    does[named]?.();
    return true;
}
