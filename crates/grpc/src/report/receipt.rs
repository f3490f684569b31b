//! A day's report for a receipt printer: a fixed number of columns, of which a Hangul syllable takes
//! two.

use kiosk_domain::wall_clock;
use kiosk_proto::{
    Timestamp,
    v1::{
        CarriedOver, CashCount, CellTotals, CountAndAmount, DayReport,
        report_language::Value as Language,
    },
};
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use super::captions::{self, Caption};

pub(super) fn print(report: &DayReport, width: usize, language: Language) -> String {
    let mut paper = Paper { text: String::new(), width, language };
    heading(&mut paper, report);
    totals(&mut paper, report);
    tickets(&mut paper, report);
    tables(&mut paper, report);
    if let Some(it) = &report.cells {
        cells(&mut paper, it);
    }
    if let Some(it) = report.carried_over.as_ref().filter(|it| it.count > 0) {
        carried_over(&mut paper, it);
    }
    if let Some(it) = &report.cash {
        cash(&mut paper, it);
    }
    paper.section(Caption::GrandTotal);
    paper.amount(Caption::GrandBefore, report.grand_total_before);
    paper.amount(Caption::GrandAfter, report.grand_total_after);
    if !report.note.is_empty() {
        paper.section(Caption::Note);
        report.note.lines().for_each(|line| paper.wrapped(line));
    }
    paper.rule('=');
    if report.number == 0 {
        paper.centred(Caption::NotClosed.text(language));
    }
    paper.text
}

fn heading(paper: &mut Paper, report: &DayReport) {
    paper.rule('=');
    match report.number {
        0 => paper.centred(Caption::X.text(paper.language)),
        number => paper.centred(&format!("{} {number:04}", Caption::Z.text(paper.language))),
    }
    paper.rule('=');
    let time = |time: Option<Timestamp>| {
        time.map_or_else(|| "-".into(), |time| wall_clock(time, &report.time_zone))
    };
    paper.fact(Caption::BusinessDate, &report.business_date);
    paper.fact(Caption::Opened, &time(report.opened_at));
    paper.fact(Caption::Closed, &time(report.closed_at));
    if let Some(person) = &report.closed_by {
        paper.fact(Caption::ClosedBy, &person.name);
    }
    let first = report.after_seq.saturating_add(1);
    paper.fact(Caption::Events, &format!("{first}-{}", report.through_seq));
    // A hole in the log is on the paper, or the paper says that there is none.
    paper.fact(Caption::MissingEvents, &report.missing_events.to_string());
    for range in &report.missing {
        paper.line("", &format!("{}-{}", range.first, range.last));
    }
    if report.epochs.len() > 1 {
        paper.fact(Caption::Epochs, &report.epochs.len().to_string());
    }
}

fn totals(paper: &mut Paper, report: &DayReport) {
    paper.rule('-');
    paper.amount(Caption::Orders, report.orders);
    paper.amount(Caption::Gross, report.gross);
    paper.amount(Caption::Refunds, -report.refunds);
    paper.amount(Caption::Net, report.net);
    paper.amount(Caption::Average, report.average);
    paper.rule('-');
    let back = |sum: &CountAndAmount| CountAndAmount { amount: -sum.amount, ..*sum };
    paper.sum(Caption::CancelledOrders, report.cancelled_orders.as_ref().map(back));
    paper.sum(Caption::CancelledLines, report.cancelled_lines.as_ref().map(back));
    paper.sum(Caption::WastedLines, report.wasted_lines.as_ref().map(back));
    paper.amount(Caption::Remade, report.remade_quantity);
}

fn tickets(paper: &mut Paper, report: &DayReport) {
    if report.tickets.is_empty() {
        return;
    }
    paper.section(Caption::Tickets);
    for day in &report.tickets {
        let range = format!("{}-{} ({})", day.first, day.last, day.count);
        paper.line(&day.business_date, &range);
        if day.missing_count > 0 {
            paper.fact(Caption::MissingTickets, &day.missing_count.to_string());
        }
        for range in &day.missing {
            paper.line("", &format!("{}-{}", range.first, range.last));
        }
    }
    if report.more_ticket_days > 0 {
        paper.fact(Caption::OlderDays, &report.more_ticket_days.to_string());
    }
}

fn tables(paper: &mut Paper, report: &DayReport) {
    let language = paper.language;
    let other = Caption::Other.text(language);
    let named = |name: &str| if name.is_empty() { other.into() } else { name.to_owned() };
    let pay_types = report.by_pay_type.iter();
    let pay_types =
        pay_types.map(|it| (captions::pay_type(it.pay_type(), language).into(), it.orders, it.net));
    paper.table(Caption::ByPayType, pay_types);
    let categories = report.by_category.iter();
    let categories =
        categories.map(|it| (named(&it.category), it.quantity - it.refunded_quantity, it.net));
    paper.table(Caption::ByCategory, categories);
    let items = report.by_item.iter();
    let items = items.map(|it| (named(&it.menu_name), it.quantity - it.refunded_quantity, it.net));
    paper.table(Caption::ByItem, items);
    let busy =
        report.by_hour.iter().filter(|it| it.orders != 0 || it.gross != 0 || it.refunds != 0);
    let busy = busy.map(|it| (format!("{:02}:00", it.hour), it.orders, it.net));
    paper.table(Caption::ByHour, busy);
    let sources = report.by_source.iter();
    let sources =
        sources.map(|it| (captions::source(it.source(), language).into(), it.orders, it.amount));
    paper.table(Caption::BySource, sources);
    let fulfilments = report
        .by_fulfilment
        .iter()
        .map(|it| (captions::fulfilment(it.fulfilment(), language).into(), it.orders, it.amount));
    paper.table(Caption::ByFulfilment, fulfilments);
}

