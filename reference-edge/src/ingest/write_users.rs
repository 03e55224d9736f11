//! Writes the users that HR wants on a terminal, and removes those it wants gone: the one thing that this edge writes to a
//! terminal, and only because somebody asked for it in Odoo. It happens on the connection of a poll, behind the log: a
//! terminal serves one client at a time.

use punchclock_queue::normalise_pin;
use punchclock_zk::{Client, Error, User};

use crate::registry::{Action, Wish, Written};
use crate::site::TerminalState;

/// Fulfils the open wishes of a terminal; `true` when something was tried, so that its users should be read again.
///
/// What the terminal refuses is told to Odoo. When the connection fails the rest stays open for the next poll: writing is by
/// PIN and deleting by number, so that the second time does no harm.
pub(super) async fn fulfil(client: &Client, terminal: &TerminalState) -> bool {
    let wishes = terminal.open_wishes();
    if wishes.is_empty() {
        return false;
    }
    for wish in wishes {
        let result = match one(client, &wish).await {
            Ok(()) => Ok(()),
            Err(error @ (Error::Refused { .. } | Error::User(_) | Error::NotWritten { .. })) => {
                Err(error.to_string())
            }
            Err(error) => {
                tracing::warn!(terminal = terminal.config.label(), %error, "a user could not be written; it is tried again");
                break;
            }
        };
        tracing::info!(
            terminal = terminal.config.label(),
            wish = wish.id,
            action = ?wish.action,
            ok = result.is_ok(),
            "a user that Odoo wanted written or removed"
        );
        terminal.wish_done(Written::of(&wish, result));
    }
    true
}

async fn one(client: &Client, wish: &Wish) -> Result<(), Error> {
    let users = client.users().await?;
    let wanted = normalise_pin(&wish.pin);
    let there = users.iter().find(|user| normalise_pin(&user.user_id) == wanted);
    match (wish.action, there) {
        (Action::Remove, None) => Ok(()),
        (Action::Remove, Some(user)) => client.delete_user(user.uid).await,
        (Action::Write, there) => {
            let name = wish.name.as_deref().unwrap_or_default();
            let mut user = match there {
                // Password, privilege and time zones stay as they were set at the terminal.
                Some(user) => user.clone(),
                None => User::new(free_uid(&users)?, &wish.pin, ""),
            };
            user.card = wish.card.unwrap_or(0);
            client.set_user(&user, name).await
        }
    }
}

/// One more than the highest number in use, or the first gap when that is the last one.
fn free_uid(users: &[User]) -> Result<u16, Error> {
    let taken = |uid: u16| users.iter().any(|user| user.uid == uid);
    let highest = users.iter().map(|user| user.uid).max().unwrap_or(0);
    let next = (highest < u16::MAX - 1).then_some(highest + 1);
    next.or_else(|| (1..u16::MAX).find(|uid| !taken(*uid)))
        .ok_or(Error::NotWritten {
            command: punchclock_zk::wire::Command::USER_WRQ,
        })
}
