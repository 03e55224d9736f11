//! Commands as they are sent.

use super::Command;
use super::action::Action;
use crate::dialect::Dialect;
use crate::error::CommandError;
use crate::text::Charset;

/// A command as it is sent: one line, its end included.
#[derive(Clone, PartialEq, Eq)]
pub struct Encoded(Vec<u8>);

impl Encoded {
    /// The line.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl std::fmt::Debug for Encoded {
    /// Id and verb alone: behind them stand names, cards and templates.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let verb = self.0.split(|&byte| byte == b' ').next().unwrap_or_default();
        write!(
            formatter,
            "Encoded({})",
            String::from_utf8_lossy(verb.trim_ascii_end())
        )
    }
}

impl Command {
    /// The line of this command in a dialect and charset.
    ///
    /// # Errors
    ///
    /// [`CommandError::Dialect`] for what the dialect has no word for (a table query in "att", `LOG` in "acc");
    /// [`CommandError::OptionKey`] and [`CommandError::Range`] for values that terminals must not or cannot take.
    pub fn encode(&self, dialect: Dialect, charset: Charset) -> Result<Encoded, CommandError> {
        let text = match dialect {
            Dialect::Acc => acc(&self.action)?,
            Dialect::Old | Dialect::Att | Dialect::Us => att(&self.action)?,
        };
        let mut line = format!("C:{}:", self.id.as_str()).into_bytes();
        // Access control terminals write UTF-8 whatever their language.
        let charset = if dialect == Dialect::Acc {
            Charset::Utf8
        } else {
            charset
        };
        line.extend_from_slice(&charset.encode(&text));
        line.push(b'\n');
        Ok(Encoded(line))
    }
}

fn att(action: &Action) -> Result<String, CommandError> {
    Ok(match action {
        Action::GetOption(key) => format!("GET OPTION FROM {key}"),
        Action::SetOption(key, value) if key.is_settable() => format!("SET OPTION {key}={value}"),
        Action::UpdateUser(user) => user.att_line(),
        Action::DeleteUser(pin) => format!("DATA DELETE USERINFO PIN={pin}"),
        Action::QueryTable(_) | Action::CountTable(_) | Action::OpenDoor { .. } => {
            return Err(CommandError::Dialect);
        }
        Action::Log => "LOG".to_owned(),
        Action::QueryPunches(window) => format!("DATA QUERY ATTLOG {window}"),
        Action::QueryUsers(None) => "DATA QUERY USERINFO".to_owned(),
        Action::QueryUsers(Some(pin)) => format!("DATA QUERY USERINFO PIN={pin}"),
        Action::QueryFingerprints(pin) => format!("DATA QUERY FINGERTMP PIN={pin}"),
        Action::QueryPhotos(window) => format!("DATA QUERY ATTPHOTO {window}"),
        Action::SumPunches(window) => format!("VERIFY SUM ATTLOG {window}"),
        Action::UpdateFingerprint {
            pin,
            finger,
            template,
        } => {
            let size = template.as_str().len();
            format!(
                "DATA UPDATE FINGERTMP PIN={pin}\tFID={}\tSize={size}\tValid=1\tTMP={template}",
                self::finger(*finger)?
            )
        }
        Action::DeleteFingerprint { pin, finger: None } => format!("DATA DELETE FINGERTMP PIN={pin}"),
        Action::DeleteFingerprint {
            pin,
            finger: Some(finger),
        } => {
            format!("DATA DELETE FINGERTMP PIN={pin}\tFID={}", self::finger(*finger)?)
        }
        Action::DeleteFace(pin) => format!("DATA DELETE FACE PIN={pin}"),
        Action::DeleteBioData(pin) => format!("DATA DELETE BIODATA Pin={pin}"),
        Action::DeleteUserPic(pin) => format!("DATA DELETE USERPIC PIN={pin}"),
        Action::UpdateWorkCode { number, code, name } => {
            format!("DATA UPDATE WORKCODE PIN={number}\tCODE={code}\tNAME={name}")
        }
        Action::EnrollFingerprint {
            pin,
            finger,
            retries,
            overwrite,
        } => format!(
            "ENROLL_FP PIN={pin}\tFID={}\tRETRY={retries}\tOVERWRITE={}",
            self::finger(*finger)?,
            u8::from(*overwrite)
        ),
        Action::Unlock => "AC_UNLOCK".to_owned(),
        Action::CancelAlarm => "AC_UNALARM".to_owned(),
        Action::ClearLog => "CLEAR LOG".to_owned(),
        Action::ClearPhotos => "CLEAR PHOTO".to_owned(),
        Action::ClearUsers => "CLEAR ALL USERINFO".to_owned(),
        Action::ClearAdmins => "CLEAR ADMIN".to_owned(),
        other => common(other)?,
    })
}

fn acc(action: &Action) -> Result<String, CommandError> {
    Ok(match action {
        Action::GetOption(key) => format!("GET OPTIONS {key}"),
        Action::SetOption(key, value) if key.is_settable() => format!("SET OPTIONS {key}={value}"),
        Action::UpdateUser(user) => user.acc_line(),
        Action::DeleteUser(pin) => format!("DATA DELETE user Pin={pin}"),
        Action::QueryTable(table) => format!("DATA QUERY tablename={table},fielddesc=*,filter=*"),
        Action::CountTable(table) => format!("DATA COUNT {table}"),
        Action::QueryUsers(None) => "DATA QUERY tablename=user,fielddesc=*,filter=*".to_owned(),
        Action::QueryUsers(Some(pin)) => format!("DATA QUERY tablename=user,fielddesc=*,filter=Pin={pin}"),
        // Door 1 for 5 seconds is 01 01 01 05.
        Action::OpenDoor { door, seconds } if *door > 0 && (1..=254).contains(seconds) => {
            format!("CONTROL DEVICE 01{door:02X}01{seconds:02X}00")
        }
        Action::OpenDoor { .. } => return Err(CommandError::Range),
        other => common(other)?,
    })
}

/// What is the same in all dialects.
fn common(action: &Action) -> Result<String, CommandError> {
    Ok(match action {
        Action::SetOption(..) => return Err(CommandError::OptionKey),
        Action::UpdateRow { table, row } => format!("DATA UPDATE {table} {row}"),
        Action::DeleteRow { table, key } => format!("DATA DELETE {table} {key}"),
        Action::Check => "CHECK".to_owned(),
        Action::Info => "INFO".to_owned(),
        Action::ReloadOptions => "RELOAD OPTIONS".to_owned(),
        Action::Reboot => "REBOOT".to_owned(),
        Action::ClearData => "CLEAR DATA".to_owned(),
        Action::ClearBioData => "CLEAR BIODATA".to_owned(),
        Action::EnrollBio {
            pin,
            kind,
            retries,
            overwrite,
        } => format!(
            "ENROLL_BIO TYPE={kind}\tPIN={pin}\tCardNo=\tRETRY={retries}\tOVERWRITE={}",
            u8::from(*overwrite)
        ),
        _ => return Err(CommandError::Dialect),
    })
}

/// One of ten fingers.
const fn finger(number: u8) -> Result<u8, CommandError> {
    if number <= 9 {
        Ok(number)
    } else {
        Err(CommandError::Range)
    }
}
