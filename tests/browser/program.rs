//! The processes of the browser test: the demo with a database of its own, and chromedriver.

use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use thirtyfour::prelude::*;

/// What the demo signs in with.
pub const EMAIL: &str = "demo@firstpass.example";

const CHROMIUM: &str = "/usr/bin/chromium";
const CHROMEDRIVER: &str = "/usr/bin/chromedriver";

/// A port that is free now.
fn free_port() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port()
}

/// `firstpass demo`, serving.
pub struct Program {
    child: Child,
    folder: PathBuf,
    pub address: String,
    pub password: String,
}

impl Program {
    /// Starts it and waits until it says where it is.
    pub fn start() -> Program {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name =
            format!("firstpass-browser-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&folder).unwrap();
        // The database's own user must be able to enter it.
        std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o755)).unwrap();
        let listen = format!("127.0.0.1:{}", free_port());
        let mut child = Command::new(env!("CARGO_BIN_EXE_firstpass"))
            .arg("demo")
            .env("FIRSTPASS_LISTEN", &listen)
            .env("FIRSTPASS_DATA", &folder)
            .env_remove("DATABASE_URL")
            .env_remove("DATABASE_OWNER_URL")
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let said = BufReader::new(child.stderr.take().unwrap());
        let mut heard = String::new();
        let mut lines = said.lines().map_while(Result::ok);
        let password = lines.by_ref().find_map(|line| {
            heard.push_str(&line);
            heard.push('\n');
            line.trim().strip_prefix("password").map(|password| password.trim().to_owned())
        });
        // What it says later must not block it.
        std::thread::spawn(move || lines.for_each(drop));
        let password = password.unwrap_or_else(|| panic!("the demo ended without serving:\n{heard}"));
        Program { child, folder, address: format!("http://{listen}"), password }
    }
}

impl Program {
    /// A payment for a claim that nobody knows, with a PLB reason that nobody knows, comes by command line.
    pub fn receive_what_waits(&self) {
        // The payee as the payers of the demo know it.
        let payee = remittances(&self.folder)
            .find_map(|text| {
                let at = text.find("N1*PE*")?;
                Some(text[at..].split('~').next()?.to_owned())
            })
            .expect("the demo has received remittances");
        let inside = format!(
            "BPR*I*82*C*ACH************20261120~TRN*1*LOST1*1999999999~N1*PR*SOME HEALTH~N3*1 MAIN ST~\
             N4*CHICAGO*IL*60601~PER*BL*EDI*TE*3125550100~{payee}~LX*1~CLP*WHO*1*100*70**12*PCN9~CAS*CO*45*30~\
             PLB*1*20261231*ZZ:X1*-12~"
        );
        let segments = inside.matches('~').count() + 2;
        let text = format!(
            "ISA*00*          *00*          *ZZ*SOME           *ZZ*US             *261120*1200*^*00501*000000001*0*P*:~\
             GS*HP*SOME*US*20261120*1200*1*X*005010X221A1~ST*835*0001~{inside}SE*{segments}*0001~GE*1*1~\
             IEA*1*000000001~"
        );
        let path = self.folder.join("lost.835");
        std::fs::write(&path, text).unwrap();
        let said = Command::new(env!("CARGO_BIN_EXE_firstpass"))
            .args(["remits", "receive", path.to_str().unwrap(), "--json"])
            .env("FIRSTPASS_DATA", &self.folder)
            .env_remove("DATABASE_URL")
            .env_remove("DATABASE_OWNER_URL")
            .output()
            .unwrap();
        assert_eq!(said.status.code(), Some(1), "{}", String::from_utf8_lossy(&said.stderr));
    }
}

/// Every 835 below a folder.
fn remittances(folder: &Path) -> Box<dyn Iterator<Item = String>> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Box::new(std::iter::empty()) };
    Box::new(entries.filter_map(Result::ok).flat_map(|entry| {
        let path = entry.path();
        if path.is_dir() {
            return remittances(&path);
        }
        let text = std::fs::read_to_string(&path).ok().filter(|text| text.contains("ST*835*"));
        Box::new(text.into_iter()) as Box<dyn Iterator<Item = String>>
    }))
}

impl Drop for Program {
    fn drop(&mut self) {
        // SIGTERM: it stops its database too.
        let _ = Command::new("kill").arg(self.child.id().to_string()).status();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Chromedriver.
pub struct Driver {
    child: Child,
    port: u16,
}

impl Driver {
    /// Starts it; fails the test when it is not installed.
    pub fn start() -> Driver {
        for program in [CHROMIUM, CHROMEDRIVER] {
            assert!(
                Path::new(program).exists(),
                "{program} is missing: apt-get install chromium chromium-driver"
            );
        }
        let port = free_port();
        let child = Command::new(CHROMEDRIVER)
            .arg(format!("--port={port}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        for _ in 0..100 {
            if TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok() {
                break;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Driver { child, port }
    }

    /// A window of 1440 by 900.
    pub async fn browser(&self) -> WebDriver {
        let mut wanted = DesiredCapabilities::chrome();
        wanted.set_binary(CHROMIUM).unwrap();
        for flag in [
            "--headless=new",
            "--no-sandbox",
            "--disable-dev-shm-usage",
            "--disable-gpu",
            "--window-size=1440,900",
            "--force-device-scale-factor=1",
            "--hide-scrollbars",
            "--disable-background-networking",
        ] {
            wanted.add_arg(flag).unwrap();
        }
        WebDriver::new(format!("http://127.0.0.1:{}", self.port), wanted).await.unwrap()
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
