use kiosk_proto::v1::{DayReport, ItemTotal, SalesReport, StationTimes, report_language::Value};
use unicode_width::UnicodeWidthStr as _;

use super::{csv, receipt, rows};

/// The one that the contract shows.
fn sample() -> DayReport {
    let sample = include_str!("../../../../proto/samples/day.closed.json");
    let sample: serde_json::Value = serde_json::from_str(sample).unwrap();
    serde_json::from_value(sample["data"].clone()).unwrap()
}

#[test]
fn a_receipt_is_as_it_is_printed() {
    let printed = receipt::print(&sample(), 42, Value::Ko);
    assert_eq!(printed, KOREAN, "{printed}");
    let printed = receipt::print(&sample(), 32, Value::En);
    assert!(printed.starts_with(ENGLISH), "{printed}");
}

#[test]
fn no_line_is_wider_than_the_paper_whatever_a_thing_is_called() {
    let mut report = sample();
    let name = "아주아주긴이름의 콜드브루 라떼 (샷 추가, 디카페인, 오트밀크, 시럽 빼고)";
    for name in [name, "a name of many words that goes on and on and on and on", "", "'=1+1\n2"] {
        let item = ItemTotal { menu_name: name.into(), net: i64::MIN + 1, ..Default::default() };
        report.by_item.push(item);
    }
    report.note = "비".repeat(99);
    for language in [Value::Ko, Value::En] {
        for width in [32, 42, 48, 80] {
            let printed = receipt::print(&report, width, language);
            for line in printed.lines() {
                assert!(line.width() <= width, "{width}: {line}");
            }
            assert!(printed.replace('\n', "").contains(&report.note));
        }
    }
}

#[test]
fn an_x_says_that_it_closes_nothing() {
    let report = DayReport { number: 0, note: String::new(), ..sample() };
    let printed = receipt::print(&report, 42, Value::Ko);
    assert!(printed.ends_with("마감 전 집계입니다\n"), "{printed}");
    assert!(!printed.contains("0000"), "{printed}");
}

#[test]
fn a_csv_has_every_sum_and_no_formula() {
    let mut report = sample();
    for name in ["=HYPERLINK(\"x\")", "+1", "-1", "@a", "콜드, \"브루\""] {
        report.by_item.push(ItemTotal { menu_name: name.into(), ..Default::default() });
    }
    report.note = "=1+1".into();
    let text = csv::write(&rows::of_day(&report));
    assert!(
        text.starts_with("\u{feff}section,key,name,count,gross,refunded_count,refunds,net\r\n")
    );
    for line in [
        "report,number,12,,,,,",
        "report,note,'=1+1,,,,,",
        "missing_events,,,2,,,,",
        "missing_events,1100-1101,,,,,,",
        "total,,,41,328000,,8000,320000",
        "cancelled,orders,,,,1,7000,",
        "tickets,2026-11-21,1-42,41,,,,",
        "missing_tickets,2026-11-21,17-17,,,,,",
        "pay_type,CARD,,41,328000,,8000,320000",
        "category,,커피,82,328000,2,8000,320000",
        "item,1,아메리카노,82,328000,2,8000,320000",
        "item,0,\"'=HYPERLINK(\"\"x\"\")\",0,0,0,0,0",
        "item,0,'+1,0,0,0,0,0",
        "item,0,'-1,0,0,0,0,0",
        "item,0,'@a,0,0,0,0,0",
        "item,0,\"콜드, \"\"브루\"\"\",0,0,0,0,0",
        "hour,12,,41,328000,,8000,320000",
        "source,KIOSK,,41,328000,,,",
        "cells,charged,,1,,,,50000",
        "carried_over,ORD-1795230245678-k3x9qa,2026-11-21 #42 MAKING,,,,,8000",
        "cash,difference,,,,,,-500",
        "grand_total,after,,,,,,5328000",
    ] {
        assert!(text.contains(&format!("\r\n{line}\r\n")), "{line} is not in {text}");
    }
    let mut rows = ::csv::ReaderBuilder::new().from_reader(text.as_bytes());
    assert!(rows.records().all(|row| row.unwrap().len() == 8));
}

#[test]
fn sales_as_csv_have_times_by_station() {
    let station = StationTimes {
        station: "bar".into(),
        lines: 7,
        median_seconds: 60,
        p90_seconds: 90,
        longest_seconds: 95,
    };
    let from_date = "2026-11-01".into();
    let report = SalesReport { from_date, preparation: vec![station], ..Default::default() };
    let text = csv::write(&rows::of_sales(&report));
    for line in ["report,from_date,2026-11-01,,,,,", "preparation,bar,p90_seconds,90,,,,"] {
        assert!(text.contains(&format!("\r\n{line}\r\n")), "{line} is not in {text}");
    }
}

const KOREAN: &str = "\
==========================================
            일일 마감 (Z) 0012
==========================================
영업일                          2026-11-21
시작                      2026-11-20 21:01
마감                      2026-11-21 21:04
담당                                  Mina
기록 번호                         981-1206
누락된 기록                              2
                                 1100-1101
------------------------------------------
주문 수                                 41
총매출                             328,000
환불                                -8,000
순매출                             320,000
평균 주문 금액                       8,000
------------------------------------------
취소된 주문 (1)                     -7,000
취소된 품목 (1)                     -1,000
제조 후 취소 (1)                    -1,000
다시 만든 수량                           2
------------------------------------------
[주문 번호]
2026-11-21                       1-42 (41)
빠진 번호                                1
                                     17-17
------------------------------------------
[결제 수단]
카드 (41)                          320,000
------------------------------------------
[분류]
커피 (80)                          320,000
------------------------------------------
[메뉴]
아메리카노 (80)                    320,000
------------------------------------------
[시간대]
12:00 (41)                         320,000
------------------------------------------
[주문 경로]
키오스크 (41)                      328,000
------------------------------------------
[매장/포장]
포장 (41)                          328,000
------------------------------------------
[셀 포인트]
충전 (1)                            50,000
결제 (0)                                 0
환불 (0)                                 0
조정 (0)                                 0
이체 (2)                                 0
증감                                50,000
전체 잔액                          120,000
------------------------------------------
[이월 주문]
2026-11-21 #42 제조 중               8,000
이월 주문 (1)                        8,000
------------------------------------------
[현금]
시작 시재                          100,000
현금 결제                                0
현금 환불                                0
예상 시재                          100,000
실제 시재                           99,500
과부족                                -500
------------------------------------------
[누적 총매출]
이전                             5,000,000
이후                             5,328,000
------------------------------------------
[메모]
rainy
==========================================
";

/// The beginning.
const ENGLISH: &str = "\
================================
         Z report 0012
================================
Business day          2026-11-21
From            2026-11-20 21:01
To              2026-11-21 21:04
Closed by                   Mina
Events                  981-1206
Missing events                 2
                       1100-1101
--------------------------------
Orders                        41
";
