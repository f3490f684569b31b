use std::{collections::BTreeMap, time::Duration};

use kiosk_proto::v1::{
    Cell, GetSnapshotResponse, MenuItem, OptionGroup, PlaceOrderItem, PlaceOrderOption,
    PlaceOrderRequest, fulfilment::Value as Fulfilment, order_source::Value as Source,
    pay_type::Value as PayType,
};
use rand::{Rng, RngExt as _, SeedableRng as _, rngs::Xoshiro256PlusPlus, seq::IndexedRandom as _};

use super::errand::Errand;
use crate::failure::Failure;

const HOUR: Duration = Duration::from_secs(3_600);

/// How many of a hundred customers come in each hour, from eight in the morning on.
const ARRIVALS: [u32; 12] = [6, 9, 7, 6, 14, 18, 9, 7, 8, 7, 5, 4];

/// How the day should be.
pub(super) struct Wishes {
    pub(super) customers: u32,
    pub(super) kiosks: u32,
}

/// Who comes and what is done, each queue in the order of time.
#[derive(Debug, PartialEq)]
pub(super) struct Day {
    /// One for each kiosk, and the till's.
    pub(super) queues: Vec<Vec<Visit>>,
    pub(super) errands: Vec<(Duration, Errand)>,
}

/// One customer.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Visit {
    /// From opening on.
    pub(super) arrives: Duration,
    /// Without a request id.
    pub(super) wish: PlaceOrderRequest,
    /// After so long the customer wants it no more.
    pub(super) cancels: Option<Duration>,
    /// From READY to the counter.
    pub(super) walks: Duration,
    /// Finds something wrong with it at the counter, and gets the money back.
    pub(super) complains: bool,
}

impl Day {
    /// The day of that seed, on the menu and with the cells that are there.
    pub(super) fn plan(
        seed: u64,
        wishes: Wishes,
        now: &GetSnapshotResponse,
    ) -> Result<Self, Failure> {
        let menu: Vec<_> = now.menu.iter().filter(|item| !item.is_sold_out).cloned().collect();
        if menu.is_empty() {
            return Err(Failure::Usage("the menu has no item that is on sale".into()));
        }
        let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
        let till = wishes.kiosks as usize;
        let mut queues = vec![Vec::new(); till + 1];
        for _ in 0..wishes.customers {
            // Most order at a kiosk, some at the till.
            let queue = if random.random_bool(0.85) { random.random_range(0..till) } else { till };
            queues[queue].push(visit(&mut random, &menu, &now.cells, queue == till));
        }
        for queue in &mut queues {
            queue.sort_by_key(|visit| visit.arrives);
        }
        let errands = errands(&mut random, &menu, &now.cells, wishes.customers);
        Ok(Self { queues, errands })
    }
}

fn visit(random: &mut impl Rng, menu: &[MenuItem], cells: &[Cell], at_till: bool) -> Visit {
    let lines = [1, 1, 1, 2, 2, 3, 4].choose(random).copied().unwrap_or(1);
    let mut total = 0_i32;
    let mut items = Vec::new();
    for item in menu.sample(random, lines) {
        let (line, price) = line(random, item);
        total = total.saturating_add(price);
        items.push(line);
    }
    let cell = cells.choose(random).filter(|_| random.random_bool(0.25));
    let pay_type = match random.random_range(0..100) {
        _ if cell.is_some() => PayType::Cell,
        0..75 => PayType::Card,
        75..95 => PayType::Cash,
        _ => PayType::Transfer,
    };
    let dine_in = random.random_bool(0.4);
    Visit {
        arrives: arrival(random),
        wish: PlaceOrderRequest {
            items,
            pay_type: pay_type.into(),
            cell_id: cell.map(|cell| cell.cell_id),
            fulfilment: if dine_in { Fulfilment::DineIn } else { Fulfilment::TakeOut }.into(),
            source: if at_till { Source::Pos } else { Source::Kiosk }.into(),
            expected_total: Some(total),
            ..PlaceOrderRequest::default()
        },
        cancels: random.random_bool(0.03).then(|| minutes(random, 0.2, 4.0)),
        walks: minutes(random, 0.1, 3.0),
        complains: random.random_bool(0.01),
    }
}

/// A line of an order, and what it should cost.
fn line(random: &mut impl Rng, item: &MenuItem) -> (PlaceOrderItem, i32) {
    let quantity = if random.random_bool(0.85) { 1 } else { random.random_range(2..=4) };
    let mut options = Vec::new();
    let mut price = item.price;
    for group in &item.option_groups {
        for (option_id, count, delta) in choose(random, group) {
            price = price.saturating_add(delta.saturating_mul(count));
            options.push(PlaceOrderOption { option_id, quantity: count });
        }
    }
    let note = if random.random_bool(0.05) { "연하게 부탁드려요" } else { "" };
    let line = PlaceOrderItem { menu_id: item.menu_id, quantity, options, note: note.to_owned() };
    (line, price.max(0).saturating_mul(quantity))
}

/// As many options as the group asks for, seldom more: id, quantity and price of one.
fn choose(random: &mut impl Rng, group: &OptionGroup) -> Vec<(i32, i32, i32)> {
    let more = i32::from(group.max > group.min && random.random_bool(0.2));
    let wanted = group.min.saturating_add(more);
    let mut chosen: Vec<_> = group
        .options
        .sample(random, usize::try_from(wanted).unwrap_or(0))
        .map(|option| (option.option_id, 1, option.price_delta))
        .collect();
    // A group may ask for more than it has: then one of them several times.
    let lacking = wanted.saturating_sub(chosen.len() as i32);
    if let Some((_, count, _)) = chosen.last_mut() {
        *count += lacking;
    }
    chosen
}

