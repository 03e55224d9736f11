//! A user as a command writes them.

use super::values::{Field, Pin};

/// The whole row of a user. Terminals may reset what a partial row leaves out, so all of it is sent, always.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct UserUpdate {
    pin: Pin,
    name: Option<Field>,
    privilege: u8,
    card: Option<u64>,
    group: u8,
}

impl UserUpdate {
    /// A user without name and card, with no rights at the terminal.
    #[must_use]
    pub const fn new(pin: Pin) -> Self {
        Self {
            pin,
            name: None,
            privilege: 0,
            card: None,
            group: 1,
        }
    }

    /// Their name; terminals show 24 to 48 bytes of it.
    #[must_use]
    pub fn with_name(self, name: Field) -> Self {
        Self {
            name: Some(name),
            ..self
        }
    }

    /// What they may do at the terminal: 0 user (default), 2 enroller, 6 administrator, 10 custom, 14 superuser.
    #[must_use]
    pub fn with_privilege(self, privilege: u8) -> Self {
        Self { privilege, ..self }
    }

    /// The number of their card.
    #[must_use]
    pub fn with_card(self, card: u64) -> Self {
        Self {
            card: Some(card),
            ..self
        }
    }

    /// Their access group. Default 1.
    #[must_use]
    pub fn with_group(self, group: u8) -> Self {
        Self { group, ..self }
    }

    /// Their number.
    #[must_use]
    pub const fn pin(&self) -> &Pin {
        &self.pin
    }

    fn name(&self) -> &str {
        self.name.as_ref().map_or("", Field::as_str)
    }

    fn card_text(&self) -> String {
        self.card.map(|card| card.to_string()).unwrap_or_default()
    }

    /// The command of an attendance terminal.
    pub(crate) fn att_line(&self) -> String {
        let Self {
            pin,
            privilege,
            group,
            ..
        } = self;
        format!(
            "DATA UPDATE USERINFO PIN={pin}\tName={}\tPri={privilege}\tPasswd=\tCard={}\tGrp={group}\tTZ=0000000000000000",
            self.name(),
            self.card_text()
        )
    }

    /// The command of an access control terminal.
    pub(crate) fn acc_line(&self) -> String {
        let Self {
            pin,
            privilege,
            group,
            ..
        } = self;
        format!(
            "DATA UPDATE user CardNo={}\tPin={pin}\tPassword=\tGroup={group}\tStartTime=0\tEndTime=0\tName={}\tPrivilege={privilege}",
            self.card_text(),
            self.name()
        )
    }
}
