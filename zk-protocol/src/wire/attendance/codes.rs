//! What the numbers in a record mean: the state of a punch and how a person was verified (protocol notes §1.9).

/// The state of a punch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PunchState {
    /// 0: check in.
    CheckIn,
    /// 1: check out.
    CheckOut,
    /// 2: leaving for a break.
    BreakOut,
    /// 3: back from a break.
    BreakIn,
    /// 4: overtime begins.
    OvertimeIn,
    /// 5: overtime ends.
    OvertimeOut,
    /// 255: nothing chosen.
    NotSet,
    /// Any other number.
    Unknown(u8),
}

impl From<u8> for PunchState {
    fn from(code: u8) -> Self {
        match code {
            0 => Self::CheckIn,
            1 => Self::CheckOut,
            2 => Self::BreakOut,
            3 => Self::BreakIn,
            4 => Self::OvertimeIn,
            5 => Self::OvertimeOut,
            255 => Self::NotSet,
            other => Self::Unknown(other),
        }
    }
}

impl From<PunchState> for u8 {
    fn from(state: PunchState) -> Self {
        match state {
            PunchState::CheckIn => 0,
            PunchState::CheckOut => 1,
            PunchState::BreakOut => 2,
            PunchState::BreakIn => 3,
            PunchState::OvertimeIn => 4,
            PunchState::OvertimeOut => 5,
            PunchState::NotSet => 255,
            PunchState::Unknown(other) => other,
        }
    }
}

/// How a person was verified. The numbers differ between platforms; the raw one stays beside this reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum VerifyMode {
    /// 0 on older, 3 on newer platforms: password.
    Password,
    /// 1: finger.
    Finger,
    /// 2 on TFT, 4 on newer platforms: card.
    Card,
    /// 15: face.
    Face,
    /// 25: palm.
    Palm,
    /// Any other number.
    Unknown(u8),
}

impl From<u8> for VerifyMode {
    fn from(code: u8) -> Self {
        match code {
            0 | 3 => Self::Password,
            1 => Self::Finger,
            2 | 4 => Self::Card,
            15 => Self::Face,
            25 => Self::Palm,
            other => Self::Unknown(other),
        }
    }
}

impl From<VerifyMode> for u8 {
    /// The number older TFT terminals write for it.
    fn from(mode: VerifyMode) -> Self {
        match mode {
            VerifyMode::Password => 0,
            VerifyMode::Finger => 1,
            VerifyMode::Card => 2,
            VerifyMode::Face => 15,
            VerifyMode::Palm => 25,
            VerifyMode::Unknown(other) => other,
        }
    }
}
