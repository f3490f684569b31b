// The options of an item, as a customer chooses among them. The box has the same rules and the last word.
import type { MenuItem, OptionGroup } from "../log/wire.ts";

/** How many of each option, by its id. None is 0. */
export type Choices = Readonly<Record<number, number>>;

/** What one gets without choosing: the defaults, without those that are sold out. */
export function usual(item: MenuItem): Choices {
    const choices: Record<number, number> = {};
    for (const group of item.optionGroups) {
        for (const { optionId, isDefault, isSoldOut } of group.options) {
            if (isDefault && !isSoldOut) choices[optionId] = 1;
        }
    }
    return choices;
}

/** Of what was chosen, what can still be had. */
export function possible(item: MenuItem, choices: Choices): Choices {
    const options = item.optionGroups.flatMap((group) => group.options);
    const known = options.filter(
        ({ optionId, isSoldOut }) => !isSoldOut && choices[optionId] !== undefined,
    );
    return Object.fromEntries(known.map(({ optionId }) => [optionId, choices[optionId] ?? 1]));
}

export function countIn(group: OptionGroup, choices: Choices): number {
    return group.options.reduce((sum, { optionId }) => sum + (choices[optionId] ?? 0), 0);
}

/** Of some groups more than one of the same may be had: two extra shots. */
export function isCounted(group: OptionGroup): boolean {
    return group.max > 1 && group.max >= group.options.length;
}

/**
 * One more, or one less, of an option. Where one of a group may be had, the next one takes its place;
 * a group that is full takes no more.
 */
export function withStep(
    group: OptionGroup,
    choices: Choices,
    optionId: number,
    step: 1 | -1,
): Choices {
    const count = choices[optionId] ?? 0;
    if (step < 0) return withCount(choices, optionId, Math.max(0, count - 1));
    if (countIn(group, choices) < group.max) return withCount(choices, optionId, count + 1);
    if (group.max !== 1 || count > 0) return choices;
    const others = group.options.map((option) => option.optionId);
    const without = others.reduce((kept, id) => withCount(kept, id, 0), choices);
    return withCount(without, optionId, 1);
}

/** A tap: chosen, or not any more unless the group needs it. */
export function toggled(group: OptionGroup, choices: Choices, optionId: number): Choices {
    if ((choices[optionId] ?? 0) === 0) return withStep(group, choices, optionId, 1);
    if (group.max === 1 && group.min === 1) return choices;
    return withCount(choices, optionId, 0);
}

/** The first group that has too few or too many yet. */
export function unfinished(item: MenuItem, choices: Choices): OptionGroup | undefined {
    return item.optionGroups.find((group) => {
        const count = countIn(group, choices);
        return count < group.min || count > group.max;
    });
}

/** Whether a group can't be fulfilled because too much of it is sold out. */
export function isHopeless(item: MenuItem): boolean {
    return item.optionGroups.some(
        (group) => group.min > 0 && group.options.every((option) => option.isSoldOut),
    );
}

/** Of one, with its options. */
export function priceOf(item: MenuItem, choices: Choices): number {
    const options = item.optionGroups.flatMap((group) => group.options);
    const deltas = options.map(({ optionId, priceDelta }) => priceDelta * (choices[optionId] ?? 0));
    return Math.max(
        0,
        deltas.reduce((sum, delta) => sum + delta, item.price),
    );
}

function withCount(choices: Choices, optionId: number, count: number): Choices {
    const { [optionId]: _, ...rest } = choices;
    return count === 0 ? rest : { ...rest, [optionId]: count };
}
