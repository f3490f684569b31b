// The shapes of the wire under the names that screens use. The box writes every field out, also
// when it has its default; what can be absent is named here.
import type { ActivityJson, SettingJson } from "../gen/kiosk/v1/settings_pb.ts";
import type { CellBalanceChangedJson, CellJson } from "../gen/kiosk/v1/cell_pb.ts";
import type { GetSnapshotResponseJson } from "../gen/kiosk/v1/event_pb.ts";
import type { MenuCategoryJson } from "../gen/kiosk/v1/menu_category_pb.ts";
import type {
    MenuItemJson,
    MenuOptionJson,
    OptionGroupJson,
    OptionSoldOutChangedJson,
    SoldOutChangedJson,
    StockChangedJson,
} from "../gen/kiosk/v1/menu_pb.ts";
import type { BellAnsweredJson, BellJson } from "../gen/kiosk/v1/message_pb.ts";
import type {
    LineStateJson,
    OrderItemJson,
    OrderItemOptionJson,
    OrderJson,
} from "../gen/kiosk/v1/order_pb.ts";
import type { SeatJson } from "../gen/kiosk/v1/seat_pb.ts";
import type {
    IncidentJson,
    IncidentResolvedJson,
    IncidentStartedJson,
    QueueUpdatedJson,
    SeatReleasedJson,
    SeatSelectedJson,
    StaffMessageJson,
} from "../gen/kiosk/v1/signals_pb.ts";
import type { CellInfoJson, PersonJson } from "../gen/kiosk/v1/types_pb.ts";

/** All fields are there but those that may be absent. */
type Written<T, Absent extends keyof T = never> = Required<Omit<T, Absent>> &
    Partial<Pick<T, Absent>>;

export type OrderStatus = "PENDING" | "MAKING" | "READY" | "COMPLETED" | "CANCELLED";
export type LineStatus = "WAITING" | "DONE" | "CANCELLED";

export type LineOption = Written<OrderItemOptionJson>;
export type Line = Omit<
    Written<OrderItemJson, "doneAt" | "cancelledAt" | "addedAt" | "remadeAt">,
    "options" | "status"
> & { options: LineOption[]; status: LineStatus };
export type Order = Omit<Written<OrderJson, "cellInfo">, "items" | "status" | "cellInfo"> & {
    items: Line[];
    status: OrderStatus;
    cellInfo?: Written<CellInfoJson>;
};
export type LineState = Omit<Written<LineStateJson, "doneAt">, "status"> & { status: LineStatus };

export type MenuOption = Written<MenuOptionJson>;
export type OptionGroup = Omit<Written<OptionGroupJson>, "options"> & { options: MenuOption[] };
export type MenuItem = Omit<Written<MenuItemJson, "remaining">, "optionGroups"> & {
    optionGroups: OptionGroup[];
};
export type MenuCategory = Written<MenuCategoryJson>;
export type Cell = Written<CellJson>;
export type Seat = Written<SeatJson, "expiresAt" | "since">;
export type Bell = Written<BellJson>;
export type Incident = Omit<Written<IncidentJson, "resolvedAt">, "resolvedBy"> & {
    /** Absent: it goes on. */
    resolvedBy?: Written<PersonJson>;
};
export type StaffMessage = Omit<Written<StaffMessageJson>, "sender"> & {
    sender: Written<PersonJson>;
};
export type Activity = Written<ActivityJson, "opensAt" | "closesAt" | "lastOrderAt">;
export type QueuePlace = Written<QueueUpdatedJson>;

/** Where something is in the log. */
export interface Position {
    epoch: string;
    seq: number;
}

export type Snapshot = Omit<
    Written<GetSnapshotResponseJson>,
    | "position"
    | "orders"
    | "menu"
    | "categories"
    | "settings"
    | "seats"
    | "bells"
    | "cells"
    | "incidents"
> & {
    position: { epoch: string; seq: string };
    orders: Order[];
    menu: MenuItem[];
    categories: MenuCategory[];
    settings: Written<SettingJson>[];
    seats: Seat[];
    bells: Bell[];
    cells: Cell[];
    incidents: Incident[];
};

/** What happens to an order that there is, as far as its state goes. */
interface OrderEvents {
    "order:status_changed": { status: OrderStatus; lines: LineState[]; updatedAt: string };
    "order:recalled": { status: OrderStatus; lines: LineState[]; updatedAt: string };
    "order:cancelled": { reason: string; cancelledAt: string };
    "order:lines_changed": { lines: LineState[]; updatedAt: string };
    "order:priority_changed": { isPriority: boolean; updatedAt: string };
    "order:items_added": { items: Line[]; totalAmount: number; updatedAt: string };
    "order:lines_cancelled": { items: Line[]; totalAmount: number; updatedAt: string };
    "order:lines_remade": { items: Line[]; updatedAt: string };
    "order:table_changed": { table: string; updatedAt: string };
}

export type OrderEventName = keyof OrderEvents;
export type OrderEvent = {
    [Name in OrderEventName]: { event: Name; data: OrderEvents[Name] & { orderId: string } };
}[OrderEventName];

/** The data of every event that a screen's state follows from, or that it shows in passing. */
interface OtherEvents {
    "order:created": Order;
    "menu:sold_out_changed": Written<SoldOutChangedJson>;
    "menu:option_sold_out_changed": Written<OptionSoldOutChangedJson>;
    "menu:stock_changed": Written<StockChangedJson, "remaining">;
    "menu:stock_batch_changed": { items: Written<StockChangedJson, "remaining">[] };
    "menu:item_changed": MenuItem;
    "menu:item_deleted": { menuId: number };
    "menu:category_changed": MenuCategory;
    "menu:category_deleted": { categoryId: number };
    "settings:changed": { key: string; value: string };
    "activity:changed": Activity;
    "cell:changed": Cell;
    "cell:balance_changed": Written<CellBalanceChangedJson, "otherCell">;
    "seat:changed": Seat;
    "seat:deleted": { seatId: string };
    "seat:selected": Written<SeatSelectedJson, "expiresAt">;
    "seat:released": Written<SeatReleasedJson, "expiresAt">;
    "bell:rung": Bell;
    "bell:escalated": Bell;
    "bell:answered": Written<BellAnsweredJson>;
    "message:created": StaffMessage;
    "incident:started": Written<IncidentStartedJson>;
    "incident:resolved": Omit<Written<IncidentResolvedJson>, "resolvedBy"> & {
        resolvedBy?: Written<PersonJson>;
    };
    "queue:updated": QueuePlace;
}

type OtherEvent = {
    [Name in keyof OtherEvents]: { event: Name; data: OtherEvents[Name] };
}[keyof OtherEvents];

/** An event of the log. Those of other names pass by: state does not follow from them. */
export type LogEvent = OrderEvent | OtherEvent;

/** What `/ws` greets with. */
export interface Hello extends Position {
    sessionId: string;
    role: string;
    serverTime: string;
    heartbeatSeconds: number;
}

/** Any frame that comes: an event, or one of the session's own. */
export interface Frame {
    event: string;
    id?: string;
    seq?: number;
    epoch?: string;
    done?: boolean;
    data: unknown;
}
