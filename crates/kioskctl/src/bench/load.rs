use std::{
    collections::BTreeMap,
    hash::{DefaultHasher, Hash as _, Hasher as _},
    num::{NonZeroU32, NonZeroU64},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use clap::Args;
use kiosk_proto::{
    code_name,
    v1::{
        MenuItem, PlaceOrderItem, PlaceOrderOption, PlaceOrderRequest, fulfilment,
        order_service_client::OrderServiceClient, order_source, pay_type,
    },
};
use tokio::{
    task::JoinSet,
    time::{Instant, sleep_until},
};
use tonic::Request;
use uuid::Uuid;

use crate::{
    client::{Client, Connection},
    failure::Failure,
};

#[derive(Debug, Clone, Args)]
pub(crate) struct Load {
    /// How many orders to place.
    #[arg(long, default_value = "1000", value_name = "N")]
    pub(super) orders: NonZeroU32,
    /// Orders a second, or `max`: as many as are answered.
    #[arg(long, default_value = "max", value_name = "R", value_parser = parse_rate)]
    rate: Rate,
    /// gRPC connections that place them.
    #[arg(long, default_value = "2", value_name = "C", value_parser = clap::value_parser!(u32).range(1..=1000))]
    clients: u32,
    /// Orders that each connection has under way at once.
    #[arg(long, default_value = "16", value_name = "K", value_parser = clap::value_parser!(u32).range(1..=1000))]
    in_flight: u32,
}

/// Orders a second.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Rate {
    Max,
    PerSecond(NonZeroU64),
}

/// What became of the orders.
pub(super) struct LoadResult {
    /// The acknowledged ones.
    pub(super) placed: Vec<Placed>,
    /// How many were not, by gRPC code.
    pub(super) refused: BTreeMap<&'static str, u64>,
    /// From the first request to the last answer.
    pub(super) took: Duration,
}

/// An acknowledged order.
pub(super) struct Placed {
    pub(super) order: OrderKey,
    pub(super) asked: Instant,
    pub(super) answered: Instant,
}

/// An order id's hash: tells millions of orders apart at 8 bytes each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct OrderKey(u64);

impl OrderKey {
    pub(super) fn of(order_id: &str) -> Self {
        let mut hasher = DefaultHasher::new();
        order_id.hash(&mut hasher);
        Self(hasher.finish())
    }
}

impl Load {
    /// Places the orders.
    ///
    /// With a rate, order `i` is sent at `i / rate`, or late when all are busy: the rate reached
    /// then falls short of the one asked for.
    pub(super) async fn run(
        &self,
        client: &Client,
        menu: Vec<PlaceOrderItem>,
    ) -> Result<LoadResult, Failure> {
        // Connected before the clock starts.
        let mut channels = Vec::new();
        for _ in 0..self.clients {
            channels.push(client.separate_channel().await?);
        }
        let work = Arc::new(Work {
            orders: self.orders.get().into(),
            rate: self.rate,
            menu,
            timeout: client.timeout(),
            start: Instant::now(),
            next: AtomicU64::new(0),
        });
        let mut workers = JoinSet::new();
        for channel in channels {
            for _ in 0..self.in_flight {
                workers.spawn(work.clone().place_orders(channel.clone()));
            }
        }
        let mut all = LoadResult { placed: vec![], refused: BTreeMap::new(), took: Duration::ZERO };
        for part in workers.join_all().await {
            all.placed.extend(part.placed);
            for (code, count) in part.refused {
                *all.refused.entry(code).or_default() += count;
            }
        }
        all.took = work.start.elapsed();
        Ok(all)
    }
}

/// What all workers share.
struct Work {
    orders: u64,
    rate: Rate,
    menu: Vec<PlaceOrderItem>,
    timeout: Duration,
    start: Instant,
    /// The next order to place.
    next: AtomicU64,
}

impl Work {
    /// Places one order after the other until all are taken.
    async fn place_orders(self: Arc<Self>, channel: Connection) -> LoadResult {
        let mut service = OrderServiceClient::new(channel);
        let mut result =
            LoadResult { placed: vec![], refused: BTreeMap::new(), took: Duration::ZERO };
        loop {
            let number = self.next.fetch_add(1, Ordering::Relaxed);
            if number >= self.orders {
                return result;
            }
            if let Rate::PerSecond(rate) = self.rate {
                sleep_until(self.start + due(number, rate)).await;
            }
            let mut request = Request::new(self.order(number));
            request.set_timeout(self.timeout);
            let asked = Instant::now();
            let refused = match service.place_order(request).await {
                Ok(answer) => match answer.into_inner().order {
                    Some(order) => {
                        let order = OrderKey::of(&order.order_id);
                        result.placed.push(Placed { order, asked, answered: Instant::now() });
                        continue;
                    }
                    None => "ANSWER_WITHOUT_ORDER",
                },
                Err(status) => code_name(status.code()),
            };
            *result.refused.entry(refused).or_default() += 1;
        }
    }

