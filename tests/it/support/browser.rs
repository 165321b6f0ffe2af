//! The service on a loopback port, and a client that says exactly what a story needs.

use std::net::SocketAddr;

use actix_web::dev::ServerHandle;
use chrono::Utc;
use firstpass::access::users::{self, NewUser};
use firstpass::access::{Role, keys};
use firstpass::app;
use firstpass::codes::Codes;
use firstpass::db::Actor;
use firstpass::types::{Clock, UserId};
use firstpass::web::App;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::World;

/// The password of everybody.
pub const PASSWORD: &str = "correct horse battery";

/// A running service of a world; stopped when dropped.
pub struct Service {
    pub address: SocketAddr,
    pub clock: Clock,
    handle: ServerHandle,
}

impl Drop for Service {
    fn drop(&mut self) {
        drop(self.handle.stop(false));
    }
}

/// What came back.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Reply {
    /// A header's values, joined by a line break.
    pub fn header(&self, name: &str) -> String {
        let values = self.headers.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name));
        values.map(|(_, value)| value.as_str()).collect::<Vec<_>>().join("\n")
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

impl World {
    /// Serves this world, with a clock that stands.
    pub fn serve(&self) -> Service {
        let clock = Clock::standing_at(Utc::now());
        let app = App::new(self.db.clone(), Codes::shipped(), clock.clone(), std::env::temp_dir());
        let (server, address) = app::serve(app, "127.0.0.1:0".parse().unwrap()).unwrap();
        let handle = server.handle();
        tokio::spawn(server);
        Service { address, clock, handle }
    }

    /// A person of a practice, with [`PASSWORD`].
    pub async fn person(&self, practice: &Actor, email: &str, role: Role) -> UserId {
        let digest = users::hashed(PASSWORD).await.unwrap();
        let new = NewUser { email, name: "Wren Tallow", role };
        self.db.transaction(practice, async |tx| users::add(tx, &new, &digest).await).await.unwrap()
    }

    /// A key of a practice.
    pub async fn key(&self, practice: &Actor, role: Role) -> String {
        let made = self.db.transaction(practice, async |tx| keys::create(tx, "test", role).await);
        made.await.unwrap().1.expose().to_owned()
    }
}

/// The kind and body of a form of fields and files, as a browser sends it without a script.
pub fn multipart(fields: &[(&str, &str)], files: &[(&str, &str, &str)]) -> (&'static str, String) {
    let mut body = String::new();
    for (name, text) in fields {
        body += &format!("--cut\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{text}\r\n");
    }
    for (name, file, text) in files {
        body += &format!(
            "--cut\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"{file}\"\r\n\
             Content-Type: application/octet-stream\r\n\r\n{text}\r\n"
        );
    }
    ("multipart/form-data; boundary=cut", body + "--cut--\r\n")
}

/// Sends one request to whoever listens there; `headers` are whole lines.
pub async fn send(address: SocketAddr, method: &str, path: &str, headers: &[&str], body: &str) -> Reply {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let mut request = format!(
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Length: {}\r\n",
        body.len()
    );
    for header in headers {
        request += header;
        request += "\r\n";
    }
    stream.write_all(format!("{request}\r\n{body}").as_bytes()).await.unwrap();
    let mut bytes = vec![];
    stream.read_to_end(&mut bytes).await.unwrap();
    // A workbook is no text; nobody looks into one here.
    let text = String::from_utf8_lossy(&bytes);
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    let mut lines = head.lines();
    let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let headers = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    Reply { status, headers, body: body.to_owned() }
}

impl Service {
    /// Sends one request; `headers` are whole lines.
    pub async fn send(&self, method: &str, path: &str, headers: &[&str], body: &str) -> Reply {
        send(self.address, method, path, headers, body).await
    }

    pub async fn get(&self, path: &str, headers: &[&str]) -> Reply {
        self.send("GET", path, headers, "").await
    }

    /// Sends a form.
    pub async fn form(&self, path: &str, headers: &[&str], fields: &str) -> Reply {
        let headers = [&["Content-Type: application/x-www-form-urlencoded"], headers].concat();
        self.send("POST", path, &headers, fields).await
    }

    pub async fn log_in(&self, email: &str, password: &str) -> Reply {
        let fields = format!("email={email}&password={}", password.replace(' ', "+"));
        self.form("/login", &[], &fields).await
    }

    /// Signs in; the header line that goes with each request then.
    pub async fn cookie(&self, email: &str) -> String {
        let reply = self.log_in(email, PASSWORD).await;
        assert_eq!(reply.status, 303, "{}", reply.body);
        let cookie = reply.header("Set-Cookie");
        format!("Cookie: {}", cookie.split(';').next().unwrap())
    }

    /// The session's token, as a page's form holds it.
    pub async fn csrf(&self, cookie: &str) -> String {
        let page = self.get("/", &[cookie]).await.body;
        let (_, rest) = page.split_once(r#"name="csrf" value=""#).unwrap();
        rest.split('"').next().unwrap().to_owned()
    }
}
