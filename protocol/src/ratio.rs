//! Products that need more than 128 bits on their way, and are divided again.

/// The lower half of a number.
const LOW: u128 = u64::MAX as u128;

/// `a * b / c`, rounded down; none where that does not fit, or `c` is zero.
pub fn ratio(a: u128, b: u128, c: u128) -> Option<u128> {
    divided(a, b, c).map(|(quotient, _)| quotient)
}

/// `a * b / c`, rounded up; none where that does not fit, or `c` is zero.
pub fn ratio_up(a: u128, b: u128, c: u128) -> Option<u128> {
    let (quotient, rest) = divided(a, b, c)?;
    quotient.checked_add(u128::from(rest > 0))
}

/// `a * b / c`, and what remains.
fn divided(a: u128, b: u128, c: u128) -> Option<(u128, u128)> {
    let (high, low) = product(a, b);
    if high == 0 {
        return Some((low.checked_div(c)?, low.checked_rem(c)?));
    }
    // Also where `c` is zero.
    if high >= c {
        return None;
    }
    let (mut rest, mut quotient) = (high, 0);
    for bit in (0..128).rev() {
        let beyond = rest >> 127 == 1;
        rest = (rest << 1) | ((low >> bit) & 1);
        quotient <<= 1;
        if beyond || rest >= c {
            rest = rest.wrapping_sub(c);
            quotient |= 1;
        }
    }
    Some((quotient, rest))
}

/// `a * b`: its upper and its lower half. Each factor is less than 2^64 here, so that no product or sum goes beyond 2^128
/// but those whose carry is taken.
fn product(a: u128, b: u128) -> (u128, u128) {
    let ((a1, a0), (b1, b0)) = ((a >> 64, a & LOW), (b >> 64, b & LOW));
    let (middle, above) = (a1 * b0).overflowing_add(a0 * b1);
    let (low, carry) = (a0 * b0).overflowing_add(middle << 64);
    let high = a1 * b1 + (middle >> 64) + (u128::from(above) << 64) + u128::from(carry);
    (high, low)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_products_are_what_plain_division_gives() {
        let numbers = [0, 1, 2, 3, 7, 10, 999, 1 << 32, (1 << 60) + 1, LOW];
        for (a, b, c) in numbers.iter().flat_map(|a| numbers.iter().flat_map(move |b| numbers.map(|c| (*a, *b, c)))) {
            assert_eq!(ratio(a, b, c), (a * b).checked_div(c), "{a} * {b} / {c}");
            let up = (c > 0).then(|| (a * b).div_ceil(c));
            assert_eq!(ratio_up(a, b, c), up, "{a} * {b} / {c}, rounded up");
        }
    }

    #[test]
    fn products_of_more_than_128_bits_are_exact() {
        assert_eq!(ratio(u128::MAX, u128::MAX, u128::MAX), Some(u128::MAX));
        assert_eq!(ratio(u128::MAX, 3, 4), Some(u128::MAX / 4 * 3 + 2));
        assert_eq!(ratio(1 << 100, 1 << 100, 1 << 80), Some(1 << 120));
        assert_eq!(ratio(u128::MAX - 1, u128::MAX, u128::MAX - 2), None, "one more than fits");
        assert_eq!(ratio(u128::MAX, 2, 1), None);
    }

    #[test]
    fn what_remains_of_such_a_product_rounds_it_up() {
        assert_eq!(ratio_up(u128::MAX, 3, 4), Some(u128::MAX / 4 * 3 + 3));
        assert_eq!(ratio_up(1 << 100, 1 << 100, 1 << 80), Some(1 << 120), "nothing remains");
        assert_eq!(ratio_up(u128::MAX, u128::MAX - 1, u128::MAX), Some(u128::MAX - 1));
        // Seven times this is 2^129 - 1.
        let seventh = u128::MAX / 7 * 2 + 1;
        assert_eq!((ratio(seventh, 7, 2), ratio_up(seventh, 7, 2)), (Some(u128::MAX), None));
        assert_eq!(ratio_up(u128::MAX, 1, 0), None);
    }
}
