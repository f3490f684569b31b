use std::{borrow::Cow, io};

use clap::Args;
use kiosk_proto::{
    Timestamp,
    v1::{
        GetStatementRequest, GetStatementResponse, LedgerEntry,
        cell_service_client::CellServiceClient,
    },
};

use crate::{
    cell::ledger_table,
    client::Client,
    failure::Failure,
    output::{Output, grouped},
};

/// The contract's largest page.
const PAGE_SIZE_MAX: i32 = 200;

/// Without it, spreadsheets take UTF-8 for something older and spoil Korean names.
const BYTE_ORDER_MARK: &str = "\u{feff}";

#[derive(Debug, Args)]
pub(crate) struct StatementArgs {
    cell_id: i32,
    /// The first business day, `2026-11-01`, or a time, `2026-11-01T09:00:00Z`; the first entry if
    /// not given.
    #[arg(long, value_name = "DAY|TIME")]
    from: Option<Bound>,
    /// The last business day, or a time that is no more part of it; the newest entry if not given.
    #[arg(long, value_name = "DAY|TIME")]
    to: Option<Bound>,
    /// Print CSV for a spreadsheet.
    #[arg(long)]
    csv: bool,
}

/// One end of the range.
#[derive(Debug, Clone)]
enum Bound {
    Day(String),
    Time(Timestamp),
}

impl std::str::FromStr for Bound {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.len() == 10 {
            return Ok(Self::Day(text.into()));
        }
        let time: jiff::Timestamp =
            text.parse().map_err(|_| "expected a day YYYY-MM-DD or a time with its zone")?;
        Ok(Self::Time(Timestamp::from_ms(time.as_millisecond())))
    }
}

impl Bound {
    fn split(bound: Option<Self>) -> (String, Option<Timestamp>) {
        match bound {
            Some(Self::Day(day)) => (day, None),
            Some(Self::Time(time)) => (String::new(), Some(time)),
            None => (String::new(), None),
        }
    }
}

/// Prints page after page, so that no statement is too long.
pub(crate) async fn run(
    args: StatementArgs,
    client: &Client,
    output: Output,
) -> Result<(), Failure> {
    let StatementArgs { cell_id, from, to, csv } = args;
    let (from_date, from_time) = Bound::split(from);
    let (to_date, to_time) = Bound::split(to);
    let page_size = PAGE_SIZE_MAX;
    let page_token = String::new();
    let mut request = GetStatementRequest {
        cell_id,
        from_date,
        to_date,
        from_time,
        to_time,
        page_size,
        page_token,
    };
    let mut is_first = true;
    loop {
        let call =
            async |channel, request| CellServiceClient::new(channel).get_statement(request).await;
        let page = client.call(request.clone(), call).await?;
        if csv {
            output.text(&page_csv(&page, is_first)?)?;
        } else {
            output.message(&page, |page| page_text(page, is_first))?;
        }
        if page.next_page_token.is_empty() {
            return Ok(());
        }
        is_first = false;
        request.page_token = page.next_page_token;
    }
}

fn page_text(page: &GetStatementResponse, is_first: bool) -> String {
    let mut text = String::new();
    if is_first {
        text +=
            &format!("{}\nopening balance  {}\n", page.cell_name, grouped(page.opening_balance));
    }
    if !page.entries.is_empty() {
        text += &format!("{}\n", ledger_table(&page.entries));
    }
    if page.next_page_token.is_empty() {
        text += &format!("closing balance  {}\n", grouped(page.closing_balance));
    }
    text
}

fn page_csv(page: &GetStatementResponse, is_first: bool) -> io::Result<String> {
    let mut rows = csv::Writer::from_writer(Vec::new());
    if is_first {
        rows.write_record(COLUMNS)?;
        rows.write_record(balance_row("OPENING", page.from_time, page.opening_balance))?;
    }
    for entry in &page.entries {
        rows.write_record(entry_row(entry))?;
    }
    if page.next_page_token.is_empty() {
        rows.write_record(balance_row("CLOSING", page.to_time, page.closing_balance))?;
    }
    let bytes = rows.into_inner().map_err(|error| error.into_error())?;
    let text = String::from_utf8(bytes).map_err(io::Error::other)?;
    Ok(if is_first { format!("{BYTE_ORDER_MARK}{text}") } else { text })
}

