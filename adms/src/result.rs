//! Results of commands, which terminals send to `devicecmd`.
//!
//! Acknowledge them with [`Reply::ok`](crate::Reply::ok) whatever they say and however often they come: a terminal
//! repeats a result until it is acknowledged. Match them by serial and id only, never by order.

use crate::parameters::Parameters;

/// The result of one command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct CommandResult<'a> {
    /// The id that the command was sent with.
    pub id: &'a str,
    /// 0 or more is success (for queries the number of records); negative codes differ between firmware.
    pub code: Option<i64>,
    /// What the terminal calls the command, for example `DATA`.
    pub command: &'a str,
}

/// The results of a `devicecmd` request: one a line of the body, or, with an empty body, one in the parameters.
///
/// Lines that name no id are passed over: they belong to the answer of the command before them.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use punchclock_adms::{Incoming, Kind, result};
/// let body = b"ID=7&Return=0&CMD=LOG\nID=8&Return=-1002&CMD=CHECK\n";
/// let target = "/iclock/devicecmd?SN=A1";
/// let request = punchclock_adms::parse(&Incoming { method: "POST", target, headers: &[], body })?;
/// let Kind::CommandResult(body) = request.kind else { return Err("results were expected".into()) };
/// let codes: Vec<_> = result::results(body, &request.parameters).map(|result| result.code).collect();
/// assert_eq!(codes, [Some(0), Some(-1002)]);
/// # Ok(())
/// # }
/// ```
pub fn results<'a>(
    body: &'a [u8],
    parameters: &Parameters<'a>,
) -> impl Iterator<Item = CommandResult<'a>> + use<'a> {
    let in_query = parameters
        .raw("ID")
        .filter(|_| body.trim_ascii().is_empty())
        .map(|id| CommandResult {
            id,
            code: parameters.raw("Return").and_then(|code| code.parse().ok()),
            command: parameters.raw("CMD").unwrap_or_default(),
        });
    let in_body = body.split(|&byte| byte == b'\n').filter_map(read_line);
    in_query.into_iter().chain(in_body)
}

/// `ID=…&Return=…&CMD=…`; `CMD` runs to the end of the line, since it may hold the whole command.
fn read_line(line: &[u8]) -> Option<CommandResult<'_>> {
    let line = std::str::from_utf8(line.trim_ascii()).ok()?;
    let (id, rest) = line.strip_prefix("ID=")?.split_once('&')?;
    let (code, command) = match rest.split_once("&CMD=") {
        Some((code, command)) => (code, command),
        None => (rest, ""),
    };
    let code = code.strip_prefix("Return=").and_then(|code| code.parse().ok());
    Some(CommandResult { id, code, command })
}
