use crate::parse::Violations;

/// What a page holds when the client does not say.
const PAGE_SIZE: i32 = 100;
/// The most that a page may hold: within a message's bound with room to spare.
const PAGE_SIZE_MAX: i32 = 200;

pub(crate) fn size(violations: &mut Violations, requested: i32) -> Option<usize> {
    let size = if requested == 0 { PAGE_SIZE } else { requested };
    let size = violations.range("page_size", size, 1, PAGE_SIZE_MAX)?;
    usize::try_from(size).ok()
}

/// A page token is the number that the page before ended with.
pub(crate) fn token(violations: &mut Violations, token: &str) -> Option<Option<i32>> {
    if token.is_empty() {
        return Some(None);
    }
    let number = token.parse().ok().filter(|number| *number > 0);
    if number.is_none() {
        violations.add("page_token", "it must be the next_page_token of an earlier answer");
    }
    number.map(Some)
}
