// What a screen remembers on its device. Private windows and full disks may refuse it: then nothing
// is remembered, and nothing else is the worse for it.

export function recall<T>(key: string, otherwise: T): T {
    try {
        const text = localStorage.getItem(`kiosk.${key}`);
        return text === null ? otherwise : (JSON.parse(text) as T);
    } catch {
        return otherwise;
    }
}

export function remember(key: string, value: unknown): void {
    try {
        localStorage.setItem(`kiosk.${key}`, JSON.stringify(value));
    } catch {
        return;
    }
}
