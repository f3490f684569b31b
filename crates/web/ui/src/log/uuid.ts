/** A random UUID. (`crypto.randomUUID` is there only where TLS is, and a box may be without.) */
export function uuid(): string {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6]! & 0x0f) | 0x40;
    bytes[8] = (bytes[8]! & 0x3f) | 0x80;
    const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
    const cuts = [0, 8, 12, 16, 20, 32];
    return cuts
        .slice(1)
        .map((end, nth) => hex.slice(cuts[nth], end))
        .join("-");
}
