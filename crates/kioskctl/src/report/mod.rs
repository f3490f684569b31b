mod text;

use std::fs;

use clap::{Args, Subcommand};
use kiosk_proto::v1::{
    CloseDayRequest, ExportReportRequest, GetDayReportRequest, GetReportRequest,
    GetSalesReportRequest, ListDayReportsRequest, report_format::Value as Format,
    report_language::Value as Language, report_service_client::ReportServiceClient,
};

use self::text::{day_text, list_text, sales_text};
use crate::{cli::Mutation, client::Client, failure::Failure, output::Output};

/// The contract's largest page.
const PAGE_SIZE_MAX: i32 = 200;

#[derive(Debug, Subcommand)]
pub(crate) enum ReportCommand {
    /// The X report: all since the last close. It changes nothing.
    X(Form),
    /// The Z report: closes the day under the next number, for good.
    #[command(visible_alias = "close")]
    Z(CloseArgs),
    /// A closed report.
    Show {
        number: i32,
        #[command(flatten)]
        form: Form,
    },
    /// The closed reports, newest first.
    List,
    /// Write a report into a file under its own name, in this directory.
    Export(ExportArgs),
    /// What the orders of a range of business days came to.
    Sales(SalesArgs),
}

/// As a table of sums, or else.
#[derive(Debug, Args)]
pub(crate) struct Form {
    /// As CSV for a spreadsheet.
    #[arg(long, conflicts_with = "print")]
    csv: bool,
    /// As it is printed on a receipt.
    #[arg(long)]
    print: bool,
    #[command(flatten)]
    paper: Paper,
}

#[derive(Debug, Args)]
pub(crate) struct Paper {
    /// Columns of what is printed, 32 to 80.
    #[arg(long, default_value = "42", value_parser = clap::value_parser!(i32).range(32..=80))]
    width: i32,
    /// Print it in English.
    #[arg(long)]
    english: bool,
}

#[derive(Debug, Args)]
pub(crate) struct CloseArgs {
    /// What is in the drawer.
    #[arg(long, value_name = "AMOUNT")]
    counted_cash: Option<i64>,
    /// What was in it at the beginning.
    #[arg(long, value_name = "AMOUNT")]
    opening_cash: Option<i64>,
    /// For those who read it later.
    #[arg(long, default_value = "")]
    note: String,
    #[command(flatten)]
    form: Form,
    #[command(flatten)]
    mutation: Mutation,
}

#[derive(Debug, Args)]
pub(crate) struct ExportArgs {
    /// A closed report; the X report if it is not given.
    number: Option<i32>,
    /// As CSV for a spreadsheet; or else --print or --json.
    #[arg(long, conflicts_with = "print")]
    csv: bool,
    /// As it is printed on a receipt.
    #[arg(long)]
    print: bool,
    #[command(flatten)]
    paper: Paper,
}

#[derive(Debug, Args)]
pub(crate) struct SalesArgs {
    /// The first business day, `2026-11-01`.
    from: String,
    /// The last business day.
    to: String,
    /// As CSV for a spreadsheet.
    #[arg(long)]
    csv: bool,
    /// How many items are listed.
    #[arg(long, default_value = "20")]
    items: i32,
}

pub(crate) async fn run(
    command: ReportCommand,
    client: &Client,
    output: Output,
) -> Result<(), Failure> {
    match command {
        ReportCommand::X(form) => show(0, form, client, output).await,
        ReportCommand::Z(args) => close(args, client, output).await,
        ReportCommand::Show { number, form } => show(number, form, client, output).await,
        ReportCommand::List => list(client, output).await,
        ReportCommand::Export(args) => export(args, client, output).await,
        ReportCommand::Sales(args) => sales(args, client, output).await,
    }
}