    /// One to three items, so that the whole menu has its turn.
    fn order(&self, number: u64) -> PlaceOrderRequest {
        let first = (number % self.menu.len() as u64) as usize;
        let count = 1 + (number / self.menu.len() as u64 % 3) as usize;
        PlaceOrderRequest {
            request_id: Uuid::new_v4().to_string(),
            items: self.menu.iter().cycle().skip(first).take(count).cloned().collect(),
            pay_type: pay_type::Value::Card.into(),
            fulfilment: fulfilment::Value::TakeOut.into(),
            source: order_source::Value::Pos.into(),
            ..Default::default()
        }
    }
}

/// What of the menu can be ordered any number of times, with the fewest options allowed.
pub(super) fn orderable(menu: &[MenuItem]) -> Result<Vec<PlaceOrderItem>, Failure> {
    let items: Vec<_> = menu
        .iter()
        .filter(|item| !item.is_sold_out && item.remaining.is_none())
        .map(|item| PlaceOrderItem {
            menu_id: item.menu_id,
            quantity: 1,
            options: item.option_groups.iter().flat_map(fewest_options).collect(),
            note: String::new(),
        })
        .collect();
    if items.is_empty() {
        return Err(Failure::Usage(
            "the menu has no item that is on sale with its stock not counted".into(),
        ));
    }
    Ok(items)
}

/// The group's first options, each once; the last one more often when there are too few.
fn fewest_options(group: &kiosk_proto::v1::OptionGroup) -> Vec<PlaceOrderOption> {
    let min = usize::try_from(group.min).unwrap_or(0);
    let mut chosen: Vec<_> = group
        .options
        .iter()
        .take(min)
        .map(|option| PlaceOrderOption { option_id: option.option_id, quantity: 1 })
        .collect();
    let lacking = group.min - chosen.len() as i32;
    if let Some(last) = chosen.last_mut() {
        last.quantity += lacking;
    }
    chosen
}

fn due(number: u64, rate: NonZeroU64) -> Duration {
    Duration::from_secs_f64(number as f64 / rate.get() as f64)
}

fn parse_rate(text: &str) -> Result<Rate, String> {
    match text {
        "max" => Ok(Rate::Max),
        text => text
            .parse()
            .map(Rate::PerSecond)
            .map_err(|_| "expected orders a second (a whole number from 1), or max".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use kiosk_proto::v1::{MenuOption, OptionGroup};

    use super::*;

    fn item(menu_id: i32, option_groups: Vec<OptionGroup>) -> MenuItem {
        MenuItem { menu_id, option_groups, ..Default::default() }
    }

    fn group(min: i32, ids: &[i32]) -> OptionGroup {
        let options = ids.iter().map(|id| MenuOption { option_id: *id, ..Default::default() });
        OptionGroup { min, max: 9, options: options.collect(), ..Default::default() }
    }

    #[test]
    fn orders_carry_the_options_that_the_menu_demands() {
        let menu = [item(1, vec![group(1, &[1, 2]), group(0, &[3]), group(3, &[4, 5])])];
        let chosen = &orderable(&menu).unwrap()[0].options;
        let chosen: Vec<_> = chosen.iter().map(|o| (o.option_id, o.quantity)).collect();
        assert_eq!(chosen, [(1, 1), (4, 1), (5, 2)]);
    }

    #[test]
    fn what_may_run_out_is_not_ordered() {
        let sold_out = MenuItem { is_sold_out: true, ..item(1, vec![]) };
        let counted = MenuItem { remaining: Some(5), ..item(2, vec![]) };
        let menu = [sold_out, counted, item(3, vec![])];
        assert_eq!(orderable(&menu).unwrap().len(), 1);
        assert!(orderable(&menu[..2]).is_err());
    }

    #[test]
    fn a_rate_is_whole_orders_a_second_or_max() {
        assert_eq!(parse_rate("max"), Ok(Rate::Max));
        assert_eq!(parse_rate("50"), Ok(Rate::PerSecond(NonZeroU64::new(50).unwrap())));
        for wrong in ["0", "-1", "fast"] {
            assert!(parse_rate(wrong).is_err(), "{wrong}");
        }
    }
}
