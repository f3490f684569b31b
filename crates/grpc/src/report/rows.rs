//! A report as rows that all have the same columns: what a spreadsheet sorts and filters.

use kiosk_proto::{
    Timestamp,
    v1::{
        CarriedOver, CashCount, CategoryTotal, CellTotals, CountAndAmount, DayReport, HourTotal,
        ItemTotal, PayTypeTotal, SalesReport, StationTimes,
    },
};

/// Numbers that a row does not have are empty.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Row {
    pub(super) section: &'static str,
    pub(super) key: String,
    pub(super) name: String,
    pub(super) count: Option<i64>,
    pub(super) gross: Option<i64>,
    pub(super) refunded_count: Option<i64>,
    pub(super) refunds: Option<i64>,
    pub(super) net: Option<i64>,
}

impl Row {
    fn new(section: &'static str, key: impl ToString) -> Self {
        Self { section, key: key.to_string(), ..Self::default() }
    }

    fn named(self, name: impl ToString) -> Self {
        Self { name: name.to_string(), ..self }
    }

    fn count(self, count: impl Into<i64>) -> Self {
        Self { count: Some(count.into()), ..self }
    }

    fn net(self, net: i64) -> Self {
        Self { net: Some(net), ..self }
    }

    fn money(self, gross: i64, refunds: i64, net: i64) -> Self {
        Self { gross: Some(gross), refunds: Some(refunds), net: Some(net), ..self }
    }

    fn refunded(self, count: i64) -> Self {
        Self { refunded_count: Some(count), ..self }
    }
}

pub(super) fn of_day(report: &DayReport) -> Vec<Row> {
    let mut rows = heading(report);
    rows.extend(missing(report));
    rows.push(Row::new("total", "").count(report.orders).money(
        report.gross,
        report.refunds,
        report.net,
    ));
    rows.push(Row::new("total", "average").net(report.average));
    let sums = [
        ("orders", &report.cancelled_orders),
        ("lines", &report.cancelled_lines),
        ("wasted_lines", &report.wasted_lines),
    ];
    let refunds = |sum: &CountAndAmount| Row {
        refunds: Some(sum.amount),
        ..Row::default().refunded(sum.count)
    };
    rows.extend(sums.into_iter().filter_map(|(key, sum)| {
        Some(Row { section: "cancelled", key: key.into(), ..refunds(sum.as_ref()?) })
    }));
    rows.push(Row::new("remade", "").count(report.remade_quantity));
    rows.extend(tickets(report));
    rows.extend(report.by_pay_type.iter().map(pay_type));
    rows.extend(report.by_category.iter().map(category));
    rows.extend(report.by_item.iter().map(item));
    rows.extend(report.by_hour.iter().map(hour));
    rows.extend(report.by_source.iter().map(|it| Row {
        gross: Some(it.amount),
        ..Row::new("source", it.source().as_str_name()).count(it.orders)
    }));
    rows.extend(report.by_fulfilment.iter().map(|it| Row {
        gross: Some(it.amount),
        ..Row::new("fulfilment", it.fulfilment().as_str_name()).count(it.orders)
    }));
    rows.extend(report.cells.iter().flat_map(cells));
    rows.extend(report.carried_over.iter().flat_map(carried_over));
    rows.extend(report.cash.iter().flat_map(cash));
    rows.push(Row::new("grand_total", "before").net(report.grand_total_before));
    rows.push(Row::new("grand_total", "after").net(report.grand_total_after));
    rows
}

pub(super) fn of_sales(report: &SalesReport) -> Vec<Row> {
    let about = |key, value: &str| Row::new("report", key).named(value);
    let mut rows = vec![
        about("from_date", &report.from_date),
        about("to_date", &report.to_date),
        about("time_zone", &report.time_zone),
        Row::new("total", "").count(report.orders).money(report.gross, report.refunds, report.net),
        Row::new("total", "average").net(report.average),
        Row::new("cancelled", "orders").refunded(report.cancelled_orders),
    ];
    rows.extend(report.by_day.iter().map(|it| {
        let row = Row::new("day", &it.business_date).count(it.orders);
        row.money(it.gross, it.refunds, it.net)
    }));
    rows.extend(report.by_weekday.iter().map(|it| {
        let row = Row::new("weekday", it.weekday).count(it.orders);
        row.money(it.gross, it.refunds, it.net)
    }));
    rows.extend(report.by_hour.iter().map(hour));
    rows.extend(report.by_pay_type.iter().map(pay_type));
    rows.extend(report.by_category.iter().map(category));
    rows.extend(report.by_item.iter().map(item));
    rows.extend(report.preparation.iter().flat_map(preparation));
    rows
}

