import type {
    Activity,
    Bell,
    Cell,
    Incident,
    Line,
    MenuCategory,
    MenuItem,
    Order,
    QueuePlace,
    Seat,
    Snapshot,
    StaffMessage,
} from "./wire.ts";

/**
 * The working set as a screen knows it. Entries are replaced and never changed, so that what shows
 * one is drawn anew exactly when that one has changed.
 */
export interface CafeState {
    businessDate: string;
    orders: Map<string, Order>;
    menu: Map<number, MenuItem>;
    categories: Map<number, MenuCategory>;
    settings: Map<string, string>;
    seats: Map<string, Seat>;
    bells: Map<number, Bell>;
    cells: Map<number, Cell>;
    /** The newest ones, those that are over among them; the oldest first. */
    incidents: Map<string, Incident>;
    /** Those that came since the screen is on, and what it asked for; the newest ones. */
    messages: Map<number, StaffMessage>;
    /** By order: told only to who is in the room of that order. */
    places: Map<string, QueuePlace>;
    /** None until something about it is heard. */
    activity: Activity | undefined;
}

/** A state without anything, of plain maps. */
export function emptyState(): CafeState {
    return {
        businessDate: "",
        orders: new Map(),
        menu: new Map(),
        categories: new Map(),
        settings: new Map(),
        seats: new Map(),
        bells: new Map(),
        cells: new Map(),
        incidents: new Map(),
        messages: new Map(),
        places: new Map(),
        activity: undefined,
    };
}

/** Puts a snapshot in the place of what was known. What is in no snapshot stays. */
export function putSnapshot(state: CafeState, snapshot: Snapshot): void {
    state.businessDate = snapshot.businessDate;
    replace(state.orders, snapshot.orders, (order) => order.orderId);
    replace(state.menu, snapshot.menu, (item) => item.menuId);
    replace(state.categories, snapshot.categories, (category) => category.categoryId);
    replace(state.seats, snapshot.seats, (seat) => seat.seatId);
    replace(state.bells, snapshot.bells, (bell) => bell.bellId);
    replace(state.cells, snapshot.cells, (cell) => cell.cellId);
    replace(state.incidents, snapshot.incidents, (incident) => incident.incidentId);
    state.settings.clear();
    for (const { key, value } of snapshot.settings) state.settings.set(key, value);
}

/** Whether nothing more is going to be made or handed over. */
export function isClosed(order: Order): boolean {
    return order.status === "COMPLETED" || order.status === "CANCELLED";
}

/** Whether it was resolved; until then it goes on. */
export function isOver(incident: Incident): boolean {
    return incident.resolvedAt !== undefined;
}

/** The lines that stand: without those that were cancelled. */
export function standing(order: Order): Line[] {
    return order.items.filter((line) => line.status !== "CANCELLED");
}

function replace<K, V>(map: Map<K, V>, values: V[], keyOf: (value: V) => K): void {
    const kept = new Set(values.map(keyOf));
    for (const key of [...map.keys()]) if (!kept.has(key)) map.delete(key);
    for (const value of values) map.set(keyOf(value), value);
}
