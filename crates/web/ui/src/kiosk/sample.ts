// Items for the tests of this folder.
import type { MenuItem, MenuOption, OptionGroup } from "../log/wire.ts";

export function option(optionId: number, more: Partial<MenuOption> = {}): MenuOption {
    const name = `option ${optionId}`;
    const plain = { optionId, name, nameEn: "", priceDelta: 0, isDefault: false, isSoldOut: false };
    return { ...plain, ...more };
}

export function group(min: number, max: number, ...options: MenuOption[]): OptionGroup {
    return { name: "group", nameEn: "", min, max, options };
}

export function item(menuId: number, more: Partial<MenuItem> = {}): MenuItem {
    return {
        ...{ menuId, name: `item ${menuId}`, nameEn: "", category: "", categoryId: 1, price: 1000 },
        ...{ isSoldOut: false, soldOutByStock: false, optionGroups: [], station: "bar" },
        ...{ displayOrder: 1, allergens: [], description: "", descriptionEn: "", available: [] },
        ...{ image: "", warnMinutes: 0, lateMinutes: 0 },
        ...more,
    };
}
