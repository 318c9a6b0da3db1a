//! Numbers as integers: exact, or not at all.

use crate::number::Number;

impl Number {
    /// Whether it is negative, and its magnitude, if it is a whole number that 128 bits hold.
    fn whole(self) -> Option<(bool, u128)> {
        let (negative, digits, exponent) = self.to_digits();
        if digits.is_empty() {
            return Some((false, 0));
        }
        let width = usize::try_from(exponent).ok().filter(|width| digits.len() <= *width)?;
        let mut padded = digits.iter().copied().chain(std::iter::repeat(0)).take(width);
        let magnitude =
            padded.try_fold(0_u128, |n, d| n.checked_mul(10)?.checked_add(u128::from(d)))?;
        Some((negative, magnitude))
    }

    /// The value as `i64`, if it is a whole number in range.
    #[must_use]
    pub fn to_i64(self) -> Option<i64> {
        i64::try_from(self.to_i128()?).ok()
    }

    /// The value as `i128`, if it is a whole number in range.
    #[must_use]
    pub fn to_i128(self) -> Option<i128> {
        let (negative, magnitude) = self.whole()?;
        if negative {
            0_i128.checked_sub_unsigned(magnitude)
        } else {
            i128::try_from(magnitude).ok()
        }
    }

    /// The value as `u128`, if it is a whole number in range.
    #[must_use]
    pub fn to_u128(self) -> Option<u128> {
        self.whole().filter(|(negative, _)| !negative).map(|(_, magnitude)| magnitude)
    }
}

macro_rules! from_integer {
    ($($int:ty),*) => {$(
        impl From<$int> for Number {
            fn from(value: $int) -> Self {
                // At most 20 digits, so parsing cannot fail.
                value.to_string().parse().unwrap_or(Self::ZERO)
            }
        }
    )*};
}
from_integer!(i32, i64, u32, u64);

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Number {
        text.parse().unwrap_or_else(|e| panic!("{text}: {e}"))
    }

    #[test]
    fn whole_numbers_come_back_as_integers() {
        for n in [0, 1, -1, 10, 1000, i64::MAX, i64::MIN] {
            assert_eq!(Number::from(n).to_i64(), Some(n));
            assert_eq!(Number::from(n).to_i128(), Some(i128::from(n)));
            assert_eq!(Number::from(n).to_u128(), u128::try_from(n).ok());
        }
        assert_eq!(number("1.5").to_i64(), None);
        assert_eq!(number("1e30").to_i64(), None);
    }

    #[test]
    fn integers_of_128_bits_are_exact_up_to_their_bounds() {
        // 2^127 and 2^128 have 39 digits, more than a number holds: the nearest below, and above.
        let near = "170141183460469231731687303715884105720";
        assert_eq!(number(near).to_i128(), near.parse().ok());
        assert_eq!(number(&format!("-{near}")).to_i128(), format!("-{near}").parse().ok());
        let beyond = "170141183460469231731687303715884105730";
        assert_eq!(number(beyond).to_i128(), None);
        assert_eq!(number(&format!("-{beyond}")).to_i128(), None);
        assert_eq!(number(beyond).to_u128(), beyond.parse().ok());
        assert_eq!(number("3.4e38").to_u128(), Some(34 * 10_u128.pow(37)));
        assert_eq!(number("3.5e38").to_u128(), None);
        assert_eq!(number("1e125").to_u128(), None);
        assert_eq!(number("-1").to_u128(), None);
        assert_eq!(number("0.5").to_u128(), None);
    }
}
