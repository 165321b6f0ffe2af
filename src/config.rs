//! What the environment says; the one place that reads it.
//!
//! What a practice may change is a table, not a variable.

use std::ffi::OsString;
use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;

use crate::types::{Refusal, Result, Status};

/// The configuration of one process.
#[derive(Clone, Debug)]
pub struct Config {
    /// `DATABASE_URL`: a server of one's own, as the service's role; a private one when unset.
    pub database_url: Option<Secret>,
    /// `DATABASE_OWNER_URL`: the same server as the owner of the tables; only `migrate` and `bench` use it.
    pub database_owner_url: Option<Secret>,
    /// `FIRSTPASS_DATA`, else the user's data folder, as root `/var/lib/firstpass`.
    pub data_folder: PathBuf,
    /// `FIRSTPASS_LISTEN`: where `serve` listens.
    pub listen: SocketAddr,
    /// `FIRSTPASS_MLLP`: where `serve` listens for HL7 messages; nowhere unless set.
    pub mllp: Option<SocketAddr>,
    /// `FIRSTPASS_SECRET`: what session keys are derived from.
    pub secret: Option<Secret>,
    /// `FIRSTPASS_LOG`: what is logged, as `tracing` writes filters.
    pub log: String,
    /// `PGBIN`: the folder of PostgreSQL's programs, when they are in no usual place.
    pub postgres_programs: Option<PathBuf>,
    /// `PATH`.
    pub path: Option<OsString>,
}

/// A text that is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// For whom it is meant.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(secret)")
    }
}

impl Config {
    /// Where practices have their mailboxes: a folder for each, and below it one for each payer.
    #[must_use]
    pub fn mailboxes(&self) -> PathBuf {
        self.data_folder.join("mailboxes")
    }

    /// From this process's environment.
    pub fn from_environment() -> Result<Config> {
        Config::read(|name| std::env::var_os(name), rustix::process::geteuid().is_root())
    }

    /// From any source of variables. An empty variable is an unset one.
    pub fn read(variable: impl Fn(&str) -> Option<OsString>, as_root: bool) -> Result<Config> {
        let set = |name: &str| variable(name).filter(|value| !value.is_empty());
        let text = |name: &str| -> Result<Option<String>> {
            match set(name).map(OsString::into_string) {
                None => Ok(None),
                Some(Ok(text)) => Ok(Some(text)),
                Some(Err(_)) => Err(refuse(name, "is not UTF-8").into()),
            }
        };
        let home = set("HOME").map(PathBuf::from);
        let data_folder = if let Some(folder) = set("FIRSTPASS_DATA") {
            PathBuf::from(folder)
        } else if as_root {
            PathBuf::from("/var/lib/firstpass")
        } else if cfg!(target_os = "macos") {
            home.ok_or_else(|| refuse("HOME", "is not set"))?.join("Library/Application Support/firstpass")
        } else if let Some(folder) = set("XDG_DATA_HOME") {
            PathBuf::from(folder).join("firstpass")
        } else {
            home.ok_or_else(|| refuse("HOME", "is not set"))?.join(".local/share/firstpass")
        };
        let listen = text("FIRSTPASS_LISTEN")?.unwrap_or_else(|| "127.0.0.1:8080".to_owned());
        let Ok(listen) = listen.parse() else {
            return Err(refuse("FIRSTPASS_LISTEN", "is no address and port, such as 127.0.0.1:8080").into());
        };
        let mllp = text("FIRSTPASS_MLLP")?.map(|text| text.parse()).transpose();
        let Ok(mllp) = mllp else {
            return Err(refuse("FIRSTPASS_MLLP", "is no address and port, such as 127.0.0.1:2575").into());
        };
        Ok(Config {
            database_url: text("DATABASE_URL")?.map(Secret),
            database_owner_url: text("DATABASE_OWNER_URL")?.map(Secret),
            data_folder,
            listen,
            mllp,
            secret: text("FIRSTPASS_SECRET")?.map(Secret),
            log: text("FIRSTPASS_LOG")?.unwrap_or_else(|| "warn,firstpass=info".to_owned()),
            postgres_programs: set("PGBIN").map(PathBuf::from),
            path: set("PATH"),
        })
    }
}

fn refuse(name: &str, fault: &str) -> Refusal {
    Refusal::new(
        "config/variable",
        Status::Invalid,
        format!("the variable {name} {fault}"),
        format!("Correct {name}, or unset it"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)], as_root: bool) -> Result<Config> {
        let find = |name: &str| variables.iter().find(|(n, _)| *n == name).map(|(_, v)| OsString::from(v));
        Config::read(find, as_root)
    }

    #[test]
    fn the_data_folder_is_the_named_one_else_the_users_own() {
        let folder = |variables: &[(&str, &str)], as_root| read(variables, as_root).unwrap().data_folder;
        assert_eq!(folder(&[("FIRSTPASS_DATA", "/srv/fp"), ("HOME", "/h")], true), PathBuf::from("/srv/fp"));
        assert_eq!(folder(&[("HOME", "/root")], true), PathBuf::from("/var/lib/firstpass"));
        if cfg!(target_os = "linux") {
            assert_eq!(folder(&[("HOME", "/h")], false), PathBuf::from("/h/.local/share/firstpass"));
            assert_eq!(
                folder(&[("HOME", "/h"), ("XDG_DATA_HOME", "/d")], false),
                PathBuf::from("/d/firstpass")
            );
        }
    }

    #[test]
    fn an_empty_variable_is_unset_and_a_wrong_one_is_named() {
        assert_eq!(read(&[("DATABASE_URL", ""), ("HOME", "/h")], false).unwrap().database_url, None);
        let fault = read(&[("FIRSTPASS_LISTEN", "8080"), ("HOME", "/h")], false).unwrap_err();
        assert_eq!(
            fault.to_string(),
            "the variable FIRSTPASS_LISTEN is no address and port, such as 127.0.0.1:8080. \
             Correct FIRSTPASS_LISTEN, or unset it (config/variable)"
        );
    }

    #[test]
    fn a_secret_is_not_shown() {
        let config = read(&[("DATABASE_URL", "postgres://u:hunter2@h/d"), ("HOME", "/h")], false).unwrap();
        assert!(!format!("{config:?}").contains("hunter2"));
    }
}
