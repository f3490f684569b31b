/** Keeps the device from darkening a screen that nobody touches, where the browser lets it. */
export function stayAwake(): void {
    const ask = () => {
        if (document.visibilityState !== "visible") return;
        // Only over TLS is there one to ask, and with an empty battery it says no.
        void navigator.wakeLock?.request("screen").catch(() => undefined);
    };
    document.addEventListener("visibilitychange", ask);
    ask();
}
