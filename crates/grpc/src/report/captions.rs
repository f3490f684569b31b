//! What a printed report says, in both languages: the one table of its words.

use kiosk_proto::v1::{
    fulfilment::Value as Fulfilment, order_source::Value as Source, order_status::Value as Status,
    pay_type::Value as PayType, report_language::Value as Language,
};

#[derive(Debug, Clone, Copy)]
pub(super) enum Caption {
    X,
    Z,
    BusinessDate,
    Opened,
    Closed,
    ClosedBy,
    Events,
    MissingEvents,
    Epochs,
    Orders,
    Gross,
    Refunds,
    Net,
    Average,
    CancelledOrders,
    CancelledLines,
    WastedLines,
    Remade,
    Tickets,
    MissingTickets,
    OlderDays,
    ByPayType,
    ByCategory,
    ByItem,
    ByHour,
    BySource,
    ByFulfilment,
    Other,
    Cells,
    Charged,
    Paid,
    Refunded,
    Adjusted,
    Transferred,
    CellNet,
    CellBalance,
    CarriedOver,
    MoreOrders,
    Cash,
    CashOpening,
    CashGross,
    CashRefunds,
    CashExpected,
    CashCounted,
    CashDifference,
    GrandTotal,
    GrandBefore,
    GrandAfter,
    Note,
    NotClosed,
}

impl Caption {
    pub(super) fn text(self, language: Language) -> &'static str {
        let (ko, en) = self.both();
        pick(language, ko, en)
    }

    fn both(self) -> (&'static str, &'static str) {
        match self {
            Self::X => ("중간 집계 (X)", "X report"),
            Self::Z => ("일일 마감 (Z)", "Z report"),
            Self::BusinessDate => ("영업일", "Business day"),
            Self::Opened => ("시작", "From"),
            Self::Closed => ("마감", "To"),
            Self::ClosedBy => ("담당", "Closed by"),
            Self::Events => ("기록 번호", "Events"),
            Self::MissingEvents => ("누락된 기록", "Missing events"),
            Self::Epochs => ("기록 구간", "Logs"),
            Self::Orders => ("주문 수", "Orders"),
            Self::Gross => ("총매출", "Gross"),
            Self::Refunds => ("환불", "Refunds"),
            Self::Net => ("순매출", "Net"),
            Self::Average => ("평균 주문 금액", "Average order"),
            Self::CancelledOrders => ("취소된 주문", "Cancelled orders"),
            Self::CancelledLines => ("취소된 품목", "Cancelled lines"),
            Self::WastedLines => ("제조 후 취소", "Cancelled when made"),
            Self::Remade => ("다시 만든 수량", "Made again"),
            Self::Tickets => ("주문 번호", "Tickets"),
            Self::MissingTickets => ("빠진 번호", "Missing numbers"),
            Self::OlderDays => ("이전 영업일 수", "Older days"),
            Self::ByPayType => ("결제 수단", "By payment"),
            Self::ByCategory => ("분류", "By category"),
            Self::ByItem => ("메뉴", "By item"),
            Self::ByHour => ("시간대", "By hour"),
            Self::BySource => ("주문 경로", "By source"),
            Self::ByFulfilment => ("매장/포장", "Here or to go"),
            Self::Other => ("기타", "Other"),
            Self::Cells => ("셀 포인트", "Cell points"),
            Self::Charged => ("충전", "Charged"),
            Self::Paid => ("결제", "Paid"),
            Self::Refunded => ("환불", "Refunded"),
            Self::Adjusted => ("조정", "Adjusted"),
            Self::Transferred => ("이체", "Transferred"),
            Self::CellNet => ("증감", "Change"),
            Self::CellBalance => ("전체 잔액", "All balances"),
            Self::CarriedOver => ("이월 주문", "Carried over"),
            Self::MoreOrders => ("그 외 주문", "More orders"),
            Self::Cash => ("현금", "Cash"),
            Self::CashOpening => ("시작 시재", "Opening"),
            Self::CashGross => ("현금 결제", "Taken in"),
            Self::CashRefunds => ("현금 환불", "Given back"),
            Self::CashExpected => ("예상 시재", "Expected"),
            Self::CashCounted => ("실제 시재", "Counted"),
            Self::CashDifference => ("과부족", "Difference"),
            Self::GrandTotal => ("누적 총매출", "Grand total"),
            Self::GrandBefore => ("이전", "Before"),
            Self::GrandAfter => ("이후", "After"),
            Self::Note => ("메모", "Note"),
            Self::NotClosed => ("마감 전 집계입니다", "The day is not closed by this"),
        }
    }
}

pub(super) fn pay_type(pay_type: PayType, language: Language) -> &'static str {
    let (ko, en) = match pay_type {
        PayType::Unspecified => ("기타", "Other"),
        PayType::Card => ("카드", "Card"),
        PayType::Cash => ("현금", "Cash"),
        PayType::Cell => ("셀 포인트", "Cell points"),
        PayType::Transfer => ("계좌 이체", "Bank transfer"),
        PayType::External => ("POS 결제", "Paid at the POS"),
    };
    pick(language, ko, en)
}

pub(super) fn source(source: Source, language: Language) -> &'static str {
    let (ko, en) = match source {
        Source::Unspecified => ("기타", "Other"),
        Source::Kiosk => ("키오스크", "Kiosk"),
        Source::Pos => ("POS", "POS"),
        Source::Staff => ("직원", "Staff"),
        Source::Web => ("웹", "Web"),
    };
    pick(language, ko, en)
}

pub(super) fn fulfilment(fulfilment: Fulfilment, language: Language) -> &'static str {
    let (ko, en) = match fulfilment {
        Fulfilment::Unspecified => ("기타", "Other"),
        Fulfilment::DineIn => ("매장", "Here"),
        Fulfilment::TakeOut => ("포장", "To go"),
    };
    pick(language, ko, en)
}

pub(super) fn status(status: Status, language: Language) -> &'static str {
    let (ko, en) = match status {
        Status::Pending => ("접수", "waiting"),
        Status::Making => ("제조 중", "in the making"),
        Status::Ready => ("준비 완료", "ready"),
        Status::Unspecified | Status::Completed | Status::Cancelled => ("기타", "other"),
    };
    pick(language, ko, en)
}

fn pick(language: Language, ko: &'static str, en: &'static str) -> &'static str {
    match language {
        Language::En => en,
        Language::Ko | Language::Unspecified => ko,
    }
}
