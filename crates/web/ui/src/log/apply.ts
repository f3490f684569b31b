import { changeOrder } from "./apply_order.ts";
import { isClosed, type CafeState } from "./state.ts";
import type { LogEvent, MenuItem, Order, Seat } from "./wire.ts";

/** Messages that a screen keeps: a shift's worth. */
const MESSAGES_MAX = 200;
/** As many as a snapshot has. */
const INCIDENTS_MAX = 50;

/**
 * Puts an event on the state; the one place where that is done. What an event says about something
 * that is not known is passed over. Events of other names change nothing.
 */
export function apply(state: CafeState, event: LogEvent): void {
    switch (event.event) {
        case "order:created":
            return orderCreated(state, event.data);
        case "menu:sold_out_changed":
            return change(state.menu, event.data.menuId, (item) => ({
                ...item,
                isSoldOut: event.data.isSoldOut,
                soldOutByStock: event.data.isSoldOut && event.data.byStock,
            }));
        case "menu:option_sold_out_changed":
            return change(state.menu, event.data.menuId, (item) =>
                withOption(item, event.data.optionId, event.data.isSoldOut),
            );
        case "menu:stock_changed":
            return change(state.menu, event.data.menuId, (item) =>
                withStock(item, event.data.remaining),
            );
        case "menu:stock_batch_changed":
            return event.data.items.forEach(({ menuId, remaining }) =>
                change(state.menu, menuId, (item) => withStock(item, remaining)),
            );
        case "menu:item_changed":
            return put(state.menu, event.data.menuId, event.data);
        case "menu:item_deleted":
            return remove(state.menu, event.data.menuId);
        case "menu:category_changed":
            put(state.categories, event.data.categoryId, event.data);
            return renameCategory(state, event.data.categoryId, event.data.name);
        case "menu:category_deleted":
            return remove(state.categories, event.data.categoryId);
        case "settings:changed":
            return put(state.settings, event.data.key, event.data.value);
        case "activity:changed":
            state.activity = event.data;
            return;
        case "cell:changed":
            // A snapshot has only those that are in use.
            return event.data.isArchived
                ? remove(state.cells, event.data.cellId)
                : put(state.cells, event.data.cellId, event.data);
        case "cell:balance_changed":
            return change(state.cells, event.data.cellId, (cell) => ({
                ...cell,
                balance: event.data.balanceAfter,
            }));
        case "seat:changed":
            // It tells of the plan: who has the seat goes on having it.
            return put(state.seats, event.data.seatId, {
                ...event.data,
                ...taken(state.seats.get(event.data.seatId)),
            });
        case "seat:deleted":
            return remove(state.seats, event.data.seatId);
        case "seat:selected": {
            const { seatId, orderId, holder, expiresAt, timestamp } = event.data;
            const status = orderId === "" ? ("HELD" as const) : ("OCCUPIED" as const);
            const until = expiresAt === undefined ? {} : { expiresAt };
            return change(state.seats, seatId, ({ expiresAt: _, ...seat }) => ({
                ...seat,
                ...{ status, holder, orderId, since: timestamp },
                ...until,
            }));
        }
        case "seat:released":
            return change(
                state.seats,
                event.data.seatId,
                ({ expiresAt: _, since: __, ...seat }) => ({
                    ...seat,
                    ...FREE,
                }),
            );
        case "bell:rung":
        case "bell:escalated":
            return put(state.bells, event.data.bellId, event.data);
        case "bell:answered":
            return remove(state.bells, event.data.bellId);
        case "message:created":
            put(state.messages, event.data.messageNum, event.data);
            return dropOldest(state.messages, MESSAGES_MAX);
        case "queue:updated":
            return put(state.places, event.data.orderId || event.data.ticketId, event.data);
        case "incident:started": {
            const { failureCount: _, ...incident } = event.data;
            put(state.incidents, incident.incidentId, incident);
            return dropFirst(state.incidents, INCIDENTS_MAX);
        }
        case "incident:resolved": {
            const { incidentId, resolvedAt, resolvedBy } = event.data;
            const by = resolvedBy === undefined ? {} : { resolvedBy };
            return change(state.incidents, incidentId, (incident) => ({
                ...incident,
                ...{ resolvedAt, ...by },
            }));
        }
        default:
            return change(state.orders, event.data.orderId, (order) => changeOrder(order, event));
    }
}

const FREE = { status: "FREE", holder: "", orderId: "" } as const;

/** The first order of a new business day takes what is closed out of the working set. */
function orderCreated(state: CafeState, order: Order): void {
    if (order.businessDate > state.businessDate) {
        state.businessDate = order.businessDate;
        for (const known of [...state.orders.values()]) {
            if (isClosed(known)) remove(state.orders, known.orderId);
        }
        state.places.clear();
    }
    put(state.orders, order.orderId, order);
}

function withStock(item: MenuItem, remaining: number | undefined): MenuItem {
    const { remaining: _, ...uncounted } = item;
    return remaining === undefined ? uncounted : { ...uncounted, remaining };
}

function withOption(item: MenuItem, optionId: number, isSoldOut: boolean): MenuItem {
    const optionGroups = item.optionGroups.map((group) => ({
        ...group,
        options: group.options.map((option) =>
            option.optionId === optionId ? { ...option, isSoldOut } : option,
        ),
    }));
    return { ...item, optionGroups };
}

/** Its items show its name, also those that had it as a text alone. */
function renameCategory(state: CafeState, categoryId: number, category: string): void {
    for (const item of [...state.menu.values()]) {
        const isIn =
            item.categoryId === 0 ? item.category === category : item.categoryId === categoryId;
        const isNews = item.categoryId !== categoryId || item.category !== category;
        if (isIn && isNews) put(state.menu, item.menuId, { ...item, categoryId, category });
    }
}

/** Who has the seat, if it is known. */
function taken(seat: Seat | undefined): Partial<Seat> {
    if (seat === undefined) return FREE;
    const { status, holder, orderId, expiresAt, since } = seat;
    return {
        ...{ status, holder, orderId },
        ...(expiresAt === undefined ? {} : { expiresAt }),
        ...(since === undefined ? {} : { since }),
    };
}

function put<K, V>(map: Map<K, V>, key: K, value: V): void {
    map.set(key, value);
}

function remove<K, V>(map: Map<K, V>, key: K): void {
    map.delete(key);
}

function change<K, V>(map: Map<K, V>, key: K, make: (value: V) => V): void {
    const known = map.get(key);
    if (known !== undefined) map.set(key, make(known));
}

function dropOldest<V>(map: Map<number, V>, max: number): void {
    if (map.size > max) map.delete(Math.min(...map.keys()));
}

/** Of what came in order: the first one is the oldest. */
function dropFirst<K, V>(map: Map<K, V>, max: number): void {
    for (const key of map.keys()) {
        if (map.size <= max) return;
        map.delete(key);
    }
}
