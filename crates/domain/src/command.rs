use kiosk_proto::{
    Timestamp,
    v1::{
        DayReport, MenuCategory, MenuItem, RestockCount, StockCount,
        fulfilment::Value as Fulfilment, order_source::Value as OrderSource,
        order_status::Value as OrderStatus, pay_type::Value as PayType, role::Value as Role,
    },
};

use crate::{
    BellCommand, DeviceCommand, ImportItem, LineChoice, MemberClaim, PartWish, SeatCommand,
    SecretChange, StaffCommand,
    limits::{MONEY_MAX, QUANTITY_MAX},
};

/// What a command needs from outside of the rules.
#[derive(Debug, Clone, PartialEq)]
pub struct Stamp {
    /// The box's time when the command was taken.
    pub now: Timestamp,
    /// Makes the last part of an order's id.
    pub random: u64,
    /// Who asks.
    pub actor: Actor,
}

/// Who asks for a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// Decides what the actor may do.
    pub role: Role,
    /// 0 for a device.
    pub id: i32,
    /// As shown in `updatedBy`.
    pub name: String,
}

impl Actor {
    /// People behind the counter, and the till they stand at.
    pub fn is_staff(&self) -> bool {
        matches!(self.role, Role::Admin | Role::Staff | Role::Pos)
    }
}

/// Everything that may change the state. The fields are already well-formed; whether the command
/// is possible, [`decide`](crate::decide()) says.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Places an order.
    PlaceOrder(PlaceOrder),
    /// One step forward.
    SetOrderStatus {
        /// Which order.
        order_id: String,
        /// The next status.
        status: OrderStatus,
    },
    /// One step back.
    RecallOrder {
        /// Which order.
        order_id: String,
    },
    /// Cancels and refunds.
    CancelOrder {
        /// Which order.
        order_id: String,
        /// For people; may be empty.
        reason: String,
    },
    /// Lines are done.
    BumpLines {
        /// Which order.
        order_id: String,
        /// Which of its lines.
        lines: LineChoice,
    },
    /// Lines that were done wait again.
    RecallLines {
        /// Which order.
        order_id: String,
        /// Which of its lines.
        lines: LineChoice,
    },
    /// Puts an order before the others, or back among them.
    SetPriority {
        /// Which order.
        order_id: String,
        /// What it is from now on.
        is_priority: bool,
    },
    /// Cancels a part of an order and refunds it.
    CancelLines {
        /// Which order.
        order_id: String,
        /// Which of its lines, and how many of each.
        parts: Vec<PartWish>,
        /// For people; may be empty.
        reason: String,
    },
    /// Has lines made again.
    RemakeLines {
        /// Which order.
        order_id: String,
        /// Which of its lines, and how many of each.
        parts: Vec<PartWish>,
        /// For people; may be empty.
        reason: String,
    },
    /// Adds lines to a placed order.
    AddToOrder {
        /// Which order.
        order_id: String,
        /// At least one.
        items: Vec<ItemWish>,
        /// The order's total with them that the client showed.
        expected_total: Option<i32>,
    },
    /// Creates (id 0) or replaces a menu item.
    PutMenuItem(MenuItem),
    /// Takes an item off the menu.
    DeleteMenuItem {
        /// Which item.
        menu_id: i32,
    },
    /// Marks an item as sold out, or not.
    SetSoldOut {
        /// Which item.
        menu_id: i32,
        /// What it is from now on.
        is_sold_out: bool,
    },
    /// Marks one option of an item as sold out, or not.
    SetOptionSoldOut {
        /// Which item.
        menu_id: i32,
        /// Which option of it.
        option_id: i32,
        /// What it is from now on.
        is_sold_out: bool,
    },
    /// Counts stock anew; each item once.
    SetStock(Vec<StockCount>),
    /// Adds to what is left; each item once.
    Restock(Vec<RestockCount>),
    /// Gives an item a picture, or none.
    SetMenuImage {
        /// Which item.
        menu_id: i32,
        /// The hash that names it; empty: none.
        image: String,
    },
    /// Puts many categories, then many items: all of them or none.
    ImportMenu {
        /// As for [`Command::PutMenuCategory`].
        categories: Vec<MenuCategory>,
        /// As for [`Command::PutMenuItem`], but for the fields that are absent.
        items: Vec<ImportItem>,
    },
    /// Creates (id 0) or replaces a category.
    PutMenuCategory(MenuCategory),
    /// Removes a category that no item is in.
    DeleteMenuCategory {
        /// Which category.
        category_id: i32,
    },
    /// Creates (id 0) or changes a cell.
    PutCell {
        /// 0: the next free id.
        cell_id: i32,
        /// Shown with orders.
        name: String,
        /// How far below 0 the balance may go.
        credit_limit: i32,
    },
    /// Prepays points.
    ChargeCell {
        /// Which cell.
        cell_id: i32,
        /// How many.
        amount: Amount,
        /// For people; may be empty.
        reason: String,
    },
    /// Gives points back outside of a cancellation.
    RefundCell {
        /// Which cell.
        cell_id: i32,
        /// How many.
        amount: Amount,
        /// For people.
        reason: String,
    },
    /// Corrects a balance.
    AdjustCell {
        /// Which cell.
        cell_id: i32,
        /// By how many, up or down.
        amount: Adjustment,
        /// For people.
        reason: String,
    },
    /// Moves points from one cell to another.
    TransferPoints {
        /// Has them.
        from_cell_id: i32,
        /// Gets them.
        to_cell_id: i32,
        /// How many.
        amount: Amount,
        /// For people.
        reason: String,
    },
    /// Takes a cell out of use, or back into it.
    ArchiveCell {
        /// Which cell.
        cell_id: i32,
        /// What it is from now on.
        is_archived: bool,
    },
    /// Adds someone to a cell (id 0), or changes their name or PIN.
    PutCellMember {
        /// Which cell.
        cell_id: i32,
        /// 0: the cell's next id.
        member_id: i32,
        /// Shown at the kiosk.
        name: String,
        /// What becomes of the PIN.
        pin: SecretChange,
    },
    /// Takes someone out of a cell.
    DeleteCellMember {
        /// Which cell.
        cell_id: i32,
        /// Who.
        member_id: i32,
    },
    /// Tables and seats.
    Seat(SeatCommand),
    /// Staff tell each other something.
    SendMessage {
        /// One of [`MESSAGE_ROOMS`](crate::MESSAGE_ROOMS).
        room: String,
        /// What is said.
        text: String,
        /// Who says it; empty: who asks.
        sender: String,
    },
    /// The bell that calls staff to a table.
    Bell(BellCommand),
    /// Devices, and the record of what they do.
    Device(DeviceCommand),
    /// Who may sign in, and who does.
    Staff(StaffCommand),
    /// Closes the day with this report, which [`Tally`](crate::Tally) made: refused if the day was
    /// closed since.
    CloseDay(Box<DayReport>),
    /// What the clock has ended, ends: asked by the box itself.
    TimeOut,
    /// Something that is watched is not as it must be.
    StartIncident(WatchedFault),
    /// It is again, or somebody has dealt with it.
    ResolveIncident {
        /// The one that was started.
        incident_id: String,
    },
    /// Changes a setting.
    SetSetting {
        /// One of the known keys.
        key: String,
        /// Its text.
        value: String,
    },
}

