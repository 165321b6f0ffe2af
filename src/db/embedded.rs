//! A private PostgreSQL server from the programs installed on this machine.
//!
//! One folder holds everything: `data`, the log, two lock files, and the socket unless its path
//! would be too long. It listens on that socket only, and the folder is closed to other users, so
//! no password is asked. PostgreSQL refuses to run as root; root therefore hands the folder to
//! `postgres` (else `nobody`), and a process of that user could connect too.
//!
//! Any number of processes share the server. Each holds a shared lock on `in-use.lock` while it
//! runs; coming and going happen one at a time under `start.lock`; the last to leave stops the
//! server. A crash leaves a server running without a holder, or files of a server that is gone:
//! the next start adopts the one and clears away the other.

use std::ffi::{OsStr, OsString};
use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt, chown};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::Context;
use sha2::{Digest, Sha256};

use crate::types::{Refusal, Result, Status};

/// Where the server lives and how careful it is.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The folder for everything; made when missing. Its parents must let the server's user in.
    pub folder: PathBuf,
    /// The folder of PostgreSQL's programs, when the user names one.
    pub programs: Option<PathBuf>,
    /// The PATH, where programs are looked for last.
    pub path: Option<OsString>,
    /// Whether a power cut may lose data.
    pub durability: Durability,
}

/// Whether a power cut may lose data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// Committed is committed.
    Full,
    /// Faster; for tests only.
    None,
}

/// A share in the running server. The last share dropped, in whatever process, stops it.
#[derive(Debug)]
pub struct Cluster {
    place: Place,
    programs: PathBuf,
    /// Held shared while the server is in use; `None` once left.
    in_use: Option<File>,
}

impl Cluster {
    /// Joins the server of that folder; makes and starts it first when need be. Blocks.
    pub fn start(settings: &Settings) -> Result<Cluster> {
        let place = Place::prepare(&settings.folder)?;
        let _one_at_a_time = place.lock_file("start.lock")?.locked(&place)?;
        let in_use = place.lock_file("in-use.lock")?.shared(&place)?;
        let programs = find_programs(settings, place.version()?)?;
        if place.version()?.is_none() {
            place.initialize(&programs)?;
        }
        match place.find()? {
            Found::Running => {}
            Found::Nothing => place.start(&programs, settings.durability)?,
        }
        Ok(Cluster { place, programs, in_use: Some(in_use) })
    }

    /// How to connect as `user` to `database`.
    #[must_use]
    pub fn url(&self, user: &str, database: &str) -> String {
        let quoted = self.place.socket.to_string_lossy().replace('\\', r"\\").replace('\'', r"\'");
        format!("host='{quoted}' port={PORT} user={user} dbname={database}")
    }

    /// The server's administrator, for making roles and databases.
    #[must_use]
    pub fn administrator_url(&self) -> String {
        self.url(ADMINISTRATOR, "postgres")
    }

    fn leave(&mut self) -> Result<()> {
        let Some(in_use) = self.in_use.take() else { return Ok(()) };
        let _one_at_a_time = self.place.lock_file("start.lock")?.locked(&self.place)?;
        // Only who holds the last share can have it alone.
        if in_use.try_lock().is_ok() {
            self.place.stop(&self.programs)?;
            if !self.place.socket.starts_with(&self.place.folder) {
                // Made anew at the next start; nothing is lost when it stays.
                let _ = fs::remove_dir(&self.place.socket);
            }
        }
        Ok(())
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if let Err(fault) = self.leave() {
            tracing::warn!(%fault, "the private database server could not be stopped");
        }
    }
}

const ADMINISTRATOR: &str = "postgres";
const PORT: u16 = 5432;
/// The shortest limit of the systems we run on (macOS 104, Linux 108), terminator included.
const SOCKET_PATH_BYTES_MAX: usize = 103;
const PATIENCE: Duration = Duration::from_secs(60);

/// The server's folder and the user it runs as.
#[derive(Debug)]
struct Place {
    folder: PathBuf,
    socket: PathBuf,
    user: Option<ServerUser>,
}

/// Whom root hands the server to.
#[derive(Clone, Debug)]
struct ServerUser {
    name: String,
    uid: u32,
    gid: u32,
}

