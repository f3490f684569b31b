//! Reports as tables.

use kiosk_proto::v1::{DayReport, SalesReport, StationTimes};

use crate::output::{Column, grouped, local_time, table};

pub(super) fn day_text(report: &DayReport) -> String {
    let title = match report.number {
        0 => "X report: the day is not closed by this".into(),
        number => format!("Z report {number}"),
    };
    let mut text = format!(
        "{title}\n{} to {}, events {} to {}\n",
        local_time(report.opened_at),
        local_time(report.closed_at),
        report.after_seq.saturating_add(1),
        report.through_seq,
    );
    if report.missing_events > 0 {
        text += &format!("{} events are missing and not counted\n", report.missing_events);
    }
    for day in &report.tickets {
        text += &format!("{} tickets {} to {}", day.business_date, day.first, day.last);
        text += &format!(", {} of them", day.count);
        text += if day.missing_count > 0 { ": some are missing\n" } else { "\n" };
    }
    text += &sums(report.orders, report.gross, report.refunds, report.net, report.average);
    let pay_types = report.by_pay_type.iter().map(|it| {
        [
            it.pay_type().as_str_name().into(),
            grouped(it.gross),
            grouped(it.refunds),
            grouped(it.net),
        ]
    });
    text += &money_table("PAID BY", pay_types);
    let items = report.by_item.iter().map(|it| {
        let name = format!("{} ×{}", item_name(it.menu_id, &it.menu_name), it.quantity);
        [name, grouped(it.gross), grouped(it.refunds), grouped(it.net)]
    });
    text += &money_table("ITEM", items);
    if let Some(it) = report.carried_over.as_ref().filter(|it| it.count > 0) {
        text += &format!("carried over  {} orders, {}\n", it.count, grouped(it.amount));
    }
    if let Some(cash) = &report.cash {
        text += &format!("cash expected  {}", grouped(cash.expected));
        if let (Some(counted), Some(difference)) = (cash.counted, cash.difference) {
            text += &format!(", counted {}, {}", grouped(counted), grouped(difference));
        }
        text.push('\n');
    }
    text + &format!("grand total  {}\n", grouped(report.grand_total_after))
}

pub(super) fn list_text(reports: &[DayReport]) -> String {
    let row = |report: &DayReport| {
        [
            report.number.to_string(),
            local_time(report.closed_at),
            report.business_date.clone(),
            grouped(report.orders),
            grouped(report.gross),
            grouped(report.refunds),
            grouped(report.net),
        ]
    };
    let columns = [
        Column::Right("Z"),
        Column::Left("CLOSED"),
        Column::Left("DAY"),
        Column::Right("ORDERS"),
        Column::Right("GROSS"),
        Column::Right("REFUNDS"),
        Column::Right("NET"),
    ];
    table(columns, reports.iter().map(row))
}

pub(super) fn sales_text(report: &SalesReport) -> String {
    let mut text = format!("{} to {}\n", report.from_date, report.to_date);
    text += &sums(report.orders, report.gross, report.refunds, report.net, report.average);
    let items = report.by_item.iter().map(|it| {
        let name = format!("{} ×{}", item_name(it.menu_id, &it.menu_name), it.quantity);
        [name, grouped(it.gross), grouped(it.refunds), grouped(it.net)]
    });
    text += &money_table("ITEM", items);
    let hours = report.by_hour.iter().filter(|it| it.orders > 0 || it.gross > 0).map(|it| {
        let name = format!("{:02}:00 ×{}", it.hour, it.orders);
        [name, grouped(it.gross), grouped(it.refunds), grouped(it.net)]
    });
    text += &money_table("HOUR", hours);
    let station = |it: &StationTimes| {
        [
            it.station.clone(),
            grouped(it.lines),
            grouped(it.median_seconds),
            grouped(it.p90_seconds),
            grouped(it.longest_seconds),
        ]
    };
    let columns = [
        Column::Left("STATION"),
        Column::Right("LINES"),
        Column::Right("MEDIAN s"),
        Column::Right("P90 s"),
        Column::Right("LONGEST s"),
    ];
    text + &table(columns, report.preparation.iter().map(station)) + "\n"
}

fn sums(orders: i64, gross: i64, refunds: i64, net: i64, average: i64) -> String {
    format!(
        "orders {}  gross {}  refunds {}  net {}  average {}\n",
        grouped(orders),
        grouped(gross),
        grouped(refunds),
        grouped(net),
        grouped(average)
    )
}

fn money_table(title: &'static str, rows: impl Iterator<Item = [String; 4]>) -> String {
    let columns = [
        Column::Left(title),
        Column::Right("GROSS"),
        Column::Right("REFUNDS"),
        Column::Right("NET"),
    ];
    table(columns, rows) + "\n"
}

fn item_name(menu_id: i32, name: &str) -> &str {
    if menu_id == 0 { "(others)" } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The one that the contract shows.
    fn sample() -> DayReport {
        let sample = include_str!("../../../../proto/samples/day.closed.json");
        let sample: serde_json::Value = serde_json::from_str(sample).unwrap();
        serde_json::from_value(sample["data"].clone()).unwrap()
    }

    #[test]
    fn a_z_says_its_number_its_sums_and_what_is_missing() {
        let text = day_text(&sample());
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "Z report 12");
        assert!(lines[1].ends_with(", events 981 to 1206"), "{text}");
        assert_eq!(lines[2], "2 events are missing and not counted");
        assert_eq!(lines[3], "2026-11-21 tickets 1 to 42, 41 of them: some are missing");
        let sums = "orders 41  gross 328,000  refunds 8,000  net 320,000  average 8,000";
        assert_eq!(lines[4], sums);
        assert!(text.contains("아메리카노 ×82"), "{text}");
        assert!(text.contains("carried over  1 orders, 8,000\n"), "{text}");
        assert!(text.contains("cash expected  100,000, counted 99,500, -500\n"), "{text}");
        assert!(text.ends_with("grand total  5,328,000\n"), "{text}");
        let open = DayReport { number: 0, ..sample() };
        assert!(day_text(&open).starts_with("X report: the day is not closed by this\n"));
    }

    #[test]
    fn closed_reports_are_one_line_each() {
        let text = list_text(&[sample(), DayReport { number: 11, ..sample() }]);
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        assert!(lines[0].starts_with("Z  CLOSED"), "{text}");
        assert!(lines[1].starts_with("12  2026-11-21"), "{text}");
        assert!(lines[1].ends_with("328,000    8,000  320,000"), "{text}");
        assert!(lines[2].starts_with("11"), "{text}");
    }

    #[test]
    fn sales_leave_out_the_hours_without_any() {
        let hour = |hour, orders, gross| kiosk_proto::v1::HourTotal {
            hour,
            orders,
            gross,
            ..Default::default()
        };
        let report = SalesReport {
            from_date: "2026-11-01".into(),
            to_date: "2026-11-30".into(),
            by_hour: vec![hour(9, 0, 0), hour(10, 3, 9_000)],
            ..Default::default()
        };
        let text = sales_text(&report);
        assert!(text.starts_with("2026-11-01 to 2026-11-30\n"), "{text}");
        assert!(text.contains("10:00 ×3") && !text.contains("09:00"), "{text}");
    }
}
