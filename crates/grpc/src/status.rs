//! The one table from refusals to `google.rpc.Status`: a code, a message for people, and details
//! for programs. Every other wire derives its errors from it.

use std::{collections::HashMap, time::Duration};

use kiosk_domain::{ItemProblem, Rejection};
use kiosk_hub::{CodeRefused, CodesFull, FollowError, HistoryClosed, ImageError, Refusal};
use kiosk_proto::{Timestamp, v1::role::Value as Role};
use kiosk_tls::CsrError;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, FieldViolation, StatusExt as _};

/// The `domain` of `google.rpc.ErrorInfo`.
const DOMAIN: &str = "kiosk.v1";

/// How long a client waits before it asks again when the box is busy.
const RETRY_BUSY: Duration = Duration::from_millis(200);

/// How long a client waits before it asks again when a person or a clean-up has to help first.
const RETRY_FULL: Duration = Duration::from_secs(10);

pub(crate) fn status_of(refusal: &Refusal) -> Status {
    let message = refusal.to_string();
    match refusal {
        Refusal::Rejected(rejection) => rejected(rejection),
        Refusal::RequestIdReused => {
            let mut details = info("REQUEST_ID_REUSED", []);
            details.add_bad_request_violation("request_id", &*message);
            Status::with_error_details(Code::InvalidArgument, message, details)
        }
        Refusal::Overloaded => later(Code::ResourceExhausted, "BUSY", message, RETRY_BUSY),
        Refusal::DiskFull => later(Code::ResourceExhausted, "DISK_FULL", message, RETRY_FULL),
        Refusal::StoreClosed => later(Code::Unavailable, "STORE_CLOSED", message, RETRY_FULL),
        Refusal::Stopping => later(Code::Unavailable, "STOPPING", message, RETRY_BUSY),
    }
}

/// `more` violations were found than are named.
pub(crate) fn invalid(violations: Vec<(String, String)>, more: usize) -> Status {
    let mut summary: Vec<String> =
        violations.iter().map(|(field, problem)| format!("{field}: {problem}")).collect();
    if more > 0 {
        summary.push(format!("and {more} more"));
    }
    let mut details = info("INVALID", []);
    details.set_bad_request(
        violations
            .into_iter()
            .map(|(field, problem)| FieldViolation::new(field, problem))
            .collect::<Vec<_>>(),
    );
    Status::with_error_details(Code::InvalidArgument, summary.join("; "), details)
}

pub(crate) fn not_found(what: &'static str, name: &str) -> Status {
    let mut details = info("NOT_FOUND", []);
    details.set_resource_info(what, name, "", "");
    Status::with_error_details(Code::NotFound, format!("there is no {what} {name}"), details)
}

pub(crate) fn follow_ended(error: &FollowError) -> Status {
    let message = error.to_string();
    match error {
        FollowError::Stopping => later(Code::Unavailable, "STOPPING", message, RETRY_BUSY),
        FollowError::Lost { .. } => {
            Status::with_error_details(Code::DataLoss, message, info("EVENTS_LOST", []))
        }
        FollowError::Read(_) => later(Code::Unavailable, "JOURNAL", message, RETRY_FULL),
    }
}

pub(crate) fn history_closed(closed: HistoryClosed) -> Status {
    later(Code::Unavailable, "HISTORY_CLOSED", closed.to_string(), RETRY_FULL)
}

/// Why a picture was not kept.
pub(crate) fn image_refused(error: &ImageError) -> Status {
    let message = error.to_string();
    match error {
        ImageError::Unusable(problem) => field("data", problem, message),
        ImageError::Full => later(Code::ResourceExhausted, "IMAGES_FULL", message, RETRY_FULL),
        ImageError::Io(error) => internal(error),
    }
}

pub(crate) fn deadline_exceeded() -> Status {
    let message = "it took too long: a change may still be made, repeat it with its request_id";
    let details = info("DEADLINE", []);
    Status::with_error_details(Code::DeadlineExceeded, message, details)
}