/// What was on the data folder.
enum Found {
    Running,
    Nothing,
}

/// Why one of PostgreSQL's programs did not do its work.
#[derive(Debug, thiserror::Error)]
enum Failure {
    /// The server's user may not enter the folder.
    #[error("{0}")]
    NotAllowed(io::Error),
    /// The last line that it wrote.
    #[error("{0}")]
    Said(String),
}

/// A lock file, open but not locked.
struct LockFile(File);

impl LockFile {
    fn locked(self, place: &Place) -> Result<File> {
        self.0.lock().map_err(|fault| place.refuse_folder(&fault))?;
        Ok(self.0)
    }

    fn shared(self, place: &Place) -> Result<File> {
        self.0.lock_shared().map_err(|fault| place.refuse_folder(&fault))?;
        Ok(self.0)
    }
}

impl Place {
    /// Makes the folder and the socket's folder, closed to other users.
    fn prepare(folder: &Path) -> Result<Place> {
        let folder = std::path::absolute(folder).context("the data folder has no absolute path")?;
        let user = ServerUser::for_root();
        let mut place = Place { socket: folder.join("socket"), folder, user };
        let socket_name = format!(".s.PGSQL.{PORT}.lock");
        let path = place.socket.join(&socket_name);
        // A comma would end the host's name in a connection string.
        if path.as_os_str().len() > SOCKET_PATH_BYTES_MAX || path.to_string_lossy().contains(',') {
            let hash = Sha256::digest(place.folder.as_os_str().as_encoded_bytes());
            let short: String = hash.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
            place.socket = Path::new("/tmp").join(format!("firstpass-{short}"));
        }
        place.make_parent().map_err(|fault| place.refuse_folder(&fault))?;
        place.own(&place.folder).map_err(|fault| place.refuse_folder(&fault))?;
        place.own(&place.socket).map_err(|fault| place.refuse_folder(&fault))?;
        Ok(place)
    }

    /// Makes the folder above where it is missing, closed to other users; but a server of another
    /// user must get through.
    fn make_parent(&self) -> io::Result<()> {
        let Some(parent) = self.folder.parent().filter(|parent| !parent.exists()) else { return Ok(()) };
        if let Some(above) = parent.parent() {
            fs::create_dir_all(above)?;
        }
        match fs::create_dir(parent) {
            Err(fault) if fault.kind() != io::ErrorKind::AlreadyExists => return Err(fault),
            _ => {}
        }
        let mode = if self.user.is_some() { 0o711 } else { 0o700 };
        fs::set_permissions(parent, Permissions::from_mode(mode))
    }

