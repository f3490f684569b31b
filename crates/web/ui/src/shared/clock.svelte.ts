/**
 * Time as it passes on this device, for what is drawn anew as it does. It has no date: clocks of
 * devices are set, sometimes by years, and what counts seconds must not see that.
 */
class Clock {
    /** Milliseconds since the page was opened, once a second. */
    now = $state(performance.now());

    constructor() {
        // At the full second, so that all that counts changes together.
        const tick = () => {
            this.now = performance.now();
            setTimeout(tick, 1000 - (this.now % 1000));
        };
        tick();
    }
}

export const clock = new Clock();
