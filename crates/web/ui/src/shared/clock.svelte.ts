/** The device's clock, for what is drawn anew as time goes by. */
class Clock {
    /** Milliseconds since 1970, once a second. */
    now = $state(Date.now());

    constructor() {
        // At the full second, so that all that counts changes together.
        const tick = () => {
            this.now = Date.now();
            setTimeout(tick, 1000 - (this.now % 1000));
        };
        tick();
    }
}

export const clock = new Clock();
