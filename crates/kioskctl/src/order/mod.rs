mod item;
mod lines;
mod view;

use clap::{
    Args, Subcommand,
    builder::{PossibleValuesParser, TypedValueParser as _},
};
use kiosk_proto::v1::{
    CancelOrderRequest, GetOrderRequest, ListOrdersRequest, ListOrdersResponse, Order,
    PlaceOrderRequest, SetOrderStatusRequest, fulfilment, order_service_client::OrderServiceClient,
    order_source, order_status, pay_type,
};

pub(crate) use self::view::{
    item_summary, items_added, lines_cancelled, lines_changed, lines_remade, order_table,
    priority_changed, table_changed,
};
use self::{
    item::Item,
    lines::{AddArgs, LinesArgs, PartsArgs},
};
use crate::{cli::Mutation, client::Client, failure::Failure, output::Output};

/// The contract's largest page.
const PAGE_SIZE_MAX: i32 = 200;

#[derive(Debug, Subcommand)]
pub(crate) enum OrderCommand {
    /// Place an order; the box prices it.
    Place(Box<PlaceArgs>),
    /// One business day's orders.
    List(ListArgs),
    /// Everything about one order.
    Show { order_id: String },
    /// Move an order one step forward.
    Status {
        order_id: String,
        /// The status to reach.
        #[arg(ignore_case = true, value_parser = status_parser(&["making", "ready", "completed"]))]
        status: order_status::Value,
        #[command(flatten)]
        mutation: Mutation,
    },
    /// Lines are done: some, a station's, or all of the order.
    Bump(LinesArgs),
    /// Take an order one step back, or some of its lines: they were bumped too early.
    Recall(LinesArgs),
    /// Put an order before the others.
    Priority {
        order_id: String,
        /// Back among the others.
        #[arg(long)]
        off: bool,
        #[command(flatten)]
        mutation: Mutation,
    },
    /// Add items to an order; the kitchen sees them as ADD-ON.
    Add(AddArgs),
    /// Have lines made again, or some of their quantity.
    Remake(PartsArgs),
    /// Cancel lines, or some of their quantity; cell points are given back.
    CancelLines(PartsArgs),
    /// Cancel an order; cell points are given back.
    Cancel {
        order_id: String,
        /// Why, for the record.
        #[arg(long, default_value = "", hide_default_value = true)]
        reason: String,
        #[command(flatten)]
        mutation: Mutation,
    },
}

#[derive(Debug, Args)]
pub(crate) struct PlaceArgs {
    /// `MENU_ID[xQUANTITY][+OPTION_ID...]`, such as `1x2+2`: two of item 1, each with option 2.
    #[arg(required = true, value_name = "ITEM")]
    items: Vec<Item>,
    /// How it is paid; `card`, or `cell` when --cell is given.
    #[arg(long, ignore_case = true, value_parser = pay_parser())]
    pay: Option<pay_type::Value>,
    /// The cell whose points pay.
    #[arg(long, value_name = "CELL_ID", required_if_eq("pay", "cell"))]
    cell: Option<i32>,
    /// Who of the cell orders.
    #[arg(long, value_name = "MEMBER_ID", requires = "cell")]
    member: Option<i32>,
    /// To be taken out; otherwise it stays in.
    #[arg(long)]
    take_out: bool,
    /// The table it is brought to.
    #[arg(long, default_value = "", hide_default_value = true)]
    table: String,
    /// The seat of the plan that it occupies.
    #[arg(long, default_value = "", value_name = "SEAT_ID", hide_default_value = true)]
    seat: String,
    /// Who holds that seat until then.
    #[arg(
        long,
        default_value = "",
        requires = "seat",
        value_name = "NAME",
        hide_default_value = true
    )]
    seat_holder: String,
    /// The buzzer the customer holds.
    #[arg(long, default_value = "", value_name = "BUZZER_ID", hide_default_value = true)]
    buzzer: String,
    /// What whoever makes it should know.
    #[arg(long, default_value = "", hide_default_value = true)]
    note: String,
    /// The POS's own number.
    #[arg(long, default_value = "", hide_default_value = true)]
    external_id: String,
    /// The total that the customer was told; the order is refused when it no longer agrees.
    #[arg(long, value_name = "AMOUNT")]
    expect_total: Option<i32>,
    #[command(flatten)]
    mutation: Mutation,
}

#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    /// `YYYY-MM-DD`; the current business day if not given.
    #[arg(long, default_value = "", hide_default_value = true)]
    date: String,
    /// Only orders in this status; may be given several times.
    #[arg(
        long,
        ignore_case = true,
        value_parser = status_parser(&["pending", "making", "ready", "completed", "cancelled"])
    )]
    status: Vec<order_status::Value>,
    /// At most so many, rounded up to a page of 200.
    #[arg(long, default_value = "1000", value_name = "ORDERS")]
    limit: usize,
}

