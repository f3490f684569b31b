use std::{collections::BTreeMap, time::Duration};

use kiosk_proto::v1::{Cell, GetSnapshotResponse, MenuItem};
use rand::{Rng, RngExt as _, SeedableRng as _, rngs::Xoshiro256PlusPlus, seq::IndexedRandom as _};

use super::{
    errand::Errand,
    visit::{self, Choice, Payer, Visit},
};
use crate::failure::Failure;

const HOUR: Duration = Duration::from_secs(3_600);

/// How many of a hundred customers come in each hour, from eight in the morning on.
const ARRIVALS: [u32; 12] = [6, 9, 7, 6, 14, 18, 9, 7, 8, 7, 5, 4];

/// For so many the stock that is there is meant.
const CUSTOMERS_USUAL: u32 = 300;
/// As much as the contract lets staff count.
const STOCK_MAX: i32 = 1_000_000;

/// What staff tell each other, and where.
const MESSAGES: [(&str, &str); 4] = [
    ("kitchen", "우유 거의 다 썼어요"),
    ("counter", "거스름돈 부탁해요"),
    ("all", "10분 뒤에 교대합니다"),
    ("kitchen", "치즈케이크 내려왔습니다"),
];

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

impl Day {
    /// The day of that seed, on the menu, with the tables and cells that are there. `payers`: who
    /// can pay with points at a kiosk.
    pub(super) fn plan(
        seed: u64,
        wishes: Wishes,
        now: &GetSnapshotResponse,
        payers: &[Payer],
    ) -> Result<Self, Failure> {
        let menu: Vec<_> = now.menu.iter().filter(|item| !item.is_sold_out).cloned().collect();
        // By the box's clock, which is not that of the day that is played.
        let at_any_time: Vec<_> =
            menu.iter().filter(|item| item.available.is_empty()).cloned().collect();
        if at_any_time.is_empty() {
            let why = "the menu has no item that is on sale at any time";
            return Err(Failure::Usage(why.into()));
        }
        let cells: Vec<_> = now.cells.iter().map(Payer::of_cell).collect();
        let has_seats = !now.seats.is_empty();
        let at_kiosk = Choice { menu: &at_any_time, payers, has_seats };
        let at_till = Choice { menu: &menu, payers: &cells, has_seats };

        let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
        let till = wishes.kiosks as usize;
        let mut queues = vec![Vec::new(); till + 1];
        for _ in 0..wishes.customers {
            // Most order at a kiosk, some at the till.
            let queue = if random.random_bool(0.85) { random.random_range(0..till) } else { till };
            let choice = if queue == till { &at_till } else { &at_kiosk };
            let arrives = arrival(&mut random);
            queues[queue].push(visit::plan(&mut random, choice, arrives, queue == till));
        }
        for queue in &mut queues {
            queue.sort_by_key(|visit| visit.arrives);
        }
        let errands = errands(&mut random, &menu, &now.cells, wishes.customers);
        Ok(Self { queues, errands })
    }
}

impl Payer {
    fn of_cell(cell: &Cell) -> Self {
        Self { cell_id: cell.cell_id, member_id: None }
    }
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
    for _ in 0..=customers / 80 {
        if let [from, to] = cells.sample(random, 2).collect::<Vec<_>>()[..] {
            let amount = random.random_range(1..=20) * 1_000;
            let transfer = Errand::Transfer { from: from.cell_id, to: to.cell_id, amount };
            errands.push((minutes(random, 0.0, end), transfer));
        }
    }
    for _ in 0..=customers / 100 {
        if let Some((room, text)) = MESSAGES.choose(random) {
            errands.push((minutes(random, 0.0, end), Errand::Message { room, text }));
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
    // For many customers there is more of everything.
    let times = i32::try_from(customers / CUSTOMERS_USUAL).unwrap_or(i32::MAX).max(1);
    let enough = |remaining: i32| remaining.saturating_mul(times).min(STOCK_MAX);
    let counted: BTreeMap<i32, i32> =
        menu.iter().filter_map(|item| Some((item.menu_id, enough(item.remaining?)))).collect();
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

/// Any time between so many minutes.
pub(super) fn minutes(random: &mut impl Rng, from: f64, to: f64) -> Duration {
    Duration::from_secs_f64(60.0 * random.random_range(from..to))
}

#[cfg(test)]
mod tests {
    use kiosk_proto::v1::{
        AvailableSpan, MenuOption, OptionGroup, Seat, pay_type::Value as PayType,
    };

    use super::*;
    use crate::simulate::visit::Deed;

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
                MenuItem { menu_id: 4, available: vec![AvailableSpan::default()], ..menu_item() },
            ],
            seats: vec![Seat::default()],
            cells: vec![Cell { cell_id: 1, ..Default::default() }],
            ..Default::default()
        }
    }

    fn menu_item() -> MenuItem {
        MenuItem { price: 100, ..Default::default() }
    }

    const MEMBER: Payer = Payer { cell_id: 1, member_id: Some(5) };

    fn plan(seed: u64) -> Day {
        Day::plan(seed, Wishes { customers: 2_000, kiosks: 2 }, &cafe(), &[MEMBER]).unwrap()
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
        let day = plan(1);
        let visits = || {
            day.queues.iter().enumerate().flat_map(|(at, all)| all.iter().map(move |it| (at, it)))
        };
        for (at, visit) in visits() {
            let wish = &visit.wish;
            assert!((1..=3).contains(&wish.items.len()));
            assert_eq!(wish.cell_id.is_some(), wish.pay_type() == PayType::Cell);
            let mut total = 0;
            for line in &wish.items {
                let options: i32 = line.options.iter().map(|option| option.quantity).sum();
                match line.menu_id {
                    1 => assert!((3..=4).contains(&options), "{line:?}"),
                    2 => assert_eq!(options, 0),
                    4 => assert_eq!(at, 2, "what has hours is ordered at the till"),
                    other => panic!("item {other} is sold out"),
                }
                total += line.quantity * [0, 3_000, 500, 0, 100][line.menu_id as usize];
            }
            assert_eq!(wish.expected_total, Some(total));
            let pays_with_pin = wish.cell_id.is_some() && at < 2;
            assert_eq!(visit.member.is_some(), pays_with_pin, "at the till nobody types");
            assert!(visit.table.is_none() || at < 2, "tables are tapped at kiosks");
        }
        let does = |deed: fn(&Deed) -> bool| {
            visits().filter(|(_, visit)| visit.deeds.iter().any(|(_, it)| deed(it))).count()
        };
        for count in [
            does(|it| *it == Deed::Cancel),
            does(|it| matches!(it, Deed::Drop(_))),
            does(|it| matches!(it, Deed::Add(..))),
            does(|it| *it == Deed::Hurry(true)),
            does(|it| *it == Deed::Ring),
            visits().filter(|(_, visit)| visit.table.is_some()).count(),
        ] {
            assert!((10..1_000).contains(&count), "{count}");
        }
    }

    #[test]
    fn a_menu_where_nothing_is_on_sale_is_refused() {
        let mut cafe = cafe();
        cafe.menu.drain(..2);
        let day = Day::plan(1, Wishes { customers: 1, kiosks: 1 }, &cafe, &[]);
        assert!(matches!(day, Err(Failure::Usage(_))));
    }
}
