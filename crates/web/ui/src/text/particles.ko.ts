// Korean particles go by the sound that the word before them ends with.

const HANGUL_FIRST = 0xac00;
const HANGUL_LAST = 0xd7a3;
/** Final consonants of a syllable, none being the first. */
const FINALS = 28;
const FINAL_L = 8;
/** As digits are read: 영, 일, 이, 삼 … */
const DIGIT_FINALS = [21, FINAL_L, 0, 16, 0, 0, 1, FINAL_L, FINAL_L, 0];

/** `커피를`, `빵을`. */
export const asObject = (word: string) => word + particle(word, "을", "를");
/** `커피가`, `빵이`. */
export const asSubject = (word: string) => word + particle(word, "이", "가");

/** `주방으로`, `포스로`, `겨울로`. */
export function asMeans(word: string): string {
    return word + (finalOf(word) === FINAL_L ? "로" : particle(word, "으로", "로"));
}

/** How a word in other letters is read, nobody knows: then it is both. */
function particle(word: string, afterConsonant: string, afterVowel: string): string {
    const final = finalOf(word);
    if (final === undefined)
        return afterConsonant === "으로" ? "(으)로" : `${afterConsonant}(${afterVowel})`;
    return final > 0 ? afterConsonant : afterVowel;
}

function finalOf(word: string): number | undefined {
    const last = word.at(-1) ?? "";
    if (/\d/.test(last)) return DIGIT_FINALS[Number(last)];
    const code = last.charCodeAt(0);
    const isHangul = code >= HANGUL_FIRST && code <= HANGUL_LAST;
    return isHangul ? (code - HANGUL_FIRST) % FINALS : undefined;
}