const COLUMNS: [&str; 9] =
    ["no", "time", "type", "amount", "balance", "member", "other cell", "order", "reason"];

fn balance_row(r#type: &str, time: Option<Timestamp>, balance: i32) -> [String; 9] {
    let mut row: [String; 9] = Default::default();
    [row[1], row[2], row[4]] = [
        time.map_or_else(String::new, |time| time.to_string()),
        r#type.into(),
        balance.to_string(),
    ];
    row
}

fn entry_row(entry: &LedgerEntry) -> [String; 9] {
    let other_cell = entry.other_cell.as_ref().map_or("", |cell| &cell.name);
    let [member, other_cell, order, reason] =
        [&entry.member_name, other_cell, &entry.order_id, &entry.reason]
            .map(|text| plain(text).into_owned());
    [
        entry.entry_num.to_string(),
        entry.created_at.map_or_else(String::new, |time| time.to_string()),
        entry.r#type().as_str_name().into(),
        entry.amount.to_string(),
        entry.balance_after.to_string(),
        member,
        other_cell,
        order,
        reason,
    ]
}

/// What people wrote, so that a spreadsheet takes it for text and never for a formula.
fn plain(text: &str) -> Cow<'_, str> {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        Cow::Owned(format!("'{text}"))
    } else {
        Cow::Borrowed(text)
    }
}

#[cfg(test)]
mod tests {
    use kiosk_proto::v1::{CellInfo, ledger_type::Value as LedgerType};

    use super::*;

    fn entry(entry_num: i32, amount: i32, reason: &str) -> LedgerEntry {
        LedgerEntry {
            entry_num,
            r#type: LedgerType::Adjust.into(),
            amount,
            balance_after: 1_000 + amount,
            reason: reason.into(),
            created_at: Some(Timestamp::from_ms(1_795_230_245_678)),
            ..LedgerEntry::default()
        }
    }

    #[test]
    fn a_statement_is_csv_from_its_opening_to_its_closing_balance() {
        let other_cell = Some(CellInfo { id: 2, name: "band, the".into() });
        let first = GetStatementResponse {
            opening_balance: 1_000,
            entries: vec![LedgerEntry { other_cell, ..entry(4, -300, "said \"so\"") }],
            next_page_token: "4".into(),
            ..Default::default()
        };
        let last = GetStatementResponse {
            entries: vec![entry(5, 20, "")],
            closing_balance: 720,
            to_time: Some(Timestamp::from_ms(1_795_230_300_000)),
            ..Default::default()
        };
        let text = page_csv(&first, true).unwrap() + &page_csv(&last, false).unwrap();
        assert_eq!(
            text,
            "\u{feff}no,time,type,amount,balance,member,other cell,order,reason\n\
             ,,OPENING,,1000,,,,\n\
             4,2026-11-21T03:04:05.678Z,ADJUST,-300,700,,\"band, the\",,\"said \"\"so\"\"\"\n\
             5,2026-11-21T03:04:05.678Z,ADJUST,20,1020,,,,\n\
             ,2026-11-21T03:05:00.000Z,CLOSING,,720,,,,\n"
        );
    }

    #[test]
    fn what_people_wrote_is_never_a_formula() {
        for formula in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"] {
            let row = entry_row(&LedgerEntry {
                member_name: formula.into(),
                order_id: formula.into(),
                other_cell: Some(CellInfo { id: 1, name: formula.into() }),
                ..entry(1, -5, formula)
            });
            assert_eq!(row[5..], [(); 4].map(|()| format!("'{formula}")));
            assert_eq!(row[3], "-5", "a number stays one");
        }
        assert_eq!(plain("coffee = good"), "coffee = good");
    }

    #[test]
    fn a_range_is_of_days_or_times() {
        assert!(matches!("2026-11-01".parse(), Ok(Bound::Day(_))));
        assert!(matches!("2026-11-01T00:00:00Z".parse(), Ok(Bound::Time(_))));
        assert!(matches!("2026-11-01T00:00:00+09:00".parse(), Ok(Bound::Time(_))));
        assert!("yesterday".parse::<Bound>().is_err());
    }
}