/// What is wrong, and with what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WatchedFault {
    /// Names it.
    pub incident_id: String,
    /// What is watched.
    pub endpoint_id: String,
    /// For people.
    pub endpoint_name: String,
    /// What happened, in words.
    pub reason: String,
}

/// An order as the client wishes it.
#[derive(Debug, Clone, PartialEq)]
pub struct PlaceOrder {
    /// At least one.
    pub items: Vec<ItemWish>,
    /// How it is paid.
    pub pay_type: PayType,
    /// The cell that pays: with `CELL` and only then.
    pub cell_id: Option<i32>,
    /// Who of the cell orders.
    pub member: Option<MemberClaim>,
    /// Eaten here or taken away.
    pub fulfilment: Fulfilment,
    /// For the kitchen.
    pub note: String,
    /// Where it is served; may be empty.
    pub table: String,
    /// The buzzer the customer holds; may be empty.
    pub buzzer_id: String,
    /// Where it was placed.
    pub source: OrderSource,
    /// The POS's own number; may be empty.
    pub external_id: String,
    /// The total that the client showed.
    pub expected_total: Option<i32>,
    /// The seat of the plan that it occupies; empty: none, unless `table` names one.
    pub seat_id: String,
    /// Whose hold of that seat counts as its own; empty: who asks.
    pub seat_holder: String,
    /// Whether it is its customer's turn to order.
    pub ticket: TicketClaim,
}

/// What came of the ticket of the waiting room, which the rules know nothing of. An order that was
/// placed before is answered again, though its ticket is used up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum TicketClaim {
    /// It came without one, which is allowed.
    #[default]
    Absent,
    /// It may be placed.
    Admitted,
    /// It may not, because of that.
    Refused(&'static str),
}

impl PlaceOrder {
    /// By who asks, too: a kiosk that calls itself something else is still a kiosk.
    pub fn is_of_kiosk(&self, actor: &Actor) -> bool {
        self.source == OrderSource::Kiosk || actor.role == Role::Kiosk
    }
}

/// One line of a wished order.
#[derive(Debug, Clone, PartialEq)]
pub struct ItemWish {
    /// Which item.
    pub menu_id: i32,
    /// How many.
    pub quantity: Quantity,
    /// With what.
    pub options: Vec<OptionWish>,
    /// For the kitchen.
    pub note: String,
}

/// One chosen option.
#[derive(Debug, Clone, PartialEq)]
pub struct OptionWish {
    /// Which option of the item.
    pub option_id: i32,
    /// How many of it for each item.
    pub quantity: Quantity,
}

/// From 1 to [`QUANTITY_MAX`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quantity(i32);

impl Quantity {
    /// None when out of bounds.
    pub fn new(count: i32) -> Option<Self> {
        (1..=QUANTITY_MAX).contains(&count).then_some(Self(count))
    }

    /// The number.
    pub fn get(self) -> i32 {
        self.0
    }
}

/// Points, from 1 to [`MONEY_MAX`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Amount(i32);

impl Amount {
    /// None when out of bounds.
    pub fn new(points: i32) -> Option<Self> {
        (1..=MONEY_MAX).contains(&points).then_some(Self(points))
    }

    /// The number.
    pub fn get(self) -> i32 {
        self.0
    }
}

/// Points up or down, not 0, up to [`MONEY_MAX`] either way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Adjustment(i32);

impl Adjustment {
    /// None when out of bounds.
    pub fn new(points: i32) -> Option<Self> {
        (points != 0 && points.unsigned_abs() <= MONEY_MAX.unsigned_abs()).then_some(Self(points))
    }

    /// The number.
    pub fn get(self) -> i32 {
        self.0
    }
}
