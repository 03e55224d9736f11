//! What a reading of a terminal tells besides its punches: who is on it, and how it does. It waits here, in memory,
//! until Odoo has it; the next reading replaces it.

use std::fmt;

use chrono::{DateTime, Utc};
use punchclock_adms::card_number;
use punchclock_queue::normalise_pin;
use punchclock_zk::User;
use serde::{Deserialize, Serialize};

/// What a terminal says of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    /// Its firmware.
    pub firmware: Option<String>,
    /// Users enrolled.
    pub users: Option<u32>,
    /// Punches stored.
    pub records: Option<u32>,
    /// Seconds that its clock is ahead of its zone's.
    pub clock_ahead_s: Option<i64>,
}

/// The users of a terminal, as they were read.
#[derive(Debug, Clone)]
pub struct UserReading {
    /// When the reading began.
    pub read_at: DateTime<Utc>,
    /// Who is on it.
    pub users: Vec<TerminalUser>,
    /// Whether that is everybody, so that who is not among them is gone.
    pub complete: bool,
}

impl UserReading {
    /// This reading, and behind it what a terminal told of by itself.
    #[must_use]
    pub fn with(&self, news: Vec<TerminalUser>) -> Self {
        let mut users = self.users.clone();
        users.retain(|user| news.iter().all(|new| new.pin != user.pin));
        users.extend(news);
        Self {
            users,
            ..self.clone()
        }
    }

    /// This reading as it would be had it been made after `wish` was fulfilled: Odoo hears of that first, and would take
    /// what is older for somebody's doing at the terminal.
    #[must_use]
    pub fn after(&self, wish: &Wish) -> Self {
        let pin = normalise_pin(&wish.pin);
        let mut users = self.users.clone();
        match wish.action {
            Action::Remove => users.retain(|user| normalise_pin(&user.pin) != pin),
            Action::Write => {
                for user in users.iter_mut().filter(|user| normalise_pin(&user.pin) == pin) {
                    user.name.clone_from(&wish.name);
                    user.card = wish.card.map(|card| card.to_string());
                }
            }
        }
        Self {
            users,
            ..self.clone()
        }
    }
}

/// A user as Odoo is told: PIN, name, card, privilege; never a password or a template.
///
/// `Debug` shows neither name nor card.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct TerminalUser {
    pin: String,
    name: Option<String>,
    card: Option<String>,
    privilege: u8,
}

impl TerminalUser {
    /// `None` for a user without a PIN: nothing can be said about whose it is.
    #[must_use]
    pub fn of(user: &User) -> Option<Self> {
        let pin = user.user_id.trim();
        if pin.is_empty() {
            return None;
        }
        let name = user.name.to_string_lossy();
        Some(Self {
            pin: pin.to_owned(),
            name: Some(name.trim().to_owned()).filter(|name| !name.is_empty()),
            card: (user.card != 0).then(|| user.card.to_string()),
            privilege: user.privilege,
        })
    }

    /// The same of what a terminal pushes.
    #[must_use]
    pub fn pushed(user: &punchclock_adms::User<'_>) -> Option<Self> {
        let pin = user.pin.trim();
        if pin.is_empty() {
            return None;
        }
        let name = user.name.map(|name| name.to_str().trim().to_owned());
        let card = user.card.and_then(|card| card_number(card.expose()));
        Some(Self {
            pin: pin.to_owned(),
            name: name.filter(|name| !name.is_empty()),
            card: card.filter(|card| *card != 0).map(|card| card.to_string()),
            privilege: user.privilege.unwrap_or_default(),
        })
    }
}

impl fmt::Debug for TerminalUser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TerminalUser")
            .field("pin", &self.pin)
            .field("privilege", &self.privilege)
            .finish_non_exhaustive()
    }
}

/// What HR wants done about a user of a terminal, as Odoo's `wanted_users` says it.
///
/// `Debug` shows neither name nor card.
#[derive(Clone, PartialEq, Eq, Deserialize)]
pub struct Wish {
    /// Odoo's number of it.
    pub id: i64,
    /// Which of the wishes under this number: HR may want something else by the time this one is done.
    pub revision: i64,
    /// The terminal.
    pub serial: String,
    /// What to do.
    pub action: Action,
    /// Whom it is about.
    pub pin: String,
    /// The name to be shown.
    #[serde(default)]
    pub name: Option<String>,
    /// The number of the card.
    #[serde(default, deserialize_with = "badge")]
    pub card: Option<u32>,
}

/// What to do about a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// It is to be there, with this name and card.
    Write,
    /// It is to be gone.
    Remove,
}

/// How a wish ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// Odoo's number of the wish.
    pub id: i64,
    /// Which of the wishes under this number.
    pub revision: i64,
    /// Why the terminal refused it.
    pub result: Result<(), String>,
}

