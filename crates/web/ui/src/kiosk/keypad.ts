// A keypad is enough: arrows move to what lies there, Enter presses, digits choose by their number on
// the screen. Keypads for those who can't see have these keys, and every keyboard has them too.

const FOCUSABLE = "button:not(:disabled), a[href], input:not(:disabled)";
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
    if (key === "Enter" && !isFocused(root)) return focusFirst(root);
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

function focusFirst(root: Element): boolean {
    const first =
        root.querySelector<HTMLElement>("[data-next]:not(:disabled)") ??
        root.querySelector<HTMLElement>(FOCUSABLE);
    first?.focus();
    return first !== null;
}

/** To the nearest in that direction; what lies aside counts as three times as far. */
function move(root: Element, [x, y]: readonly [number, number]): boolean {
    if (!isFocused(root)) return focusFirst(root);
    const from = middleOf(document.activeElement!);
    let nearest: HTMLElement | undefined;
    let least = Number.POSITIVE_INFINITY;
    for (const element of root.querySelectorAll<HTMLElement>(FOCUSABLE)) {
        if (element === document.activeElement || element.offsetParent === null) continue;
        const to = middleOf(element);
        const [dx, dy] = [to.x - from.x, to.y - from.y];
        const ahead = dx * x + dy * y;
        const aside = Math.abs(dx * y) + Math.abs(dy * x);
        if (ahead < 4) continue;
        const distance = ahead + 3 * aside;
        if (distance < least) [nearest, least] = [element, distance];
    }
    nearest?.focus();
    nearest?.scrollIntoView({ block: "nearest" });
    return true;
}

function middleOf(element: Element): { x: number; y: number } {
    const { left, right, top, bottom } = element.getBoundingClientRect();
    return { x: (left + right) / 2, y: (top + bottom) / 2 };
}