    /// Makes `path` ours (or the server user's) and nobody else's. A folder that somebody else
    /// made first, which anyone may do under /tmp, is refused.
    fn own(&self, path: &Path) -> io::Result<()> {
        let made = DirBuilder::new().mode(0o700).create(path);
        if let Err(fault) = made
            && fault.kind() != io::ErrorKind::AlreadyExists
        {
            return Err(fault);
        }
        let found = fs::symlink_metadata(path)?;
        let us = rustix::process::geteuid().as_raw();
        let server = self.user.as_ref().map_or(us, |user| user.uid);
        if !found.is_dir() || (found.uid() != us && found.uid() != server) {
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, "it belongs to somebody else"));
        }
        if found.mode() & 0o777 != 0o700 {
            fs::set_permissions(path, Permissions::from_mode(0o700))?;
        }
        self.hand_over(path)
    }

    fn hand_over(&self, path: &Path) -> io::Result<()> {
        match &self.user {
            Some(user) => chown(path, Some(user.uid), Some(user.gid)),
            None => Ok(()),
        }
    }

    fn lock_file(&self, name: &str) -> Result<LockFile> {
        let path = self.folder.join(name);
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .open(path)
            .map_err(|fault| self.refuse_folder(&fault))?;
        Ok(LockFile(file))
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// The major version that made the data, if there is any.
    fn version(&self) -> Result<Option<u32>> {
        match fs::read_to_string(self.data().join("PG_VERSION")) {
            Ok(text) => Ok(Some(text.trim().parse().context("data/PG_VERSION is no version")?)),
            Err(fault) if fault.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(fault) => Err(self.refuse_folder(&fault).into()),
        }
    }

    /// Makes the data folder under another name first, so that a half-made one is never used. A
    /// fresh name each time, because the `initdb` of a killed process may still be at work, and
    /// removes its folder when it fails.
    fn initialize(&self, programs: &Path) -> Result<()> {
        const UNFINISHED: &str = "data.new.";
        let entries = fs::read_dir(&self.folder).map_err(|fault| self.refuse_folder(&fault))?;
        for entry in entries.flatten() {
            if entry.file_name().to_string_lossy().starts_with(UNFINISHED) {
                // What cannot be removed while it is being written is removed another time.
                let _ = fs::remove_dir_all(entry.path());
            }
        }
        let name = format!("{UNFINISHED}{}", uuid::Uuid::now_v7().simple());
        let unfinished = self.folder.join(&name);
        self.run(
            programs,
            "initdb",
            &[
                &format!("--pgdata={name}"),
                &format!("--username={ADMINISTRATOR}"),
                "--auth-local=trust",
                "--auth-host=reject",
                "--encoding=UTF8",
                "--locale=C",
                "--data-checksums",
            ],
        )
        .map_err(|failure| match failure {
            Failure::NotAllowed(fault) => self.refuse_folder(&fault),
            Failure::Said(why) => self.refuse_start(&why),
        })?;
        let configuration = unfinished.join("postgresql.conf");
        fs::read_to_string(&configuration)
            .and_then(|text| {
                fs::write(&configuration, format!("{text}\ninclude_if_exists = 'firstpass.conf'\n"))
            })
            .and_then(|()| fs::rename(&unfinished, self.data()))
            .map_err(|fault| self.refuse_folder(&fault).into())
    }

    /// Looks for a server that runs on the data already, and waits until it is ready. One that
    /// was killed is given time to go, and what it left behind is removed: PostgreSQL does so
    /// itself, unless the dead process's number is still taken, by a zombie that nobody reaps or
    /// by another program.
    fn find(&self) -> Result<Found> {
        let begun = Instant::now();
        loop {
            let answers = UnixStream::connect(self.socket.join(format!(".s.PGSQL.{PORT}"))).is_ok();
            if answers && self.pid_file_line(7).as_deref() == Some("ready") {
                return Ok(Found::Running);
            }
            let gone = match (self.processes_attached(), self.pid_file_line(0)) {
                (Some(attached), _) => attached == 0,
                (None, Some(pid)) => !is_server(&pid),
                (None, None) => true,
            };
            if gone {
                self.clear_away().map_err(|fault| self.refuse_folder(&fault))?;
                return Ok(Found::Nothing);
            }
            if begun.elapsed() > PATIENCE {
                return Err(self.refuse_start("an earlier server still runs and does not answer").into());
            }
            sleep(Duration::from_millis(20));
        }
    }

    fn clear_away(&self) -> io::Result<()> {
        for stale in [
            self.data().join("postmaster.pid"),
            self.socket.join(format!(".s.PGSQL.{PORT}")),
            self.socket.join(format!(".s.PGSQL.{PORT}.lock")),
        ] {
            match fs::remove_file(stale) {
                Err(fault) if fault.kind() != io::ErrorKind::NotFound => return Err(fault),
                _ => {}
            }
        }
        Ok(())
    }

    fn pid_file_line(&self, line_no: usize) -> Option<String> {
        let text = fs::read_to_string(self.data().join("postmaster.pid")).ok()?;
        text.lines().nth(line_no).map(|line| line.trim().to_owned())
    }

    /// Processes attached to the shared memory block of the server that wrote `postmaster.pid`;
    /// `None` where that cannot be known. This is PostgreSQL's own proof that nobody works on the
    /// data: each of its processes is attached until it ends.
    fn processes_attached(&self) -> Option<u64> {
        let block = self.pid_file_line(6)?; // "key id"
        let id = block.split_whitespace().nth(1)?.to_owned();
        let table = fs::read_to_string("/proc/sysvipc/shm").ok()?;
        let attached = table.lines().skip(1).find_map(|row| {
            let columns: Vec<&str> = row.split_whitespace().collect(); // key shmid perms size cpid lpid nattch
            (columns.get(1) == Some(&id.as_str())).then(|| columns.get(6)?.parse().ok()).flatten()
        });
        Some(attached.unwrap_or(0))
    }

    fn start(&self, programs: &Path, durability: Durability) -> Result<()> {
        let careless = match durability {
            Durability::Full => "",
            Durability::None => "fsync = off\nsynchronous_commit = off\nfull_page_writes = off\n",
        };
        // A list of folders: each may be in double quotes, the whole is in single ones.
        let socket = self.socket.to_string_lossy().replace('"', "\"\"").replace('\'', "''");
        let configuration = format!(
            "# Written by firstpass at each start.\n\
             listen_addresses = ''\n\
             port = {PORT}\n\
             unix_socket_directories = '\"{socket}\"'\n\
             unix_socket_permissions = 0700\n\
             max_connections = 100\n\
             logging_collector = off\n\
             log_destination = 'stderr'\n\
             lc_messages = 'C'\n\
             {careless}"
        );
        let path = self.data().join("firstpass.conf");
        fs::write(&path, configuration)
            .and_then(|()| self.hand_over(&path))
            .map_err(|fault| self.refuse_folder(&fault))?;
        let log = self.folder.join("postgres.log");
        if log.exists() {
            fs::rename(&log, self.folder.join("postgres.log.1"))
                .map_err(|fault| self.refuse_folder(&fault))?;
        }
        let wait = PATIENCE.as_secs().to_string();
        // Relative names, since pg_ctl passes them through a shell.
        self.run(
            programs,
            "pg_ctl",
            &["start", "--pgdata=data", "--log=postgres.log", "--wait", "--timeout", &wait, "--silent"],
        )
        .map_err(|failure| {
            let why = failure.to_string();
            let log = fs::read_to_string(&log).unwrap_or_default();
            let said = |line: &&str| line.contains("FATAL") || line.contains("PANIC");
            let last = log.lines().rfind(said).or_else(|| log.lines().last());
            self.refuse_start(last.unwrap_or(&why))
        })?;
        Ok(())
    }

    fn stop(&self, programs: &Path) -> Result<()> {
        let wait = PATIENCE.as_secs().to_string();
        self.run(
            programs,
            "pg_ctl",
            &["stop", "--pgdata=data", "--mode=fast", "--wait", "--timeout", &wait, "--silent"],
        )
        .map_err(|failure| anyhow::anyhow!("pg_ctl stop: {failure}"))?;
        Ok(())
    }

    /// Runs one of PostgreSQL's programs as the server's user.
    fn run(&self, programs: &Path, program: &str, arguments: &[&str]) -> std::result::Result<(), Failure> {
        let mut command = Command::new(programs.join(program));
        command
            .args(arguments)
            // A folder that the user may enter: PostgreSQL returns to where it was started.
            .current_dir(&self.folder)
            .env_clear()
            .env("LC_ALL", "C")
            .stdin(Stdio::null());
        if let Some(user) = &self.user {
            command.uid(user.uid).gid(user.gid);
        }
        let output = command.output().map_err(|fault| match (fault.kind(), &self.user) {
            (io::ErrorKind::PermissionDenied, Some(user)) => {
                let why = format!("root runs the server as {}, who may not enter it", user.name);
                Failure::NotAllowed(io::Error::new(io::ErrorKind::PermissionDenied, why))
            }
            _ => Failure::Said(format!("{program}: {fault}")),
        })?;
        if output.status.success() {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&output.stderr);
        let last = said.lines().rfind(|line| !line.trim().is_empty()).unwrap_or(program);
        Err(Failure::Said(last.to_owned()))
    }

    fn refuse_folder(&self, fault: &io::Error) -> Refusal {
        Refusal::new(
            "database/data-folder",
            Status::Unavailable,
            format!("the data folder {} cannot be used: {fault}", self.folder.display()),
            "Make it writable, or set FIRSTPASS_DATA to a folder that is, or DATABASE_URL to a server",
        )
    }

    fn refuse_start(&self, why: &str) -> Refusal {
        Refusal::new(
            "database/cannot-start",
            Status::Unavailable,
            format!("the private database server cannot start: {}", why.trim()),
            format!("See {}, or set DATABASE_URL to a server", self.folder.join("postgres.log").display()),
        )
    }
}