fn heading(report: &DayReport) -> Vec<Row> {
    let time = |time: Option<Timestamp>| time.map_or_else(String::new, |time| time.to_string());
    let closed_by = report.closed_by.as_ref().map_or("", |person| &person.name);
    let facts = [
        ("number", report.number.to_string()),
        ("after_seq", report.after_seq.to_string()),
        ("through_seq", report.through_seq.to_string()),
        ("epochs", report.epochs.join(" ")),
        ("time_zone", report.time_zone.clone()),
        ("opened_at", time(report.opened_at)),
        ("closed_at", time(report.closed_at)),
        ("closed_by", closed_by.into()),
        ("business_date", report.business_date.clone()),
        ("note", report.note.clone()),
    ];
    facts.into_iter().map(|(key, value)| Row::new("report", key).named(value)).collect()
}

/// Events that can't be read back: always told of, if there is one or not.
fn missing(report: &DayReport) -> impl Iterator<Item = Row> {
    let all = Row::new("missing_events", "");
    let all = all.count(i64::try_from(report.missing_events).unwrap_or(i64::MAX));
    let each = report
        .missing
        .iter()
        .map(|range| Row::new("missing_events", format!("{}-{}", range.first, range.last)));
    [all].into_iter().chain(each)
}

fn tickets(report: &DayReport) -> impl Iterator<Item = Row> {
    report.tickets.iter().flat_map(|day| {
        let row = Row::new("tickets", &day.business_date);
        let all = row.named(format!("{}-{}", day.first, day.last)).count(day.count);
        let missing = Row::new("missing_tickets", &day.business_date).count(day.missing_count);
        let each = day.missing.iter().map(|range| {
            let row = Row::new("missing_tickets", &day.business_date);
            row.named(format!("{}-{}", range.first, range.last))
        });
        [all, missing].into_iter().chain(each)
    })
}

fn pay_type(it: &PayTypeTotal) -> Row {
    let row = Row::new("pay_type", it.pay_type().as_str_name()).count(it.orders);
    row.money(it.gross, it.refunds, it.net)
}

fn category(it: &CategoryTotal) -> Row {
    let row = Row::new("category", "").named(&it.category).count(it.quantity);
    row.refunded(it.refunded_quantity).money(it.gross, it.refunds, it.net)
}

fn item(it: &ItemTotal) -> Row {
    let row = Row::new("item", it.menu_id).named(&it.menu_name).count(it.quantity);
    row.refunded(it.refunded_quantity).money(it.gross, it.refunds, it.net)
}

fn hour(it: &HourTotal) -> Row {
    let row = Row::new("hour", format!("{:02}", it.hour)).count(it.orders);
    row.money(it.gross, it.refunds, it.net)
}

fn cells(it: &CellTotals) -> Vec<Row> {
    let sums = [
        ("charged", &it.charged),
        ("paid", &it.paid),
        ("refunded", &it.refunded),
        ("adjusted", &it.adjusted),
        ("transferred", &it.transferred),
    ];
    let rows = sums.into_iter().filter_map(|(key, sum)| {
        let sum = sum.as_ref()?;
        Some(Row::new("cells", key).count(sum.count).net(sum.amount))
    });
    let ends = [Row::new("cells", "net").net(it.net), Row::new("cells", "balance").net(it.balance)];
    rows.chain(ends).collect()
}

fn carried_over(it: &CarriedOver) -> Vec<Row> {
    let all = Row::new("carried_over", "").count(it.count).net(it.amount);
    let each = it.orders.iter().map(|order| {
        let status = order.status().as_str_name();
        let name = format!("{} #{} {status}", order.business_date, order.daily_num);
        Row::new("carried_over", &order.order_id).named(name).net(order.total_amount)
    });
    [all].into_iter().chain(each).collect()
}

fn cash(it: &CashCount) -> Vec<Row> {
    let amounts = [
        ("opening", it.opening),
        ("gross", Some(it.gross)),
        ("refunds", Some(it.refunds)),
        ("expected", Some(it.expected)),
        ("counted", it.counted),
        ("difference", it.difference),
    ];
    let said = amounts.into_iter().filter_map(|(key, amount)| Some((key, amount?)));
    said.map(|(key, amount)| Row::new("cash", key).net(amount)).collect()
}

fn preparation(it: &StationTimes) -> Vec<Row> {
    let numbers = [
        ("lines", it.lines),
        ("median_seconds", it.median_seconds.into()),
        ("p90_seconds", it.p90_seconds.into()),
        ("longest_seconds", it.longest_seconds.into()),
    ];
    let row = |(name, number)| Row::new("preparation", &it.station).named(name).count(number);
    numbers.into_iter().map(row).collect()
}
