import { language } from "../text/index.svelte.ts";

/** Says what is on the screen, for those who can't see it. */
class Voice {
    isOn = $state(false);
    isSlow = $state(false);
    /** What was said last. */
    #last = "";

    get isPossible(): boolean {
        return "speechSynthesis" in window;
    }

    /** The newest is what counts: what is still being said ends. */
    say(text: string): void {
        if (text === "") return;
        this.#last = text;
        if (!this.isOn || !this.isPossible) return;
        const speech = new SpeechSynthesisUtterance(text);
        speech.lang = language.current === "ko" ? "ko-KR" : "en-US";
        speech.rate = this.isSlow ? 0.7 : 1;
        speechSynthesis.cancel();
        speechSynthesis.speak(speech);
    }

    repeat(): void {
        this.say(this.#last);
    }

    /** What is under the finger or the keypad now. */
    focused(element: Element): void {
        if (this.isOn && element.matches("button")) this.say(nameOf(element));
    }

    reset(): void {
        this.isOn = this.isSlow = false;
        this.#last = "";
        if (this.isPossible) speechSynthesis.cancel();
    }
}

export const voice = new Voice();

/** What a screen reader would call it, near enough, and whether it is chosen. */
function nameOf(element: Element): string {
    const label = element.getAttribute("aria-label") ?? element.textContent ?? "";
    const state = element.getAttribute("data-say") ?? "";
    return `${label.replace(/\s+/g, " ").trim()} ${state}`.trim();
}
