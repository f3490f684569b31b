import { SvelteSet } from "svelte/reactivity";
import type { MenuItem } from "../log/wire.ts";
import { attempt } from "../shared/attempt.ts";
import { nameOf } from "../shared/names.ts";
import type { Kitchen } from "./kitchen.svelte.ts";

/** An option as people call it, wherever on the menu it is. */
export interface StockOption {
    name: string;
    /** Everywhere. */
    isSoldOut: boolean;
    places: { menuId: number; optionId: number }[];
}

/** What of the menu is made at this screen, and how much of it is left. */
export class Stock {
    /** Items by their id, options by their name. */
    readonly busy = new SvelteSet<number | string>();
    readonly items = $derived.by(() => this.#itemsHere());
    readonly groups = $derived.by(() => this.#grouped());
    readonly options = $derived.by(() => this.#optionsHere());
    readonly #kitchen: Kitchen;

    constructor(kitchen: Kitchen) {
        this.#kitchen = kitchen;
    }

    toggle({ menuId, isSoldOut }: MenuItem): void {
        const { log } = this.#kitchen;
        const request = { menuId, isSoldOut: !isSoldOut };
        void this.#do(menuId, () => log.change("MenuService/SetSoldOut", request));
    }

    restock({ menuId }: MenuItem, count: number): void {
        const { log } = this.#kitchen;
        const request = { items: [{ menuId, count }] };
        void this.#do(menuId, () => log.change("MenuService/Restock", request));
    }

    /** One after the other: a milk is an option of everything. */
    toggleOption({ name, isSoldOut, places }: StockOption): void {
        const { log } = this.#kitchen;
        void this.#do(name, async () => {
            for (const place of places) {
                const request = { ...place, isSoldOut: !isSoldOut };
                await log.change("MenuService/SetOptionSoldOut", request);
            }
        });
    }

    #itemsHere(): MenuItem[] {
        const { log, view, stations } = this.#kitchen;
        const isHere = (item: MenuItem) =>
            view.station === "" || (item.station || stations[0]) === view.station;
        const items = [...log.state.menu.values()].filter(isHere);
        return items.sort((a, b) => a.displayOrder - b.displayOrder || a.menuId - b.menuId);
    }

    #optionsHere(): StockOption[] {
        const options = new Map<string, StockOption>();
        for (const { menuId, optionGroups } of this.items) {
            for (const option of optionGroups.flatMap((group) => group.options)) {
                const name = nameOf(option);
                const known = options.get(name) ?? { name, isSoldOut: true, places: [] };
                known.isSoldOut &&= option.isSoldOut;
                known.places.push({ menuId, optionId: option.optionId });
                options.set(name, known);
            }
        }
        return [...options.values()];
    }

    #grouped(): { name: string; items: MenuItem[] }[] {
        const { categories } = this.#kitchen.log.state;
        const groups = new Map<string, MenuItem[]>();
        for (const item of this.items) {
            const category = categories.get(item.categoryId);
            const name = category === undefined ? item.category : nameOf(category);
            groups.set(name, [...(groups.get(name) ?? []), item]);
        }
        return [...groups].map(([name, items]) => ({ name, items }));
    }

    async #do(key: number | string, what: () => Promise<unknown>): Promise<void> {
        if (this.busy.has(key)) return;
        this.busy.add(key);
        await attempt(what);
        this.busy.delete(key);
    }
}
