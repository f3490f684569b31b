// Chimes made by oscillators: there is no file to load, and none that could be missing.

/** Pitch in hertz, when it begins and how long it rings, both in seconds. */
type Note = readonly [pitch: number, at: number, length: number];

/** Each is told apart by its rhythm and direction too, not by its pitch alone. */
const CHIMES = {
    // Up, as a doorbell: look here.
    new: [
        [659, 0, 0.25],
        [880, 0.18, 0.45],
    ],
    // Three of the same: something is different.
    changed: [
        [740, 0, 0.14],
        [740, 0.2, 0.14],
        [740, 0.4, 0.3],
    ],
    // Down, and low: stop.
    void: [
        [494, 0, 0.3],
        [370, 0.28, 0.3],
        [277, 0.56, 0.6],
    ],
    // A chord that opens: come.
    ready: [
        [523, 0, 0.9],
        [659, 0.15, 0.9],
        [784, 0.3, 0.9],
        [1047, 0.45, 1.2],
    ],
    message: [
        [988, 0, 0.12],
        [1319, 0.12, 0.25],
    ],
} satisfies Record<string, readonly Note[]>;

export type Chime = keyof typeof CHIMES;

class Sound {
    /** Browsers let a page be heard only after it was touched. */
    isBlocked = $state(false);
    #context: AudioContext | undefined;

    /** Asks to be heard, now and at each touch until it is. */
    unlock(): void {
        const context = this.#context ?? new AudioContext();
        this.#context = context;
        const look = () => (this.isBlocked = context.state !== "running");
        const touched = () => void context.resume().then(look, look);
        context.onstatechange = look;
        look();
        // Not when it begins: the hint goes, what is below it moves, and the touch would miss.
        window.addEventListener("click", touched);
        window.addEventListener("keydown", touched);
    }

    play(chime: Chime): void {
        const context = this.#context;
        if (context === undefined || context.state !== "running") return;
        for (const [pitch, at, length] of CHIMES[chime]) ring(context, pitch, at, length);
    }
}

export const sound = new Sound();

/** A soft stroke, as of a bell. */
function ring(context: AudioContext, pitch: number, at: number, length: number): void {
    const begin = context.currentTime + at;
    const end = begin + length;
    const volume = context.createGain();
    volume.gain.setValueAtTime(0, begin);
    volume.gain.linearRampToValueAtTime(0.35, begin + 0.01);
    volume.gain.exponentialRampToValueAtTime(0.001, end);
    volume.connect(context.destination);
    const tone = context.createOscillator();
    tone.type = "triangle";
    tone.frequency.value = pitch;
    tone.connect(volume);
    tone.start(begin);
    tone.stop(end);
}