fn errands(
    random: &mut impl Rng,
    menu: &[MenuItem],
    cells: &[Cell],
    customers: u32,
) -> Vec<(Duration, Errand)> {
    let mut errands = Vec::new();
    let end = ARRIVALS.len() as f64 * 60.0;
    for _ in 0..=customers / 40 {
        if let Some(cell) = cells.choose(random) {
            let amount = random.random_range(1..=10) * 10_000;
            let charge = Errand::Charge { cell_id: cell.cell_id, amount };
            errands.push((minutes(random, 0.0, end), charge));
        }
    }
    for _ in 0..=customers / 150 {
        if let Some(MenuItem { menu_id, .. }) = menu.choose(random) {
            let from = minutes(random, 0.0, end);
            let sold_out = |is_sold_out| Errand::SoldOut { menu_id: *menu_id, is_sold_out };
            errands.push((from, sold_out(true)));
            errands.push((from + minutes(random, 5.0, 40.0), sold_out(false)));
        }
    }
    let counted: BTreeMap<i32, i32> =
        menu.iter().filter_map(|item| Some((item.menu_id, item.remaining?))).collect();
    if !counted.is_empty() {
        for hours in (2..ARRIVALS.len() as u32).step_by(2) {
            errands.push((HOUR * hours, Errand::Count(counted.clone())));
        }
    }
    errands.sort_by_key(|(time, _)| *time);
    errands
}

/// Within an hour that is drawn by how busy it is.
fn arrival(random: &mut impl Rng) -> Duration {
    let mut customer = random.random_range(0..ARRIVALS.iter().sum());
    let mut hour = 0;
    for count in ARRIVALS {
        if customer < count {
            break;
        }
        customer -= count;
        hour += 1;
    }
    HOUR * hour + HOUR.mul_f64(random.random())
}

fn minutes(random: &mut impl Rng, from: f64, to: f64) -> Duration {
    Duration::from_secs_f64(60.0 * random.random_range(from..to))
}

#[cfg(test)]
mod tests {
    use kiosk_proto::v1::MenuOption;

    use super::*;

    fn cafe() -> GetSnapshotResponse {
        let options = (1..=2).map(|option_id| MenuOption { option_id, ..Default::default() });
        let group = |min, max| OptionGroup {
            min,
            max,
            options: options.clone().collect(),
            ..Default::default()
        };
        GetSnapshotResponse {
            menu: vec![
                MenuItem {
                    menu_id: 1,
                    price: 3_000,
                    option_groups: vec![group(3, 4)],
                    ..Default::default()
                },
                MenuItem { menu_id: 2, price: 500, remaining: Some(5), ..Default::default() },
                MenuItem { menu_id: 3, is_sold_out: true, ..Default::default() },
            ],
            cells: vec![Cell { cell_id: 1, ..Default::default() }],
            ..Default::default()
        }
    }

    fn plan(seed: u64) -> Day {
        Day::plan(seed, Wishes { customers: 2_000, kiosks: 2 }, &cafe()).unwrap()
    }

    #[test]
    fn a_seed_plans_the_same_day_again_and_another_another() {
        assert_eq!(plan(7), plan(7));
        assert_ne!(plan(7), plan(8));
    }

    #[test]
    fn everybody_has_a_place_and_a_time_and_the_rush_is_at_noon() {
        let day = plan(1);
        assert_eq!(day.queues.len(), 3);
        assert_eq!(day.queues.iter().map(Vec::len).sum::<usize>(), 2_000);
        assert!(day.queues.iter().all(|queue| queue.is_sorted_by_key(|visit| visit.arrives)));
        let in_hour = |hour: u32| {
            let within = HOUR * hour..HOUR * (hour + 1);
            day.queues.iter().flatten().filter(|visit| within.contains(&visit.arrives)).count()
        };
        assert!(in_hour(5) > 2 * in_hour(11), "{} {}", in_hour(5), in_hour(11));
    }

    #[test]
    fn what_is_wished_for_can_be_ordered() {
        for visit in plan(1).queues.iter().flatten() {
            let wish = &visit.wish;
            assert!((1..=2).contains(&wish.items.len()));
            assert_eq!(wish.cell_id.is_some(), wish.pay_type() == PayType::Cell);
            let mut total = 0;
            for line in &wish.items {
                let options: i32 = line.options.iter().map(|option| option.quantity).sum();
                match line.menu_id {
                    1 => assert!((3..=4).contains(&options), "{line:?}"),
                    2 => assert_eq!(options, 0),
                    other => panic!("item {other} is sold out"),
                }
                total += line.quantity * if line.menu_id == 1 { 3_000 } else { 500 };
            }
            assert_eq!(wish.expected_total, Some(total));
        }
    }

    #[test]
    fn a_menu_where_nothing_is_on_sale_is_refused() {
        let mut cafe = cafe();
        cafe.menu.drain(..2);
        let day = Day::plan(1, Wishes { customers: 1, kiosks: 1 }, &cafe);
        assert!(matches!(day, Err(Failure::Usage(_))));
    }
}
