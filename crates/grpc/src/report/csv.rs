use csv::{Terminator, WriterBuilder};

use super::rows::Row;
use crate::menu_file::guard;

const COLUMNS: [&str; 8] =
    ["section", "key", "name", "count", "gross", "refunded_count", "refunds", "net"];

/// As Excel reads it by a double click: with a byte order mark, commas and CRLF. A text that it would
/// compute is guarded; a number never is one.
pub(super) fn write(rows: &[Row]) -> String {
    let mut writer = WriterBuilder::new().terminator(Terminator::CRLF).from_writer(Vec::new());
    // Every row is as long as the first, and memory can be written: nothing here can fail.
    let _ = writer.write_record(COLUMNS);
    for row in rows {
        let _ = writer.write_record(cells(row));
    }
    let bytes = writer.into_inner().unwrap_or_default();
    format!("\u{feff}{}", String::from_utf8_lossy(&bytes))
}

fn cells(row: &Row) -> [String; 8] {
    let Row { section, key, name, count, gross, refunded_count, refunds, net } = row;
    let [count, gross, refunded_count, refunds, net] = [count, gross, refunded_count, refunds, net]
        .map(|number| number.map_or_else(String::new, |number| number.to_string()));
    [(*section).into(), guard(key), guard(name), count, gross, refunded_count, refunds, net]
}