/// No credentials came with a call that needs some.
pub(crate) fn token_missing() -> Status {
    let message = "this needs credentials: pair the device, then show its token";
    Status::with_error_details(Code::Unauthenticated, message, info("TOKEN_MISSING", []))
}

/// Those that came are worth nothing.
pub(crate) fn token_refused() -> Status {
    let message = "the token is not one of this box, or not any more";
    Status::with_error_details(Code::Unauthenticated, message, info("TOKEN_REFUSED", []))
}

/// Its role must not.
pub(crate) fn not_allowed(role: Role, method: &str) -> Status {
    let role = role.as_str_name();
    let message = format!("a {role} must not call {method}");
    let details = info("ROLE", [("role", role.into())]);
    Status::with_error_details(Code::PermissionDenied, message, details)
}

/// Whoever it is calls too often.
pub(crate) fn called_too_often(wait: Duration, is_stranger: bool) -> Status {
    let message = match is_stranger {
        true => {
            "too many calls without credentials from this address: see limits.requests_per_address_per_second"
        }
        false => "too many calls with these credentials: see limits.calls_per_second",
    };
    later(Code::ResourceExhausted, "TOO_OFTEN", message.into(), wait)
}

/// A customer asked for somebody else's order.
pub(crate) fn not_own_order() -> Status {
    let message = "a CUSTOMER may name its own order only";
    Status::with_error_details(Code::PermissionDenied, message, info("NOT_OWN_ORDER", []))
}

/// Why a code paired nothing.
pub(crate) fn code_refused(refused: CodeRefused) -> Status {
    let message = refused.to_string();
    match refused {
        CodeRefused::Wrong => {
            Status::with_error_details(Code::PermissionDenied, message, info("CODE_REFUSED", []))
        }
        CodeRefused::Wait(wait) => {
            later(Code::ResourceExhausted, "CODE_LOCKED", message, whole_seconds(wait))
        }
        CodeRefused::NoRandomness => internal(&refused),
    }
}

/// Nobody signs certificates here.
pub(crate) fn tls_off() -> Status {
    let message = "there is no certificate to be had: TLS is off";
    Status::with_error_details(Code::FailedPrecondition, message, info("TLS_OFF", []))
}

/// No certificate can be made of that.
pub(crate) fn csr_refused(error: &CsrError) -> Status {
    field("csr", &error.to_string(), error.to_string())
}

/// There are too many codes at the same time.
pub(crate) fn codes_full(full: &CodesFull) -> Status {
    later(Code::ResourceExhausted, "CODES_FULL", full.to_string(), RETRY_FULL)
}

/// A token is shown once.
pub(crate) fn token_shown() -> Status {
    let message =
        "this request has paired a device before, whose token was shown: use another code";
    Status::with_error_details(Code::FailedPrecondition, message, info("TOKEN_SHOWN", []))
}

/// So many PINs of this member were wrong.
pub(crate) fn pin_locked(wait: Duration) -> Status {
    let wait = whole_seconds(wait);
    let message = format!("too many wrong PINs: try again in {} s", wait.as_secs());
    later(Code::ResourceExhausted, "PIN_LOCKED", message, wait)
}

/// A client that counts them down never asks too early.
fn whole_seconds(wait: Duration) -> Duration {
    Duration::from_secs(wait.as_secs() + u64::from(wait.subsec_nanos() > 0))
}

/// So many passwords or PINs of that name, or of all names, were wrong.
pub(crate) fn sign_in_locked(wait: Duration) -> Status {
    let wait = whole_seconds(wait);
    let message = format!("too many wrong passwords: try again in {} s", wait.as_secs());
    later(Code::ResourceExhausted, "SIGN_IN_LOCKED", message, wait)
}

/// Whatever was wrong.
pub(crate) fn sign_in_refused() -> Status {
    let message = "the name, password or PIN is wrong, or a PIN is not enough here";
    Status::with_error_details(Code::PermissionDenied, message, info("SIGN_IN_REFUSED", []))
}

