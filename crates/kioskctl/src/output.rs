use std::io::{self, Write as _};

use comfy_table::{CellAlignment, Table, presets};
use jiff::{Timestamp, tz::TimeZone};
use serde::Serialize;

use crate::failure::Failure;

/// Standard output, for people or for programs.
#[derive(Clone, Copy)]
pub(crate) struct Output {
    json: bool,
}

impl Output {
    pub(crate) fn new(json: bool) -> Self {
        Self { json }
    }

    pub(crate) fn is_json(self) -> bool {
        self.json
    }

    /// Prints the message as one line of JSON, or what `text` makes of it.
    pub(crate) fn message<M: Serialize>(
        self,
        message: &M,
        text: impl FnOnce(&M) -> String,
    ) -> Result<(), Failure> {
        if self.json {
            self.text(&serde_json::to_string(message).map_err(io::Error::from)?)
        } else {
            self.text(&text(message))
        }
    }

    /// Prints the text, with a line end if it has none. Empty text prints nothing.
    pub(crate) fn text(self, text: &str) -> Result<(), Failure> {
        let mut stdout = io::stdout().lock();
        stdout.write_all(text.as_bytes())?;
        if !text.is_empty() && !text.ends_with('\n') {
            stdout.write_all(b"\n")?;
        }
        Ok(stdout.flush()?)
    }
}

/// A column's title; numbers are flush right.
pub(crate) enum Column {
    Left(&'static str),
    Right(&'static str),
}

/// Rows under their titles, without lines so that `grep` and `awk` work on it.
///
/// Columns align on a terminal that shows Korean two cells wide.
pub(crate) fn table<const N: usize>(
    columns: [Column; N],
    rows: impl IntoIterator<Item = [String; N]>,
) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_header(columns.iter().map(|c| match c {
        Column::Left(title) | Column::Right(title) => *title,
    }));
    table.add_rows(rows);
    for (column, kind) in table.column_iter_mut().zip(&columns) {
        column.set_padding((0, 2));
        if matches!(kind, Column::Right(_)) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table.trim_fmt()
}

/// An amount or count with thousands separators: `-1,234,567`.
pub(crate) fn grouped(number: impl Into<i64>) -> String {
    let number: i64 = number.into();
    let digits = number.unsigned_abs().to_string();
    let mut text = String::from(if number < 0 { "-" } else { "" });
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `2026-11-21 12:04:05` in this machine's time zone; `-` when absent.
pub(crate) fn local_time(time: Option<kiosk_proto::Timestamp>) -> String {
    time.and_then(|time| Timestamp::from_millisecond(time.as_ms()).ok()).map_or_else(
        || "-".into(),
        |time| time.to_zoned(TimeZone::system()).strftime("%F %T").to_string(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn korean_names_keep_columns_aligned() {
        let text = table(
            [Column::Left("NAME"), Column::Right("PRICE"), Column::Left("STATION")],
            [
                ["아메리카노".into(), grouped(4500), "bar".into()],
                ["Latte".into(), grouped(12_000), "bar".into()],
            ],
        );
        // Each Korean letter takes two cells: 10 cells of name, 2 between columns.
        assert_eq!(
            text,
            "NAME         PRICE  STATION\n\
             아메리카노   4,500  bar\n\
             Latte       12,000  bar"
        );
    }

    #[test]
    fn thousands_are_separated() {
        for (number, text) in [
            (0, "0"),
            (999, "999"),
            (-1000, "-1,000"),
            (1_234_567, "1,234,567"),
            (i64::MIN, "-9,223,372,036,854,775,808"),
        ] {
            assert_eq!(grouped(number), text);
        }
    }

    #[test]
    fn a_time_out_of_range_is_no_time() {
        assert_eq!(local_time(None), "-");
        let wrong = kiosk_proto::Timestamp { seconds: i64::MAX, nanos: 0 };
        assert_eq!(local_time(Some(wrong)), "-");
    }
}