impl Written {
    /// How `wish` ended.
    #[must_use]
    pub fn of(wish: &Wish, result: Result<(), String>) -> Self {
        Self {
            id: wish.id,
            revision: wish.revision,
            result,
        }
    }

    fn answers(&self, wish: &Wish) -> bool {
        (self.id, self.revision) == (wish.id, wish.revision)
    }
}

/// The wishes of a terminal.
#[derive(Debug, Default)]
pub(crate) struct Wishes {
    open: Vec<Wish>,
    done: Vec<Written>,
}

impl Wishes {
    /// What Odoo wants now; what was done and not told yet is not wanted again.
    pub(crate) fn set(&mut self, mut wishes: Vec<Wish>) {
        wishes.retain(|wish| !self.done.iter().any(|done| done.answers(wish)));
        self.open = wishes;
    }

    pub(crate) fn open(&self) -> Vec<Wish> {
        self.open.clone()
    }

    /// A wish has ended; returns it.
    pub(crate) fn end(&mut self, written: Written) -> Option<Wish> {
        let at = self.open.iter().position(|wish| written.answers(wish));
        self.done.push(written);
        at.map(|at| self.open.remove(at))
    }

    pub(crate) fn done(&self) -> Vec<Written> {
        self.done.clone()
    }

    /// Odoo has these.
    pub(crate) fn told(&mut self, told: &[Written]) {
        self.done.retain(|written| !told.contains(written));
    }
}

impl fmt::Debug for Wish {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wish")
            .field("id", &self.id)
            .field("revision", &self.revision)
            .field("serial", &self.serial)
            .field("action", &self.action)
            .field("pin", &self.pin)
            .finish_non_exhaustive()
    }
}

/// Odoo's badge is a text; a terminal keeps a number, and no card as none.
fn badge<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<u32>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    Ok(text.and_then(|text| text.trim().parse().ok()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wish(revision: i64, action: &str) -> Wish {
        let wish = serde_json::json!({ "id": 3, "revision": revision, "serial": "A1", "action": action, "pin": "7" });
        serde_json::from_value(wish).unwrap()
    }

    #[test]
    fn what_hr_wants_now_is_not_ended_by_what_it_wanted_before() {
        let mut wishes = Wishes::default();
        let former = wish(1, "write");
        wishes.set(vec![former.clone()]);
        // While it is being written HR changes its mind, and the edge hears of that first.
        wishes.set(vec![wish(2, "remove")]);
        assert_eq!(wishes.end(Written::of(&former, Ok(()))), None);
        assert_eq!(wishes.open(), [wish(2, "remove")]);
        assert_eq!(wishes.done(), [Written::of(&former, Ok(()))]);
        // Odoo says both again before it has been told.
        wishes.set(vec![wish(1, "write")]);
        assert_eq!(wishes.open(), []);
        wishes.set(vec![wish(2, "remove")]);
        assert_eq!(wishes.open(), [wish(2, "remove")]);
    }

    #[test]
    fn a_reading_from_before_a_wish_was_fulfilled_does_not_contradict_it() {
        let user = |pin: &str, name: &str| TerminalUser::of(&User::new(1, pin, name)).unwrap();
        let reading = UserReading {
            read_at: DateTime::UNIX_EPOCH,
            users: vec![user("007", "Old"), user("8", "Carl")],
            complete: true,
        };
        assert_eq!(reading.after(&wish(1, "remove")).users, [user("8", "Carl")]);
        let mut written = wish(1, "write");
        (written.name, written.card) = (Some("New".to_owned()), Some(4711));
        let after = reading.after(&written);
        assert_eq!(after.users[1], user("8", "Carl"));
        assert_eq!(
            (
                after.users[0].name.as_deref(),
                after.users[0].card.as_deref(),
                after.complete
            ),
            (Some("New"), Some("4711"), true)
        );
    }

    #[test]
    fn a_user_is_told_without_what_is_nobodys_business() {
        let mut user = User::new(3, " 0042 ", "Anna Claes");
        user.card = 12_345;
        let told = TerminalUser::of(&user).unwrap();
        assert_eq!(
            serde_json::to_value(&told).unwrap(),
            serde_json::json!({ "pin": "0042", "name": "Anna Claes", "card": "12345", "privilege": 0 })
        );
        let shown = format!("{told:?}");
        assert!(!shown.contains("Anna") && !shown.contains("12345"), "{shown}");
        assert_eq!(TerminalUser::of(&User::new(4, "  ", "nobody")), None);
        let plain = TerminalUser::of(&User::new(5, "7", "")).unwrap();
        assert_eq!((plain.name, plain.card), (None, None));
    }
}