impl ServerUser {
    /// `postgres`, else `nobody`, when we are root.
    fn for_root() -> Option<ServerUser> {
        if !rustix::process::geteuid().is_root() {
            return None;
        }
        let users = fs::read_to_string("/etc/passwd").unwrap_or_default();
        ["postgres", "nobody"].into_iter().find_map(|wanted| {
            users.lines().find_map(|line| {
                let mut fields = line.split(':'); // name:password:uid:gid:...
                let name = fields.next().filter(|name| *name == wanted)?.to_owned();
                let uid = fields.nth(1)?.parse().ok()?;
                Some(ServerUser { name, uid, gid: fields.next()?.parse().ok()? })
            })
        })
    }
}

/// Whether the process of that number is a PostgreSQL server; a zombie is not.
fn is_server(pid: &str) -> bool {
    // Linux has "pid (name) state ..."; elsewhere, and when there is no process, ps says "name state".
    let linux = fs::read_to_string(format!("/proc/{pid}/stat"));
    let name_and_state = match &linux {
        Ok(text) => text.rsplit_once(") ").map(|(name, state)| (name.to_owned(), state.to_owned())),
        Err(_) => Command::new("ps").args(["-o", "comm=", "-o", "stat=", "-p", pid]).output().ok().and_then(
            |output| {
                let text = String::from_utf8_lossy(&output.stdout);
                text.trim().rsplit_once(' ').map(|(name, state)| (name.to_owned(), state.to_owned()))
            },
        ),
    };
    name_and_state.is_some_and(|(name, state)| name.contains("postgres") && !state.starts_with(['Z', 'X']))
}

