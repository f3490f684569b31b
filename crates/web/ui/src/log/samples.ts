// The contract's samples of events, for tests.
import { readFileSync } from "node:fs";
import type { LogEvent, Order } from "./wire.ts";

const SAMPLES = new URL("../../../../../proto/samples/", import.meta.url);

export function sample(name: string): LogEvent {
    return JSON.parse(readFileSync(new URL(`${name}.json`, SAMPLES), "utf8")) as LogEvent;
}

/** The order that the samples are about. */
export function sampleOrder(): Order {
    return sample("order.created").data as Order;
}
