use crate::cafe::check;

#[test]
fn a_cell_is_paid_from_down_to_its_credit_limit() {
    check(&[
        ("place 2*4 cell 1", "order 1 for 12000; 1 bagel; choir PAYMENT -12000 = -2000"),
        ("place 2 cell 1", "no: choir has 0 points, not 3000"),
        ("place 3 cell 1", "order 2 for 0"),
        ("adjust 1 -1", "no: choir has 0 points, not 1"),
        ("charge 1 2999", "choir CHARGE +2999 = 999"),
        ("place 2 cell 1", "no: choir has 2999 points, not 3000"),
        ("refund 1 1", "choir REFUND +1 = 1000"),
        (
            "place 2 cell 1",
            "order 3 for 3000; 0 bagel; bagel is sold out; choir PAYMENT -3000 = -2000",
        ),
        ("place 3 cell 2", "no: there is no cell 2"),
    ]);
}

#[test]
fn a_balance_is_corrected_within_its_limits() {
    check(&[
        ("adjust 1 -12000", "choir ADJUST -12000 = -2000"),
        ("adjust 1 500", "choir ADJUST +500 = -1500"),
        ("adjust 2 1", "no: there is no cell 2"),
        ("charge 2 1", "no: there is no cell 2"),
        ("refund 2 1", "no: there is no cell 2"),
    ]);
}

#[test]
fn a_cell_changes_its_name_and_limit_and_keeps_its_balance() {
    check(&[
        ("cell 1 choir 2000", "nothing"),
        ("cell 1 band 500", "band is cell 1 with 500 credit"),
        ("adjust 1 -10400", "band ADJUST -10400 = -400"),
        ("cell 1 band 399", "no: the credit limit of band can't be 399 while its balance is -400"),
        ("cell 1 band 400", "band is cell 1 with 400 credit"),
        ("cell 0 youth 0", "youth is cell 2 with 0 credit"),
        ("cell 40 elders 0", "elders is cell 40 with 0 credit"),
        ("cell 0 guests 0", "guests is cell 41 with 0 credit"),
        ("place 3 cell 2", "order 1 for 0"),
    ]);
}

#[test]
fn a_cell_that_can_not_be_is_refused_with_what_is_wrong() {
    check(&[
        ("cell -1 x 0", "no: the cell can't be like this: cell_id is -1, not 0 or more"),
        ("cell 1 x -1", "no: the cell can't be like this: credit_limit is -1, not 0 to 100000000"),
        (
            "cell 0 x 100000001",
            "no: the cell can't be like this: credit_limit is 100000001, not 0 to 100000000",
        ),
        (
            "cell 0 123456789012345678901234567890123456789012345678901 0",
            "no: the cell can't be like this: name has 51 characters, not 1 to 50",
        ),
        ("cell 2147483647 x 0", "x is cell 2147483647 with 0 credit"),
        ("cell 0 y 0", "no: there can't be more than 2147483647 cell ids"),
    ]);
}

#[test]
fn a_balance_that_clients_can_not_count_is_refused() {
    let mut lines = vec![("cell 1 choir 2000", "nothing")];
    let sums: Vec<String> = (1..=21)
        .map(|n| format!("choir CHARGE +100000000 = {}", n * 100_000_000 + 10_000))
        .collect();
    lines.extend(sums.iter().map(|sum| ("charge 1 100000000", sum.as_str())));
    let full = "no: the balance of choir would leave the range that can be kept";
    lines.push(("charge 1 47473647", "choir CHARGE +47473647 = 2147483647"));
    lines.push(("charge 1 1", full));
    lines.push(("refund 1 1", full));
    lines.push(("adjust 1 1", full));
    lines.push(("place 2 cell 1", "order 1 for 3000; 4 bagel; choir PAYMENT -3000 = 2147480647"));
    lines.push(("charge 1 3000", "choir CHARGE +3000 = 2147483647"));
    // Nothing is half done: the order stays as it was until its points fit again.
    lines.push(("cancel 1", full));
    lines.push(("adjust 1 -3000", "choir ADJUST -3000 = 2147480647"));
    lines.push(("cancel 1", "PENDING cancelled; 5 bagel; choir REFUND +3000 = 2147483647"));
    check(&lines);
}
