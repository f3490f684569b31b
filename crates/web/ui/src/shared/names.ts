import type { Bell, Line, MenuItem } from "../log/wire.ts";
import { language, words } from "../text/index.svelte.ts";

/** Of what has two names, the one in the language that is spoken. */
export function nameOf({ name, nameEn }: { name: string; nameEn: string }): string {
    return language.current === "en" && nameEn !== "" ? nameEn : name;
}

/** Where staff are called to. */
export function whereRings({ seatName, place, dailyNum }: Bell): string {
    if (seatName !== "") return words().kitchen.table(seatName);
    return place === "" ? words().kitchen.order(dailyNum) : place;
}

/** What was ordered; as the order says it, when the menu does not know it any more. */
export function lineName(line: Line, item: MenuItem | undefined): string {
    return item?.name === line.menuName ? nameOf(item) : line.menuName;
}

/** An option of a line, as it is read out. */
export interface Wish {
    text: string;
    /** It is what one gets without saying anything. */
    isUsual: boolean;
}

/** The options of a line. What the menu does not know any more counts as unusual. */
export function wishesOf(line: Line, item: MenuItem | undefined): Wish[] {
    const all = item?.optionGroups.flatMap((group) => group.options) ?? [];
    return line.options.map(({ optionId, optionName, quantity }) => {
        const option = all.find((it) => it.optionId === optionId && it.name === optionName);
        const name = option === undefined ? optionName : nameOf(option);
        return {
            text: quantity > 1 ? `${name} ×${quantity}` : name,
            isUsual: option?.isDefault === true && quantity <= 1,
        };
    });
}