/// Number 0 is the X report.
async fn show(number: i32, form: Form, client: &Client, output: Output) -> Result<(), Failure> {
    if form.csv || form.print {
        let format = if form.csv { Format::Csv } else { Format::Text };
        let request = form.paper.request(number, format);
        return output.text(&text_of(request, client).await?.1);
    }
    if number == 0 {
        let call =
            async |channel, request| ReportServiceClient::new(channel).get_report(request).await;
        let answer = client.call(GetReportRequest {}, call).await?;
        return output.message(&answer.report.unwrap_or_default(), day_text);
    }
    let call =
        async |channel, request| ReportServiceClient::new(channel).get_day_report(request).await;
    let answer = client.call(GetDayReportRequest { number }, call).await?;
    output.message(&answer.report.unwrap_or_default(), day_text)
}

async fn close(args: CloseArgs, client: &Client, output: Output) -> Result<(), Failure> {
    let CloseArgs { counted_cash, opening_cash, note, form, mutation } = args;
    let request_id = mutation.request_id();
    let request =
        CloseDayRequest { request_id: request_id.clone(), counted_cash, opening_cash, note };
    let call = async |channel, request| ReportServiceClient::new(channel).close_day(request).await;
    let answer = client.mutate(&request_id, request, call).await?;
    let report = answer.report.unwrap_or_default();
    if form.csv || form.print {
        return show(report.number, form, client, output).await;
    }
    output.message(&report, day_text)
}

async fn list(client: &Client, output: Output) -> Result<(), Failure> {
    let mut request = ListDayReportsRequest { page_size: PAGE_SIZE_MAX, page_token: String::new() };
    let mut reports = Vec::new();
    loop {
        let call = async |channel, request| {
            ReportServiceClient::new(channel).list_day_reports(request).await
        };
        let page = client.call(request.clone(), call).await?;
        if output.is_json() {
            page.reports.iter().try_for_each(|it| output.message(it, |_| String::new()))?;
        } else {
            reports.extend(page.reports);
        }
        if page.next_page_token.is_empty() {
            break;
        }
        request.page_token = page.next_page_token;
    }
    if output.is_json() { Ok(()) } else { output.text(&list_text(&reports)) }
}

async fn export(args: ExportArgs, client: &Client, output: Output) -> Result<(), Failure> {
    let format = match (args.csv, args.print, output.is_json()) {
        (true, false, false) => Format::Csv,
        (false, true, false) => Format::Text,
        (false, false, true) => Format::Json,
        _ => return Err(Failure::Usage("say --csv, --print or --json, one of them".into())),
    };
    let request = args.paper.request(args.number.unwrap_or(0), format);
    let (name, content) = text_of(request, client).await?;
    // The box says the name: a path would be one that nobody chose.
    let is_plain = name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '.'));
    if !is_plain || name.starts_with('.') {
        return Err(Failure::Check(format!("{name:?} is no name for a file")));
    }
    let written = fs::write(&name, content);
    written.map_err(|error| Failure::Check(format!("{name}: {error}")))?;
    // Whoever exports JSON is a program, or wants the file: its name is what there is to say.
    output.text(&name)
}

async fn sales(args: SalesArgs, client: &Client, output: Output) -> Result<(), Failure> {
    let SalesArgs { from: from_date, to: to_date, csv, items: items_max } = args;
    if csv {
        let format = Format::Csv.into();
        let request =
            ExportReportRequest { format, from_date, to_date, items_max, ..Default::default() };
        return output.text(&text_of(request, client).await?.1);
    }
    let request = GetSalesReportRequest { from_date, to_date, items_max };
    let call =
        async |channel, request| ReportServiceClient::new(channel).get_sales_report(request).await;
    let answer = client.call(request, call).await?;
    output.message(&answer.report.unwrap_or_default(), sales_text)
}

/// The file's name and what is in it.
async fn text_of(
    request: ExportReportRequest,
    client: &Client,
) -> Result<(String, String), Failure> {
    let call =
        async |channel, request| ReportServiceClient::new(channel).export_report(request).await;
    let answer = client.call(request, call).await?;
    Ok((answer.file_name, answer.content))
}

impl Paper {
    fn request(&self, number: i32, format: Format) -> ExportReportRequest {
        let language = if self.english { Language::En } else { Language::Ko };
        ExportReportRequest {
            number,
            format: format.into(),
            width: self.width,
            language: language.into(),
            ..Default::default()
        }
    }
}
