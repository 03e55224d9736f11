//! What a terminal is asked to send by itself (`TransFlag`), in both of its forms.

/// A set of the things that a terminal can send.
///
/// ```
/// use punchclock_adms::Transfers;
/// let wanted = Transfers::PUNCHES.with(Transfers::ATT_PHOTO);
/// assert!(wanted.contains(Transfers::ATT_LOG) && !wanted.contains(Transfers::CHG_FP));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Transfers(u16);

/// Set and word, in the order of the text form.
const WORDS: [(Transfers, &str); 13] = [
    (Transfers::ATT_LOG, "AttLog"),
    (Transfers::OP_LOG, "OpLog"),
    (Transfers::ATT_PHOTO, "AttPhoto"),
    (Transfers::ENROLL_USER, "EnrollUser"),
    (Transfers::CHG_USER, "ChgUser"),
    (Transfers::ENROLL_FP, "EnrollFP"),
    (Transfers::CHG_FP, "ChgFP"),
    (Transfers::FP_IMAGE, "FPImag"),
    (Transfers::FACE, "FACE"),
    (Transfers::USER_PIC, "UserPic"),
    (Transfers::WORK_CODE, "WORKCODE"),
    (Transfers::BIO_PHOTO, "BioPhoto"),
    (Transfers::FVEIN, "FVEIN"),
];

/// The order of the bits: the documents disagree from the fourth on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum BitOrder {
    /// The documents of 2011 and V5.8, and old firmware.
    Y2011,
    /// The document of 2015, and 3.2.0.
    Y2015,
}

impl Transfers {
    /// Nothing. Sent as bits, terminals read it as "photographs only".
    pub const NONE: Self = Self(0);
    /// Punches.
    pub const ATT_LOG: Self = Self(1);
    /// Operations.
    pub const OP_LOG: Self = Self(1 << 1);
    /// Photographs of punches.
    pub const ATT_PHOTO: Self = Self(1 << 2);
    /// Users as they are enrolled.
    pub const ENROLL_USER: Self = Self(1 << 3);
    /// Users as they change.
    pub const CHG_USER: Self = Self(1 << 4);
    /// Fingerprints as they are enrolled.
    pub const ENROLL_FP: Self = Self(1 << 5);
    /// Fingerprints as they change.
    pub const CHG_FP: Self = Self(1 << 6);
    /// Images of fingers.
    pub const FP_IMAGE: Self = Self(1 << 7);
    /// Faces.
    pub const FACE: Self = Self(1 << 8);
    /// Photographs of users.
    pub const USER_PIC: Self = Self(1 << 9);
    /// Work codes.
    pub const WORK_CODE: Self = Self(1 << 10);
    /// Photographs from which templates are made.
    pub const BIO_PHOTO: Self = Self(1 << 11);
    /// Finger veins.
    pub const FVEIN: Self = Self(1 << 12);
    /// Punches and operations: all that attendance needs, and nothing biometric.
    pub const PUNCHES: Self = Self::ATT_LOG.with(Self::OP_LOG);

    /// Both sets together.
    #[must_use]
    pub const fn with(self, more: Self) -> Self {
        Self(self.0 | more.0)
    }

    /// Whether all of `some` are in the set.
    #[must_use]
    pub const fn contains(self, some: Self) -> bool {
        self.0 & some.0 == some.0
    }

    /// The words, TABs between.
    pub(crate) fn words(self) -> String {
        let words: Vec<&str> = WORDS
            .iter()
            .filter(|(one, _)| self.contains(*one))
            .map(|(_, word)| *word)
            .collect();
        words.join("\t")
    }

    /// Twelve bits, as digits.
    pub(crate) fn bits(self, order: BitOrder) -> String {
        let order = match order {
            BitOrder::Y2011 => [
                Self::ATT_LOG,
                Self::OP_LOG,
                Self::ATT_PHOTO,
                Self::ENROLL_FP,
                Self::ENROLL_USER,
                Self::FP_IMAGE,
                Self::CHG_USER,
                Self::CHG_FP,
                Self::FACE,
                Self::USER_PIC,
                Self::WORK_CODE,
                Self::BIO_PHOTO,
            ],
            BitOrder::Y2015 => [
                Self::ATT_LOG,
                Self::OP_LOG,
                Self::ATT_PHOTO,
                Self::ENROLL_USER,
                Self::CHG_USER,
                Self::ENROLL_FP,
                Self::CHG_FP,
                Self::FP_IMAGE,
                Self::FACE,
                Self::USER_PIC,
                Self::NONE,
                Self::NONE,
            ],
        };
        order
            .iter()
            .map(|one| {
                if one.0 != 0 && self.contains(*one) {
                    '1'
                } else {
                    '0'
                }
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms() {
        assert_eq!(Transfers::PUNCHES.words(), "AttLog\tOpLog");
        let faces = Transfers::PUNCHES
            .with(Transfers::ENROLL_FP)
            .with(Transfers::FACE);
        assert_eq!(faces.words(), "AttLog\tOpLog\tEnrollFP\tFACE");
        assert_eq!(faces.bits(BitOrder::Y2011), "110100001000");
        assert_eq!(faces.bits(BitOrder::Y2015), "110001001000");
        assert_eq!(Transfers::NONE.bits(BitOrder::Y2011), "000000000000");
        let all = WORDS.iter().fold(Transfers::NONE, |all, (one, _)| all.with(*one));
        assert!(all.words().split('\t').count() == 13);
    }
}
