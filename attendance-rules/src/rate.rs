//! Exact rates: basis points and ratios, never floats.

/// One hundred per cent in basis points.
pub const WHOLE_BP: u32 = 10_000;

/// Largest rate that is accepted, in basis points: a hundredfold.
pub const MAX_RATE_BP: u32 = 1_000_000;

/// A ratio of two whole numbers, such as 3/2; in JSON `[3, 2]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(from = "(u32, u32)", into = "(u32, u32)")
)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(with = "(u32, u32)")
)]
#[expect(clippy::exhaustive_structs, reason = "a ratio is two numbers")]
pub struct Ratio {
    /// What is above the line.
    pub num: u32,
    /// What is below the line; a policy with 0 here is refused.
    pub den: u32,
}

impl Ratio {
    /// One to one.
    pub const ONE: Self = Self { num: 1, den: 1 };

    /// A ratio.
    #[must_use]
    pub const fn new(num: u32, den: u32) -> Self {
        Self { num, den }
    }

    /// `floor(seconds * num / den)` and what is left over, in units of `1/den` second: nothing is lost. A ratio over 0 gives nothing.
    ///
    /// ```
    /// use punchclock_rules::Ratio;
    /// assert_eq!(Ratio::new(3, 2).apply(3), (4, 1)); // 4.5 s
    /// ```
    #[must_use]
    pub const fn apply(self, seconds: i64) -> (i64, i64) {
        let product = seconds.saturating_mul(self.num as i64);
        let den = self.den as i64;
        match (product.checked_div_euclid(den), product.checked_rem_euclid(den)) {
            (Some(whole), Some(rest)) => (whole, rest),
            _ => (0, 0),
        }
    }
}

impl From<(u32, u32)> for Ratio {
    fn from((num, den): (u32, u32)) -> Self {
        Self { num, den }
    }
}

impl From<Ratio> for (u32, u32) {
    fn from(ratio: Ratio) -> Self {
        (ratio.num, ratio.den)
    }
}

/// The product of rates in basis points, exact: `(numerator, denominator)` in basis points, in lowest terms. `None` when it leaves `i128`.
///
/// Premiums chain (Labor Code of the Philippines art. 86-94, DOLE handbook): rest day overtime at night is 130 % × 130 % × 110 %.
///
/// ```
/// use punchclock_rules::chained_rate;
/// assert_eq!(chained_rate(&[13_000, 13_000, 11_000]), Some((18_590, 1)));
/// ```
#[must_use]
pub fn chained_rate(rates_bp: &[u32]) -> Option<(i128, i128)> {
    let whole = i128::from(WHOLE_BP);
    let (mut num, mut den) = (whole, 1_i128);
    for &rate in rates_bp {
        num = num.checked_mul(i128::from(rate))?;
        den = den.checked_mul(whole)?;
        let common = gcd(num, den);
        (num, den) = (num / common, den / common);
    }
    Some((num, den))
}

const fn gcd(a: i128, b: i128) -> i128 {
    let (mut a, mut b) = (a, b);
    while b != 0 {
        (a, b) = (b, a % b);
    }
    if a == 0 { 1 } else { a }
}
