/** English sentences of the box, and what they are in Korean: `$1` is what stood there. */
export type Patterns = readonly (readonly [RegExp, string])[];

/** Undefined: the sentence is not among them. */
export function inKorean(sentence: string, patterns: Patterns): string | undefined {
    for (const [pattern, korean] of patterns) {
        const found = pattern.exec(sentence);
        if (found !== null)
            return korean.replace(/\$(\d)/g, (_, nth) => number(found[Number(nth)]));
    }
    return undefined;
}

/** With its thousands apart. */
function number(digits = ""): string {
    const value = Number(digits);
    return Number.isNaN(value) ? digits : value.toLocaleString("ko");
}
