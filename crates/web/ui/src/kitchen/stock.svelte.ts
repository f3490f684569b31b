import { SvelteSet } from "svelte/reactivity";
import type { MenuItem } from "../log/wire.ts";
import { attempt } from "../shared/attempt.ts";
import { nameOf } from "../shared/names.ts";
import type { Kitchen } from "./kitchen.svelte.ts";

/** What of the menu is made at this screen, and how much of it is left. */
export class Stock {
    readonly busy = new SvelteSet<number>();
    readonly groups = $derived.by(() => this.#grouped());
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

    #grouped(): { name: string; items: MenuItem[] }[] {
        const { log, view, stations } = this.#kitchen;
        const { categories, menu } = log.state;
        const isHere = (item: MenuItem) =>
            view.station === "" || (item.station || stations[0]) === view.station;
        const items = [...menu.values()].filter(isHere);
        items.sort((a, b) => a.displayOrder - b.displayOrder || a.menuId - b.menuId);
        const groups = new Map<string, MenuItem[]>();
        for (const item of items) {
            const category = categories.get(item.categoryId);
            const name = category === undefined ? item.category : nameOf(category);
            groups.set(name, [...(groups.get(name) ?? []), item]);
        }
        return [...groups].map(([name, items]) => ({ name, items }));
    }

    async #do(menuId: number, what: () => Promise<unknown>): Promise<void> {
        if (this.busy.has(menuId)) return;
        this.busy.add(menuId);
        await attempt(what);
        this.busy.delete(menuId);
    }
}
