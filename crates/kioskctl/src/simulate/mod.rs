//! A café's day, played on a real box: customers at kiosks and a till, a crew that makes what they
//! order, guests at the tables, and what the staff does beside.
//!
//! The seed fixes who comes when and wants what. What becomes of it also depends on the box and on
//! how the actors' calls interleave, as on a real day.

mod board;
mod cafe;
mod clock;
mod crew;
mod customer;
mod day;
mod errand;
mod expo;
mod feed;
mod hall;
mod hall_calls;
mod kitchen;
mod load;
mod order_calls;
mod purse;
mod report;
mod tables;
mod visit;

use std::{
    iter,
    sync::{Arc, Mutex, PoisonError},
};

use clap::Args;
use kiosk_proto::v1::{
    GetSnapshotRequest, GetSnapshotResponse, ListCellMembersRequest,
    cell_service_client::CellServiceClient, event_service_client::EventServiceClient,
};
use tokio::task::JoinSet;

use self::{
    board::Board,
    cafe::Cafe,
    clock::{Clock, Pace, parse_speed},
    day::{Day, Wishes},
    load::Load,
    purse::Purse,
    report::Report,
    visit::Payer,
};
use crate::{client::Client, failure::Failure, output::Output};

#[derive(Debug, Args)]
pub(crate) struct SimulateArgs {
    /// Who comes when and wants what: the same number plans the same day.
    #[arg(long, default_value = "1")]
    seed: u64,
    /// How many customers come between eight and eight.
    #[arg(long, default_value = "300", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    customers: u32,
    /// Simulated seconds in a second, or `max`: as fast as the box answers.
    #[arg(long, default_value = "60", value_name = "TIMES", value_parser = parse_speed)]
    speed: Pace,
    /// Kiosks that customers stand at, one at a time.
    #[arg(long, default_value = "3", value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000))]
    kiosks: u32,
    /// People who make what is ordered, each at a station, or at several when they are few.
    #[arg(long, default_value = "4", value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000))]
    baristas: u32,
    /// gRPC connections that all of them share.
    #[arg(long, default_value = "2", value_name = "N", value_parser = clap::value_parser!(u32).range(1..=200))]
    connections: u32,
    /// The PIN of members of cells, where they have one: the demo's.
    #[arg(long, default_value = "4711", value_name = "PIN")]
    member_pin: String,
}

pub(crate) async fn run(args: SimulateArgs, client: Client, output: Output) -> Result<(), Failure> {
    let call = async |channel, ask| EventServiceClient::new(channel).get_snapshot(ask).await;
    let now = client.call(GetSnapshotRequest {}, call).await?;
    let payers = payers(&client, &now).await?;
    let wishes = Wishes { customers: args.customers, kiosks: args.kiosks };
    let day = Day::plan(args.seed, wishes, &now, &payers)?;
    let stations = stations(&now);
    let members = payers.iter().filter_map(|payer| Some((payer.cell_id, payer.member_id?)));
    let more = iter::repeat_with(|| client.another()).take(args.connections as usize - 1);
    let clients = more.collect::<Vec<_>>();
    let cafe = Arc::new(Cafe {
        clients: iter::once(client).chain(clients).collect(),
        next_client: 0.into(),
        clock: Clock::start(args.speed),
        board: Board::new(&now, stations.clone()),
        purse: Purse::new(args.member_pin, members),
        report: Mutex::default(),
        load: Mutex::new(Load::default()),
    });
    let feed = tokio::spawn(feed::follow(Arc::clone(&cafe), now.position.unwrap_or_default()));
    let crew = crew::start(&cafe, args.baristas, &stations, args.seed);
    play(&cafe, day).await?;
    // Who waited for an order has it: nobody needs the crew any more.
    drop(crew);
    feed.abort();
    let mut report = cafe.report.lock().unwrap_or_else(PoisonError::into_inner);
    report.seconds = cafe.clock.elapsed().as_secs_f64();
    let load = cafe.load.lock().unwrap_or_else(PoisonError::into_inner);
    report.load = load.report(report.orders(), report.seconds);
    output.message(&*report, Report::table)
}

/// Until the last customer has left and the last errand is done.
async fn play(cafe: &Arc<Cafe>, day: Day) -> Result<(), Failure> {
    let mut actors = JoinSet::new();
    for (place, queue) in day.queues.into_iter().enumerate() {
        actors.spawn(customer::serve(Arc::clone(cafe), place + 1, queue));
    }
    actors.spawn(errand::run(Arc::clone(cafe), day.errands));
    while let Some(ended) = actors.join_next().await {
        ended.map_err(|error| Failure::Check(format!("an actor failed: {error}")))??;
    }
    Ok(())
}

/// Who can pay with points at a kiosk: of a cell with PINs, those who have one.
async fn payers(client: &Client, now: &GetSnapshotResponse) -> Result<Vec<Payer>, Failure> {
    let mut payers = Vec::new();
    for cell_id in now.cells.iter().map(|cell| cell.cell_id) {
        let call =
            async |channel, ask| CellServiceClient::new(channel).list_cell_members(ask).await;
        let answer = client.call(ListCellMembersRequest { cell_id }, call).await?;
        if answer.needs_pin {
            let able = answer.members.iter().filter(|member| member.has_pin);
            payers.extend(able.map(|it| Payer { cell_id, member_id: Some(it.member_id) }));
        } else {
            payers.push(Payer { cell_id, member_id: None });
        }
    }
    Ok(payers)
}

/// Where things are made, at least one.
fn stations(now: &GetSnapshotResponse) -> Vec<String> {
    let setting = now.settings.iter().find(|setting| setting.key == "stations");
    let named = setting.map_or("", |setting| &setting.value);
    named.split(',').map(str::to_owned).collect()
}