fn cells(paper: &mut Paper, it: &CellTotals) {
    paper.section(Caption::Cells);
    paper.sum(Caption::Charged, it.charged);
    paper.sum(Caption::Paid, it.paid);
    paper.sum(Caption::Refunded, it.refunded);
    paper.sum(Caption::Adjusted, it.adjusted);
    paper.sum(Caption::Transferred, it.transferred);
    paper.amount(Caption::CellNet, it.net);
    paper.amount(Caption::CellBalance, it.balance);
}

fn carried_over(paper: &mut Paper, it: &CarriedOver) {
    paper.section(Caption::CarriedOver);
    for order in &it.orders {
        let status = captions::status(order.status(), paper.language);
        let name = format!("{} #{} {status}", order.business_date, order.daily_num);
        paper.line(&name, &grouped(order.total_amount));
    }
    let more = it.count.saturating_sub(i64::try_from(it.orders.len()).unwrap_or(i64::MAX));
    if more > 0 {
        paper.amount(Caption::MoreOrders, more);
    }
    let all = format!("{} ({})", Caption::CarriedOver.text(paper.language), grouped(it.count));
    paper.line(&all, &grouped(it.amount));
}

fn cash(paper: &mut Paper, it: &CashCount) {
    paper.section(Caption::Cash);
    for (caption, amount) in [
        (Caption::CashOpening, it.opening),
        (Caption::CashGross, Some(it.gross)),
        (Caption::CashRefunds, Some(-it.refunds)),
        (Caption::CashExpected, Some(it.expected)),
        (Caption::CashCounted, it.counted),
        (Caption::CashDifference, it.difference),
    ] {
        if let Some(amount) = amount {
            paper.amount(caption, amount);
        }
    }
}

struct Paper {
    text: String,
    width: usize,
    language: Language,
}

impl Paper {
    /// What there is none of is not printed.
    fn table(&mut self, title: Caption, rows: impl Iterator<Item = (String, i64, i64)>) {
        let mut rows = rows.peekable();
        if rows.peek().is_some() {
            self.section(title);
        }
        for (name, count, amount) in rows {
            self.line(&format!("{name} ({})", grouped(count)), &grouped(amount));
        }
    }

    fn section(&mut self, title: Caption) {
        self.rule('-');
        let title = format!("[{}]", title.text(self.language));
        self.wrapped(&title);
    }

    fn amount(&mut self, caption: Caption, amount: i64) {
        self.fact(caption, &grouped(amount));
    }

    fn sum(&mut self, caption: Caption, sum: Option<CountAndAmount>) {
        let CountAndAmount { count, amount } = sum.unwrap_or_default();
        let caption = format!("{} ({})", caption.text(self.language), grouped(count));
        self.line(&caption, &grouped(amount));
    }

    fn fact(&mut self, caption: Caption, value: &str) {
        self.line(caption.text(self.language), value);
    }

    /// One at each edge; what does not fit beside the other has lines of its own.
    fn line(&mut self, left: &str, right: &str) {
        let used = left.width().saturating_add(right.width()).saturating_add(1);
        if used > self.width && !left.is_empty() {
            self.wrapped(left);
            return self.line("", right);
        }
        if right.width() > self.width {
            return self.wrapped(right);
        }
        let blank = self.width.saturating_sub(left.width()).saturating_sub(right.width());
        self.push(&format!("{left}{}{right}", " ".repeat(blank)));
    }

    fn centred(&mut self, text: &str) {
        let blank = self.width.saturating_sub(text.width()) / 2;
        self.push(&format!("{}{text}", " ".repeat(blank)));
    }

    fn rule(&mut self, letter: char) {
        self.push(&letter.to_string().repeat(self.width));
    }

    /// In as many lines as it takes, broken where the paper ends.
    fn wrapped(&mut self, text: &str) {
        let (mut line, mut used) = (String::new(), 0);
        for letter in text.chars() {
            let wide = letter.width().unwrap_or(0);
            if used + wide > self.width {
                self.push(&std::mem::take(&mut line));
                used = 0;
            }
            line.push(letter);
            used += wide;
        }
        self.push(&line);
    }

    fn push(&mut self, line: &str) {
        self.text.push_str(line.trim_end());
        self.text.push('\n');
    }
}

/// `-1,234,567`.
fn grouped(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut text = String::from(if number < 0 { "-" } else { "" });
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
