//! `firstpass user`: people who sign in, and keys of programs.

use std::process::ExitCode;

use clap::Subcommand;

use crate::access::users::{self, NewUser};
use crate::access::{Role, keys};
use crate::app;
use crate::cli::{practice, wait};
use crate::config::Config;
use crate::db::{Actor, Db};
use crate::types::Result;

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Add a person to a practice; a new one gets a password, printed once.
    Add(Add),
    /// Make a key for a program of a practice, printed once.
    Key(Key),
}

#[derive(Debug, clap::Args)]
pub struct Add {
    /// What the person signs in with.
    email: String,
    /// How the person is called.
    #[arg(long)]
    name: String,
    /// biller, poster, reviewer, manager or admin.
    #[arg(long)]
    role: Role,
    /// The practice's id or control number prefix; not needed where there is one practice.
    #[arg(long)]
    organization: Option<String>,
}

#[derive(Debug, clap::Args)]
pub struct Key {
    /// What uses the key.
    name: String,
    /// biller, poster, reviewer, manager or admin.
    #[arg(long)]
    role: Role,
    /// The practice's id or control number prefix; not needed where there is one practice.
    #[arg(long)]
    organization: Option<String>,
}

pub fn run(command: Command) -> Result<ExitCode> {
    let config = Config::from_environment()?;
    app::log(&config)?;
    wait(async {
        let ready = app::open(&config).await?;
        match command {
            Command::Add(add) => add.run(&ready.db).await,
            Command::Key(key) => key.run(&ready.db).await,
        }
    })?;
    Ok(ExitCode::SUCCESS)
}

impl Add {
    async fn run(self, db: &Db) -> Result<()> {
        let practice = practice::named(db, self.organization.as_deref()).await?;
        let actor = Actor::system("user-add", practice.id);
        if let Some(user) = users::find(db, &self.email).await? {
            db.transaction(&actor, async |tx| users::join(tx, user, self.role).await).await?;
            println!("{} is {} of {}; the password is as before", self.email, self.role, practice.name);
            return Ok(());
        }
        let password = users::generated_password()?;
        let digest = users::hashed(&password).await?;
        let new = NewUser { email: &self.email, name: &self.name, role: self.role };
        db.transaction(&actor, async |tx| users::add(tx, &new, &digest).await).await?;
        println!("{} is {} of {}", self.email, self.role, practice.name);
        println!("password: {password}");
        Ok(())
    }
}

impl Key {
    async fn run(self, db: &Db) -> Result<()> {
        let practice = practice::named(db, self.organization.as_deref()).await?;
        let actor = Actor::system("user-key", practice.id);
        let (id, token) =
            db.transaction(&actor, async |tx| keys::create(tx, &self.name, self.role).await).await?;
        println!("{id} is {} of {}", self.role, practice.name);
        println!("key: {}", token.expose());
        Ok(())
    }
}
