//! An exact fraction.

use core::cmp::Ordering;
use core::fmt;

/// An exact fraction in lowest terms, usually of cents. Operations answer `None` where a figure leaves 128 bits, which no payroll does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Amount {
    num: i128,
    /// Always positive.
    den: i128,
}

impl Amount {
    /// Nothing.
    pub const ZERO: Self = Self { num: 0, den: 1 };

    /// The fraction `num / den`; `None` over zero.
    ///
    /// ```
    /// use punchclock_rules::pay::Amount;
    /// assert_eq!(Amount::new(60_000, 44).unwrap().to_string(), "15000/11");
    /// assert_eq!(Amount::new(-4, -2), Some(Amount::from(2)));
    /// ```
    #[must_use]
    pub fn new(num: i128, den: i128) -> Option<Self> {
        if den == 0 {
            return None;
        }
        let common = gcd(num.checked_abs()?, den.checked_abs()?);
        let sign = den.signum();
        Some(Self {
            num: num / common * sign,
            den: den / common * sign,
        })
    }

    /// What is above the line.
    #[must_use]
    pub const fn num(self) -> i128 {
        self.num
    }

    /// What is below the line; always positive.
    #[must_use]
    pub const fn den(self) -> i128 {
        self.den
    }

    /// The whole number it is, if it is one.
    #[must_use]
    pub const fn whole(self) -> Option<i128> {
        if self.den == 1 { Some(self.num) } else { None }
    }

    /// Sum.
    #[must_use]
    pub fn plus(self, other: Self) -> Option<Self> {
        let left = self.num.checked_mul(other.den)?;
        let right = other.num.checked_mul(self.den)?;
        Self::new(left.checked_add(right)?, self.den.checked_mul(other.den)?)
    }

    /// Product.
    #[must_use]
    pub fn times(self, other: Self) -> Option<Self> {
        // Crosswise first, so that the product stays as small as it can.
        let (a, b) = (Self::new(self.num, other.den)?, Self::new(other.num, self.den)?);
        Self::new(a.num.checked_mul(b.num)?, a.den.checked_mul(b.den)?)
    }

    /// Quotient; `None` over zero.
    #[must_use]
    pub fn over(self, other: Self) -> Option<Self> {
        self.times(Self::new(other.den, other.num)?)
    }

    /// The nearest whole number; exactly half is rounded away from zero, as a cash register does.
    ///
    /// ```
    /// use punchclock_rules::pay::Amount;
    /// let rounded = |num, den| Amount::new(num, den).and_then(Amount::rounded);
    /// assert_eq!((rounded(5, 2), rounded(-5, 2), rounded(7, 3)), (Some(3), Some(-3), Some(2)));
    /// ```
    #[must_use]
    pub fn rounded(self) -> Option<i64> {
        let twice = self.num.checked_abs()?.checked_mul(2)?.checked_add(self.den)?;
        let away = twice / self.den.checked_mul(2)?;
        i64::try_from(away * self.num.signum()).ok()
    }
}

impl From<i64> for Amount {
    fn from(whole: i64) -> Self {
        Self {
            num: whole.into(),
            den: 1,
        }
    }
}

impl PartialOrd for Amount {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Amount {
    fn cmp(&self, other: &Self) -> Ordering {
        // By the continued fraction: whole parts first, then the inverted rests. Multiplying across could leave 128 bits.
        let (mut a, mut b) = ((self.num, self.den), (other.num, other.den));
        let mut turned = false;
        loop {
            let (whole_a, whole_b) = (a.0.div_euclid(a.1), b.0.div_euclid(b.1));
            let (rest_a, rest_b) = (a.0.rem_euclid(a.1), b.0.rem_euclid(b.1));
            let order = whole_a.cmp(&whole_b).then_with(|| match (rest_a, rest_b) {
                (0, 0) => Ordering::Equal,
                (0, _) => Ordering::Less,
                (_, 0) => Ordering::Greater,
                _ => Ordering::Equal,
            });
            if order != Ordering::Equal || rest_a == 0 {
                return if turned { order.reverse() } else { order };
            }
            (a, b, turned) = ((a.1, rest_a), (b.1, rest_b), !turned);
        }
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.whole() {
            Some(whole) => write!(f, "{whole}"),
            None => write!(f, "{}/{}", self.num, self.den),
        }
    }
}

const fn gcd(a: i128, b: i128) -> i128 {
    let (mut a, mut b) = (a, b);
    while b != 0 {
        (a, b) = (b, a % b);
    }
    if a == 0 { 1 } else { a }
}
