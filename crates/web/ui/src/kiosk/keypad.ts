// A keypad is enough: arrows move to what lies there, Enter presses, digits choose by their number on
// the screen. Keypads for those who can't see have these keys, and every keyboard has them too.

const FOCUSABLE = "button";
/** Frames may touch. */
const OVERLAP_PX = 4;
const DIRECTIONS: Readonly<Record<string, readonly [x: number, y: number]>> = {
    ArrowLeft: [-1, 0],
    ArrowRight: [1, 0],
    ArrowUp: [0, -1],
    ArrowDown: [0, 1],
};

/** True: the key was one of ours. */
export function press(key: string): boolean {
    const root = topmost();
    const direction = DIRECTIONS[key];
    if (direction !== undefined) return move(root, direction);
    if (/^\d$/.test(key)) return chooseDigit(root, key);
    if (key === "Backspace" || key === "Escape") return click(root, "[data-back]");
    if (key === "+") return click(rowOf(root), "[data-plus]");
    if (key === "-") return click(rowOf(root), "[data-minus]");
    if (key === "Enter" && !isFocused(root)) return focusFirst(root, "[data-next]");
    return false;
}

/** What is open is all there is; else the page. */
function topmost(): Element {
    const dialogs = document.querySelectorAll("dialog[open]");
    return dialogs[dialogs.length - 1] ?? document.body;
}

function isFocused(root: Element): boolean {
    const focused = document.activeElement;
    return focused !== null && root.contains(focused) && focused.matches(FOCUSABLE);
}

/** Digits are typed where digits are asked for, and else number the choices, 0 being the tenth. */
function chooseDigit(root: Element, digit: string): boolean {
    if (click(root, `[data-digit="${digit}"]`)) return true;
    const choices = root.querySelectorAll<HTMLElement>("[data-choice]");
    const choice = choices[digit === "0" ? 9 : Number(digit) - 1];
    choice?.focus();
    choice?.click();
    return choice !== undefined;
}

function click(root: Element, selector: string): boolean {
    const found = root.querySelector<HTMLElement>(selector);
    found?.click();
    return found !== null;
}

/** The line that the focus is in, else all. */
function rowOf(root: Element): Element {
    return document.activeElement?.closest("[data-row]") ?? root;
}

/** Enter goes to what is next, an arrow to where the choosing begins. */
function focusFirst(root: Element, ...wanted: readonly string[]): boolean {
    const first = [...wanted, FOCUSABLE].map((selector) =>
        root.querySelector<HTMLElement>(`${selector}:not(:disabled)`),
    );
    const found = first.find((element) => element !== null);
    found?.focus();
    return found !== undefined;
}

/** To the nearest in that direction; what lies beside the way counts as three times as far. */
function move(root: Element, [x, y]: readonly [number, number]): boolean {
    if (!isFocused(root)) return focusFirst(root, "[data-choice]", "[data-next]");
    const from = document.activeElement!.getBoundingClientRect();
    let nearest: HTMLElement | undefined;
    let least = Number.POSITIVE_INFINITY;
    for (const element of root.querySelectorAll<HTMLElement>(`${FOCUSABLE}:not(:disabled)`)) {
        if (element === document.activeElement || element.offsetParent === null) continue;
        const to = element.getBoundingClientRect();
        const across = between(from.left, from.right, to.left, to.right);
        const along = between(from.top, from.bottom, to.top, to.bottom);
        const [ahead, aside] = x === 0 ? [along, across] : [across, along];
        // What is beside it is not before it, however far it reaches; nor is what lies far off the way.
        if (ahead.middle * (x + y) <= 0 || ahead.gap < -OVERLAP_PX) continue;
        if (aside.gap > 2 * Math.abs(ahead.middle)) continue;
        const distance = ahead.gap + 3 * Math.max(0, aside.gap) + 0.2 * Math.abs(aside.middle);
        if (distance < least) [nearest, least] = [element, distance];
    }
    nearest?.focus();
    nearest?.scrollIntoView({ block: "nearest" });
    return true;
}

/** From one span to another: between their middles, and between their ends; below 0 they overlap. */
function between(from: number, to: number, otherFrom: number, otherTo: number) {
    const middle = (otherFrom + otherTo - from - to) / 2;
    return { middle, gap: Math.max(otherFrom - to, from - otherTo) };
}
