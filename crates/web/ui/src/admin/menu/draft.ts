import type { MenuCategory, MenuItem, MenuOption, OptionGroup } from "../../log/wire.ts";

/** An item that there is not yet. */
export function newItem(category: MenuCategory | undefined): MenuItem {
    return {
        ...{ menuId: 0, name: "", nameEn: "", price: 0, isSoldOut: false, optionGroups: [] },
        ...{ category: category?.name ?? "", categoryId: category?.categoryId ?? 0 },
        ...{ station: "", displayOrder: 0, allergens: [], description: "", descriptionEn: "" },
        ...{ available: [], image: "", soldOutByStock: false, warnMinutes: 0, lateMinutes: 0 },
    };
}

export function newGroup(): OptionGroup {
    return { name: "", nameEn: "", min: 0, max: 1, options: [] };
}

/** With the next free number: options keep theirs, since orders name them by it. */
export function newOption(groups: readonly OptionGroup[]): MenuOption {
    const used = groups.flatMap(({ options }) => options.map(({ optionId }) => optionId));
    return {
        ...{ optionId: Math.max(0, ...used) + 1, name: "", nameEn: "", priceDelta: 0 },
        ...{ isDefault: false, isSoldOut: false },
    };
}

/**
 * What is saved: as it was edited, but with what the kitchen and the customers have changed
 * meanwhile. The box takes an item whole.
 */
export function merged(draft: MenuItem, now: MenuItem | undefined): MenuItem {
    if (now === undefined) return draft;
    const { isSoldOut, soldOutByStock, image } = now;
    const { remaining: _, ...rest } = draft;
    const stock = now.remaining === undefined ? {} : { remaining: now.remaining };
    const options = new Map(
        now.optionGroups.flatMap((group) => group.options.map((it) => [it.optionId, it] as const)),
    );
    const optionGroups = draft.optionGroups.map((group) => ({
        ...group,
        options: group.options.map((option) => ({
            ...option,
            isSoldOut: options.get(option.optionId)?.isSoldOut ?? option.isSoldOut,
        })),
    }));
    return { ...rest, ...stock, isSoldOut, soldOutByStock, image, optionGroups };
}