/// A token can't be made.
pub(crate) fn no_randomness() -> Status {
    internal(&CodeRefused::NoRandomness)
}

pub(crate) fn pin_busy() -> Status {
    let message = "too many PINs are being checked".into();
    later(Code::ResourceExhausted, "BUSY", message, RETRY_BUSY)
}

/// Nobody else can wait for a turn to order.
pub(crate) fn room_full() -> Status {
    let message = "the waiting room is full: try again later".into();
    later(Code::ResourceExhausted, "WAITING_ROOM_FULL", message, RETRY_FULL)
}

/// A ticket that is over is forgotten some time later, and all are when the box restarts.
pub(crate) fn ticket_gone(ticket_id: &str) -> Status {
    let mut details = info("NOT_FOUND", []);
    details.set_resource_info("ticket", ticket_id, "", "");
    let message = format!("there is no ticket {ticket_id}: take another");
    Status::with_error_details(Code::NotFound, message, details)
}

/// A failure of the box: the log has the cause, the caller does not need it.
pub(crate) fn internal(error: &(dyn std::error::Error + 'static)) -> Status {
    tracing::error!(error, "a call failed");
    Status::internal("the box failed; its log says why")
}

fn rejected(rejection: &Rejection) -> Status {
    use Rejection as R;
    let message = rejection.to_string();
    let (code, details) = match rejection {
        R::OrderNotFound { order_id } => return not_found("open order", order_id),
        R::MenuItemNotFound { menu_id } => return not_found("menu item", &menu_id.to_string()),
        R::CellNotFound { cell_id } => return not_found("cell", &cell_id.to_string()),
        R::CategoryNotFound { category_id } => {
            return not_found("category", &category_id.to_string());
        }
        R::SettingUnknown { key } => return not_found("setting", key),
        R::SettingInvalid { problem, .. } => return field("value", problem, message),
        R::MenuItemInvalid { problems } => return item_invalid(problems),
        R::StockInvalid { problem } => return field("items", problem, message),
        R::CategoryInvalid { problem } => return field("category", problem, message),
        R::CellInvalid { problem } => return field("cell", problem, message),
        R::OrderInvalid { problem } => return field("items", problem, message),
        R::SeatNotFound { seat_id } => return not_found("seat", seat_id),
        R::SeatInvalid { problem } => return field("seat_id", problem, message),
        R::MessageInvalid { problem } => return field("text", problem, message),
        R::BellInvalid { problem } => return field("seat_id", problem, message),
        R::BellNotFound { bell_id } => return not_found("waiting bell", &bell_id.to_string()),
        R::IncidentNotFound { incident_id } => return not_found("incident", incident_id),
        R::DeviceNotFound { device_id } => return not_found("device", &device_id.to_string()),
        R::StaffNotFound { staff_id } => {
            return not_found("staff member", &staff_id.to_string());
        }
        R::StaffInvalid { problem } => return field("name", problem, message),
        R::NotSignedIn => failed("NOT_SIGNED_IN", []),
        R::SignInStale => (Code::PermissionDenied, info("SIGN_IN_REFUSED", [])),
        R::DeviceInvalid { problem } => return field("name", problem, message),
        R::TicketRefused { .. } => failed("TICKET_REFUSED", []),
        R::Transition { daily_num, from, to } => failed(
            "STATUS",
            [
                ("dailyNum", daily_num.to_string()),
                ("from", from.as_str_name().into()),
                ("to", to.as_str_name().into()),
            ],
        ),
        R::NotRecallable { daily_num, from } => failed(
            "NOT_RECALLABLE",
            [("dailyNum", daily_num.to_string()), ("from", from.as_str_name().into())],
        ),
        R::CancelNeedsStaff { daily_num } => {
            let facts = [("dailyNum", daily_num.to_string())];
            (Code::PermissionDenied, info("CANCEL_NEEDS_STAFF", facts))
        }
        R::OrderClosed { daily_num, status } => failed(
            "ORDER_CLOSED",
            [("dailyNum", daily_num.to_string()), ("status", status.as_str_name().into())],
        ),
        R::NotBegun { daily_num } => failed("NOT_BEGUN", [("dailyNum", daily_num.to_string())]),
        R::LineNotFound { line_id, .. } => return not_found("line", &line_id.to_string()),
        R::LineNamedTwice { .. } => return field("lines", &message.clone(), message),
        R::NoLineAtStation { station, .. } => {
            failed("NO_LINE_AT_STATION", [("station", station.clone())])
        }
        R::LineCancelled { line_id, .. } => {
            failed("LINE_CANCELLED", [("lineId", line_id.to_string())])
        }
        R::LineQuantity { line_id, has, .. } => failed(
            "LINE_QUANTITY",
            [("lineId", line_id.to_string()), ("quantity", has.to_string())],
        ),
        R::LineNeedsStaff { line_id, .. } => {
            (Code::PermissionDenied, info("CANCEL_NEEDS_STAFF", [("lineId", line_id.to_string())]))
        }
        R::SoldOut { menu_id, menu_name } => failed("SOLD_OUT", item(*menu_id, menu_name)),
        R::OutOfStock { menu_id, menu_name, remaining, .. } => {
            let [id, name] = item(*menu_id, menu_name);
            failed("OUT_OF_STOCK", [id, name, ("remaining", remaining.to_string())])
        }
        R::NothingLeft { menu_id, menu_name } => failed("NOTHING_LEFT", item(*menu_id, menu_name)),
        R::NotCounted { menu_id, menu_name } => failed("NOT_COUNTED", item(*menu_id, menu_name)),
        R::NotAvailable { menu_id, menu_name, when } => {
            let [id, name] = item(*menu_id, menu_name);
            failed("NOT_AVAILABLE", [id, name, ("available", when.clone())])
        }
        R::CategoryInUse { category_id, items, .. } => failed(
            "CATEGORY_IN_USE",
            [("categoryId", category_id.to_string()), ("items", items.clone())],
        ),
        R::StationInUse { station, items } => {
            failed("STATION_IN_USE", [("station", station.clone()), ("items", items.clone())])
        }
        R::OptionSoldOut { menu_id, menu_name, option_id, option_name } => {
            let [id, name] = item(*menu_id, menu_name);
            let option = ("optionId", option_id.to_string());
            failed("OPTION_SOLD_OUT", [id, name, option, ("optionName", option_name.clone())])
        }
        R::OptionUnknown { menu_id, menu_name, option_id } => {
            let [id, name] = item(*menu_id, menu_name);
            failed("OPTION_UNKNOWN", [id, name, ("optionId", option_id.to_string())])
        }
        R::OptionCount { menu_id, menu_name, group, min, max, .. } => {
            let [id, name] = item(*menu_id, menu_name);
            let (min, max) = (("min", min.to_string()), ("max", max.to_string()));
            failed("OPTION_COUNT", [id, name, ("group", group.clone()), min, max])
        }
        R::TotalChanged { actual, .. } => failed("TOTAL_CHANGED", [("total", actual.to_string())]),
        R::TotalTooLarge { max } => failed("TOTAL_TOO_LARGE", [("max", max.to_string())]),
        R::InsufficientBalance { cell_id, available, .. } => failed(
            "INSUFFICIENT_BALANCE",
            [("cellId", cell_id.to_string()), ("available", available.to_string())],
        ),
        R::BalanceOutOfRange { cell_id, .. } => {
            failed("BALANCE_OUT_OF_RANGE", [("cellId", cell_id.to_string())])
        }
        R::CreditInUse { balance, .. } => {
            failed("CREDIT_IN_USE", [("balance", balance.to_string())])
        }
        R::CellArchived { cell_id, .. } => {
            failed("CELL_ARCHIVED", [("cellId", cell_id.to_string())])
        }
        R::CellMemberNotFound { cell_id, member_id, .. } => {
            return not_found("cell member", &format!("{cell_id}/{member_id}"));
        }
        R::PinRequired { cell_id, .. } => failed("PIN_REQUIRED", [("cellId", cell_id.to_string())]),
        R::PinWrong { cell_id, .. } => {
            (Code::PermissionDenied, info("PIN_WRONG", [("cellId", cell_id.to_string())]))
        }
        R::SeatHeld { seat_id, holder, expires_at } => {
            let facts = [
                ("seatId", seat_id.clone()),
                ("holder", holder.clone()),
                ("expiresAt", expires_at.to_string()),
            ];
            (Code::AlreadyExists, info("SEAT_HELD", facts))
        }
        R::SeatOccupied { seat_id, order_id } => {
            failed("SEAT_OCCUPIED", [("seatId", seat_id.clone()), ("orderId", order_id.clone())])
        }
        R::SeatFree { seat_id } => failed("SEAT_FREE", [("seatId", seat_id.clone())]),
        R::KioskInactive => failed("KIOSK_INACTIVE", []),
        R::Closed { opens_at } => opens("CLOSED", *opens_at),
        R::Holiday { opens_at } => opens("HOLIDAY", *opens_at),
        R::LastOrder { opens_at } => opens("LAST_ORDER", *opens_at),
        R::ExternalIdUsed { order_id, .. } => {
            (Code::AlreadyExists, info("EXTERNAL_ID_USED", [("orderId", order_id.clone())]))
        }
        R::DayClosed { number } => {
            (Code::Aborted, info("DAY_CLOSED", [("number", number.to_string())]))
        }
        R::TooMany { max, .. } => (Code::OutOfRange, info("TOO_MANY", [("max", max.to_string())])),
    };
    Status::with_error_details(code, message, details)
}

fn failed<const N: usize>(reason: &str, facts: [(&str, String); N]) -> (Code, ErrorDetails) {
    (Code::FailedPrecondition, info(reason, facts))
}

/// For people and for programs.
fn item(menu_id: i32, menu_name: &str) -> [(&'static str, String); 2] {
    [("menuId", menu_id.to_string()), ("menuName", menu_name.into())]
}

/// `opensAt` is left out when that is not known.
fn opens(reason: &str, opens_at: Option<Timestamp>) -> (Code, ErrorDetails) {
    let facts = opens_at.map(|at| ("opensAt".into(), at.to_string()));
    let facts: HashMap<String, String> = facts.into_iter().collect();
    (Code::FailedPrecondition, ErrorDetails::with_error_info(reason, DOMAIN, facts))
}

fn field(name: &str, problem: &str, message: String) -> Status {
    let mut details = info("INVALID", []);
    details.add_bad_request_violation(name, problem);
    Status::with_error_details(Code::InvalidArgument, message, details)
}

/// Names go into these texts, and both go into headers, of which a client takes 16 KiB: these come to 11
/// at most.
const ITEM_PROBLEMS_MAX: usize = 8;
const ITEM_PROBLEM_CHARS_MAX: usize = 100;

fn item_invalid(problems: &[ItemProblem]) -> Status {
    let told = problems.iter().take(ITEM_PROBLEMS_MAX).map(|ItemProblem { place, problem }| {
        let place = place.to_string();
        let field = if place.is_empty() { "item".into() } else { format!("item.{place}") };
        (field, problem.chars().take(ITEM_PROBLEM_CHARS_MAX).collect())
    });
    invalid(told.collect(), problems.len().saturating_sub(ITEM_PROBLEMS_MAX))
}

fn later(code: Code, reason: &str, message: String, wait: Duration) -> Status {
    let mut details = info(reason, []);
    details.set_retry_info(Some(wait));
    Status::with_error_details(code, message, details)
}

fn info<const N: usize>(reason: &str, facts: [(&str, String); N]) -> ErrorDetails {
    let facts: HashMap<String, String> =
        facts.into_iter().map(|(name, fact)| (name.into(), fact)).collect();
    ErrorDetails::with_error_info(reason, DOMAIN, facts)
}