pub(crate) async fn run(
    command: OrderCommand,
    client: &Client,
    output: Output,
) -> Result<(), Failure> {
    match command {
        OrderCommand::Place(args) => place(*args, client, output).await,
        OrderCommand::List(args) => list(args, client, output).await,
        OrderCommand::Show { order_id } => show(order_id, client, output).await,
        OrderCommand::Status { order_id, status, mutation } => {
            let request_id = mutation.request_id();
            let request = SetOrderStatusRequest {
                request_id: request_id.clone(),
                order_id,
                status: status.into(),
            };
            let call = async |channel, request| {
                OrderServiceClient::new(channel).set_order_status(request).await
            };
            let answer = client.mutate(&request_id, request, call).await?;
            output.message(&answer, view::status_answer)
        }
        OrderCommand::Bump(args) => lines::bump(args, client, output).await,
        OrderCommand::Recall(args) => lines::recall(args, client, output).await,
        OrderCommand::Priority { order_id, off, mutation } => {
            lines::priority(order_id, !off, mutation, client, output).await
        }
        OrderCommand::Add(args) => lines::add(args, client, output).await,
        OrderCommand::Remake(args) => lines::remake(args, client, output).await,
        OrderCommand::CancelLines(args) => lines::cancel(args, client, output).await,
        OrderCommand::Cancel { order_id, reason, mutation } => {
            let request_id = mutation.request_id();
            let request = CancelOrderRequest { request_id: request_id.clone(), order_id, reason };
            let call = async |channel, request| {
                OrderServiceClient::new(channel).cancel_order(request).await
            };
            let answer = client.mutate(&request_id, request, call).await?;
            output.message(&answer, view::cancel_answer)
        }
    }
}

async fn place(args: PlaceArgs, client: &Client, output: Output) -> Result<(), Failure> {
    let by_default =
        if args.cell.is_some() { pay_type::Value::Cell } else { pay_type::Value::Card };
    let fulfilment =
        if args.take_out { fulfilment::Value::TakeOut } else { fulfilment::Value::DineIn };
    let request_id = args.mutation.request_id();
    let request = PlaceOrderRequest {
        request_id: request_id.clone(),
        items: args.items.into_iter().map(Into::into).collect(),
        pay_type: args.pay.unwrap_or(by_default).into(),
        cell_id: args.cell,
        fulfilment: fulfilment.into(),
        note: args.note,
        table: args.table,
        buzzer_id: args.buzzer,
        source: order_source::Value::Staff.into(),
        external_id: args.external_id,
        expected_total: args.expect_total,
        cell_member_id: args.member,
        cell_pin: String::new(),
        seat_id: args.seat,
        seat_holder: args.seat_holder,
        queue_ticket: String::new(),
    };
    let call = async |channel, request| OrderServiceClient::new(channel).place_order(request).await;
    let answer = client.mutate(&request_id, request, call).await?;
    output.message(&answer, |answer| view::order_details(answer.order.as_ref()))
}

async fn show(order_id: String, client: &Client, output: Output) -> Result<(), Failure> {
    let call = async |channel, request| OrderServiceClient::new(channel).get_order(request).await;
    let answer = client.call(GetOrderRequest { order_id }, call).await?;
    output.message(&answer, |answer| view::order_details(answer.order.as_ref()))
}

/// Fetches page after page into one answer, whose page token tells when the limit cut it.
async fn list(args: ListArgs, client: &Client, output: Output) -> Result<(), Failure> {
    let mut request = ListOrdersRequest {
        business_date: args.date,
        statuses: args.status.into_iter().map(Into::into).collect(),
        page_size: PAGE_SIZE_MAX,
        page_token: String::new(),
    };
    let mut orders: Vec<Order> = Vec::new();
    let answer = loop {
        let call =
            async |channel, request| OrderServiceClient::new(channel).list_orders(request).await;
        let page: ListOrdersResponse = client.call(request.clone(), call).await?;
        orders.extend_from_slice(&page.orders);
        if page.next_page_token.is_empty() || orders.len() >= args.limit {
            break ListOrdersResponse { orders, ..page };
        }
        // The day as the box names it: it must not change between two pages.
        request.business_date = page.business_date;
        request.page_token = page.next_page_token;
    };
    if !answer.next_page_token.is_empty() {
        eprintln!("kioskctl: the first {} orders; more with --limit", answer.orders.len());
    }
    output.message(&answer, |answer| order_table(&answer.orders))
}

fn status_parser(
    names: &'static [&'static str],
) -> impl clap::builder::TypedValueParser<Value = order_status::Value> {
    PossibleValuesParser::new(names).try_map(|name| {
        order_status::Value::from_str_name(&name.to_uppercase()).ok_or("not a status")
    })
}

fn pay_parser() -> impl clap::builder::TypedValueParser<Value = pay_type::Value> {
    PossibleValuesParser::new(["card", "cash", "cell", "transfer", "external"]).try_map(|name| {
        pay_type::Value::from_str_name(&name.to_uppercase()).ok_or("not a way to pay")
    })
}
