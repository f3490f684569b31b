// Every method of the contract with its request and its answer: types alone, nothing of it is in
// what browsers load.
import type { DescMessage, MessageJsonType } from "@bufbuild/protobuf";
import type { DeviceService } from "../gen/kiosk/v1/device_pb.ts";
import type { AdminService } from "../gen/kiosk/v1/admin_pb.ts";
import type { CellService } from "../gen/kiosk/v1/cell_pb.ts";
import type { EventService } from "../gen/kiosk/v1/event_pb.ts";
import type { MenuService } from "../gen/kiosk/v1/menu_pb.ts";
import type { MessageService } from "../gen/kiosk/v1/message_pb.ts";
import type { OrderService } from "../gen/kiosk/v1/order_pb.ts";
import type { QueueService } from "../gen/kiosk/v1/queue_pb.ts";
import type { ReportService } from "../gen/kiosk/v1/report_pb.ts";
import type { SeatService } from "../gen/kiosk/v1/seat_pb.ts";
import type { SettingsService } from "../gen/kiosk/v1/settings_pb.ts";

interface Services {
    AdminService: typeof AdminService;
    CellService: typeof CellService;
    DeviceService: typeof DeviceService;
    EventService: typeof EventService;
    MenuService: typeof MenuService;
    MessageService: typeof MessageService;
    OrderService: typeof OrderService;
    QueueService: typeof QueueService;
    ReportService: typeof ReportService;
    SeatService: typeof SeatService;
    SettingsService: typeof SettingsService;
}

type ServiceName = keyof Services;
type MethodsOf<S extends ServiceName> = Services[S]["method"];

/** `OrderService/PlaceOrder`, and all others. */
export type Method = {
    [S in ServiceName]: `${S}/${Capitalize<keyof MethodsOf<S> & string>}`;
}[ServiceName];

type Description<M extends Method> = M extends `${infer S extends ServiceName}/${infer Name}`
    ? Uncapitalize<Name> extends keyof MethodsOf<S>
        ? MethodsOf<S>[Uncapitalize<Name>]
        : never
    : never;

type Json<Schema> = Schema extends DescMessage ? MessageJsonType<Schema> : never;

export type RequestOf<M extends Method> =
    Description<M> extends { input: infer Schema } ? Json<Schema> : never;

export type AnswerOf<M extends Method> =
    Description<M> extends { output: infer Schema } ? Json<Schema> : never;

/** The contract's name of a method on every wire. */
export function fullName(method: Method): string {
    return `kiosk.v1.${method}`;
}