/// The folder of PostgreSQL's programs: the one named, else the newest found. Data once made
/// stays with the major version that made it.
fn find_programs(settings: &Settings, version: Option<u32>) -> Result<PathBuf> {
    if let Some(named) = &settings.programs {
        return if has_programs(named) { Ok(named.clone()) } else { Err(no_programs(Some(named)).into()) };
    }
    let mut found: Vec<(u32, PathBuf)> = ["/usr/lib/postgresql", "/opt/homebrew/opt", "/usr/local/opt"]
        .iter()
        .filter_map(|root| fs::read_dir(root).ok())
        .flatten()
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let name = entry.file_name();
            let version = name.to_str()?.trim_start_matches("postgresql@").parse().ok()?;
            Some((version, entry.path().join("bin")))
        })
        .filter(|(_, folder)| has_programs(folder))
        .collect();
    if let Some(path) = &settings.path {
        let elsewhere = std::env::split_paths(path).filter(|folder| has_programs(folder));
        found.extend(elsewhere.filter_map(|folder| Some((program_version(&folder)?, folder))));
    }
    let Some(made_by) = version else {
        return found.into_iter().max().map(|(_, folder)| folder).ok_or_else(|| no_programs(None).into());
    };
    found.into_iter().find(|(version, _)| *version == made_by).map(|(_, folder)| folder).ok_or_else(|| {
        Refusal::new(
            "database/other-version",
            Status::Unavailable,
            format!("the data in {} was made by PostgreSQL {made_by}, which is not installed", settings.folder.display()),
            format!("Install it: sudo apt-get install -y postgresql-{made_by} (macOS: brew install postgresql@{made_by})"),
        )
        .into()
    })
}

fn has_programs(folder: &Path) -> bool {
    ["initdb", "pg_ctl", "postgres"].iter().all(|program| folder.join(program).is_file())
}

/// The major version that `postgres --version` names: `postgres (PostgreSQL) 15.18 (Debian ...)`.
fn program_version(folder: &Path) -> Option<u32> {
    let output = Command::new(folder.join("postgres")).arg("--version").output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    text.split_whitespace().nth(2)?.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

fn no_programs(looked_in: Option<&Path>) -> Refusal {
    let place = looked_in.map(Path::as_os_str).map(OsStr::to_string_lossy);
    Refusal::new(
        "database/no-postgres",
        Status::Unavailable,
        match place {
            Some(folder) => format!("no PostgreSQL server programs in {folder}"),
            None => "no PostgreSQL server programs are installed".to_owned(),
        },
        "Install them: sudo apt-get install -y postgresql (macOS: brew install postgresql@17), \
         or set DATABASE_URL to a server",
    )
}
