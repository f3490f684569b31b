import type { OrderStatus } from "../../log/wire.ts";

/** How a status looks. */
export const STATUS_TAG: Readonly<Record<OrderStatus, string>> = {
    PENDING: "",
    MAKING: "busy",
    READY: "good",
    COMPLETED: "",
    CANCELLED: "bad",
};

/** The one step forward. */
export const NEXT_STATUS: Readonly<Partial<Record<OrderStatus, OrderStatus>>> = {
    PENDING: "MAKING",
    MAKING: "READY",
    READY: "COMPLETED",
};
