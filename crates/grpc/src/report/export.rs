//! A report as a text.

use kiosk_domain::Tally;
use kiosk_proto::v1::{
    DayReport, ExportReportRequest, ExportReportResponse, GetSalesReportRequest,
    report_format::Value as Format, report_language::Value as Language,
};
use serde::Serialize;
use tonic::Status;

use super::{
    Reports, closed, csv, day, receipt, rows,
    sales::{self, SalesWish},
};
use crate::parse::Violations;

/// Columns of a receipt: of the narrowest paper, of the widest that is not a sheet, of the usual one.
const WIDTH_MIN: i32 = 32;
const WIDTH_MAX: i32 = 80;
const WIDTH: i32 = 42;

/// What is asked, read.
enum Wish {
    Now(Form),
    Closed(i32, Form),
    Sales(SalesWish, Format),
}

struct Form {
    format: Format,
    width: usize,
    language: Language,
}

pub(super) async fn export(
    reports: &Reports,
    request: &ExportReportRequest,
) -> Result<ExportReportResponse, Status> {
    let mut violations = Violations::default();
    let wish = parse(&mut violations, request);
    match violations.or(wish)? {
        Wish::Now(form) => {
            let (report, _) = day::counted(reports, Tally::report).await?;
            Ok(day_text("x", &form, &report))
        }
        Wish::Closed(number, form) => {
            let report = closed::find(&reports.hub, number)?;
            Ok(day_text(&format!("z-{number:04}"), &form, &report))
        }
        Wish::Sales(wish, format) => {
            let report = sales::counted(&reports.hub, wish).await?;
            let name = format!("sales-{}-{}", report.from_date, report.to_date);
            Ok(match format {
                Format::Json => json(&name, &report),
                _ => answer(&name, "text/csv", "csv", csv::write(&rows::of_sales(&report))),
            })
        }
    }
}

fn parse(violations: &mut Violations, request: &ExportReportRequest) -> Option<Wish> {
    let ExportReportRequest { number, format, width, from_date, to_date, items_max, .. } = request;
    let format = violations.choice("format", *format);
    let number = violations.range("number", *number, 0, i32::MAX);
    let width = if *width == 0 { WIDTH } else { *width };
    let width = violations.range("width", width, WIDTH_MIN, WIDTH_MAX);
    let language = Language::try_from(request.language).ok();
    if language.is_none() {
        violations.add("language", "it must be one of the values of its enum");
    }
    if from_date.is_empty() && to_date.is_empty() {
        let width = usize::try_from(width?).ok()?;
        let form = Form { format: format?, width, language: language? };
        return Some(match number? {
            0 => Wish::Now(form),
            number => Wish::Closed(number, form),
        });
    }
    if request.number != 0 {
        violations.add("number", "it can't go with from_date and to_date");
    }
    if format == Some(Format::Text) {
        violations.add("format", "sales are not printed: it must be CSV or JSON");
    }
    let sales = GetSalesReportRequest {
        from_date: from_date.clone(),
        to_date: to_date.clone(),
        items_max: *items_max,
    };
    let sales = sales::wish(violations, &sales)?;
    Some(Wish::Sales(sales, format?))
}

fn day_text(name: &str, form: &Form, report: &DayReport) -> ExportReportResponse {
    match form.format {
        Format::Json => json(name, report),
        Format::Text => {
            let text = receipt::print(report, form.width, form.language);
            answer(name, "text/plain", "txt", text)
        }
        Format::Csv | Format::Unspecified => {
            answer(name, "text/csv", "csv", csv::write(&rows::of_day(report)))
        }
    }
}

fn json(name: &str, report: &impl Serialize) -> ExportReportResponse {
    // Numbers, texts and lists of them: nothing in a report can't be JSON.
    let text = serde_json::to_string_pretty(report).unwrap_or_default();
    let content = text + "\n";
    answer(name, "application/json", "json", content)
}

fn answer(name: &str, kind: &str, ending: &str, content: String) -> ExportReportResponse {
    ExportReportResponse {
        content_type: format!("{kind}; charset=utf-8"),
        file_name: format!("{name}.{ending}"),
        content,
    }
}
